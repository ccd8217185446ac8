package io.github.zklb;

/**
 * Decides which registrations are instances of a service at all. Where several kinds of servers register below one service,
 * a bean of this type leaves out those that the application's clients do not speak to, beside what
 * {@code zk-lb.membership.ignore} leaves out. Must be thread-safe, fast and free of I/O: it is asked once for each version of
 * a registration, on the thread that reads all services.
 */
@FunctionalInterface
public interface EndpointFilter {

    /**
     * Whether a registration counts. One that does not is as if it were not there, and nothing is logged of it. If this
     * throws, the registration keeps the last value that counted, if it has had one.
     *
     * @param serviceId the service, as callers name it
     * @param endpoint what is registered, which has passed the allow-list
     */
    boolean accepts(String serviceId, Endpoint endpoint);
}

package io.github.zklb.springcloud;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import reactor.core.publisher.Mono;

/**
 * Picks instances for code that speaks no HTTP: a cache shard, a database, a queue. It uses the same settings, snapshot
 * and cursor as the service's {@code @LoadBalanced} clients, without the suppliers that look at a request. Thread-safe; a pick costs nanoseconds and asks ZooKeeper
 * nothing.
 *
 * <p>The first call for a service opens it and waits for ZooKeeper's answer, at most for
 * {@code zk-lb.membership.first-load-timeout}; a thread that must not block does not wait.
 *
 * <p>A call that is made through it counts as one of a {@code @LoadBalanced} client does: it is in flight until it ends, its
 * latency is measured, and an error of one of {@code zk-lb.load.error-types}, be it as a cause, speaks against the instance.
 * Any other error is the caller's own. What is only chosen is not counted.
 */
public interface ZkLoadBalancer {

    /**
     * An instance for the given key.
     *
     * @param serviceId the service
     * @param key the hash key, or null for none; only the strategy {@code consistent-hash} looks at it
     * @return the instance, or empty if the service has none that serves
     * @throws NoInstanceException if ZooKeeper has not answered yet, so that nothing is known of the service, or if the
     *     strategy refuses a request without a key
     */
    Optional<ServiceInstance> choose(String serviceId, @Nullable String key);

    /** An instance for a request without a key. */
    default Optional<ServiceInstance> choose(String serviceId) {
        return choose(serviceId, null);
    }

    /**
     * Calls an instance, and counts that until the function returns or throws.
     *
     * @param serviceId the service
     * @param key the hash key, or null for none
     * @param call calls the instance that it is given, on this thread; what it returns or throws is passed on as it is
     * @throws NoInstanceException if there is no instance; its message says why
     */
    default <T extends @Nullable Object, E extends Exception> T call(
            String serviceId, @Nullable String key, InstanceCall<T, E> call) throws E {
        return attempts(serviceId, key).call(call);
    }

    /**
     * One request, for whatever retries it: each attempt goes to another instance than those before. When all have been tried,
     * the first is allowed again.
     *
     * @param serviceId the service
     * @param key the hash key, or null for none; with one, an attempt goes to the key's next instance
     */
    Attempts attempts(String serviceId, @Nullable String key);

    /**
     * The same as {@link #call} for a reactive client: an instance is picked at each subscription, and the call counts until
     * there is a value, or the Mono ends or is cancelled. Reactor's {@code retry()} and {@code retryWhen()} around it go to another
     * instance at each attempt.
     *
     * @param serviceId the service
     * @param key the hash key, or null for none
     * @param call calls the instance that it is given
     * @return what the call gives; a {@link NoInstanceException} if there is no instance
     */
    <T> Mono<T> callReactive(
            String serviceId, @Nullable String key, Function<? super ServiceInstance, ? extends Mono<T>> call);

    /** Something that is done with an instance. */
    @FunctionalInterface
    interface InstanceCall<T extends @Nullable Object, E extends Exception> {

        /** Does it. */
        T to(ServiceInstance instance) throws E;
    }

    /** The attempts at one request, one after the other. */
    interface Attempts {

        /** Makes the next one, as {@link ZkLoadBalancer#call} does. */
        <T extends @Nullable Object, E extends Exception> T call(InstanceCall<T, E> call) throws E;
    }
}

package io.github.zklb.springcloud.webclient;

import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.ZkServiceInstance;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Where the attempts at one call of WebClient's went that came to nothing. Reactor's {@code retry()} subscribes to the call
 * again, for which WebClient makes another request: the next attempt then goes elsewhere. After one that ended well, the
 * next subscription is a request like the first.
 *
 * <p>All requests of a call have it for the function that is given the native request, and this does nothing: an
 * attribute would be copied into several maps for each request.
 *
 * <p>Thread-safe. Subscriptions at the same time share nothing else.
 */
final class FailedAttempts implements Consumer<ClientHttpRequest> {

    /** Those of a request that brings none, which are not kept. */
    private static final FailedAttempts NONE = new FailedAttempts();

    private volatile Set<Endpoint> endpoints = Set.of();

    /** Gives them to a call of WebClient's that begins. */
    static void begin(WebClient.RequestHeadersSpec<?> call) {
        call.httpRequest(new FailedAttempts());
    }

    /** Those at the call that a request belongs to. */
    static FailedAttempts of(ClientRequest request) {
        Consumer<ClientHttpRequest> carrier = request.httpRequest();
        if (carrier instanceof FailedAttempts attempts) {
            return attempts;
        }
        return carrier instanceof BesideCallers beside ? beside.attempts() : NONE;
    }

    /** Where the next request must not go as long as there is another endpoint. */
    Set<Endpoint> endpoints() {
        return endpoints;
    }

    /**
     * A request came to nothing.
     *
     * @param instance where it went
     * @param avoided where it was not to go; if it went there, all had been tried, and it begins anew
     */
    void add(@Nullable ServiceInstance instance, Set<Endpoint> avoided) {
        if (this == NONE || !(instance instanceof ZkServiceInstance ours)) {
            return;
        }
        Endpoint endpoint = ours.endpoint();
        synchronized (this) {
            Set<Endpoint> all = avoided.contains(endpoint) ? new HashSet<>() : new HashSet<>(endpoints);
            all.add(endpoint);
            endpoints = all;
        }
    }

    /**
     * A request ended well.
     *
     * @param avoided what had failed before it began: what has failed since is the affair of others
     */
    void forget(Set<Endpoint> avoided) {
        if (!avoided.isEmpty()) {
            synchronized (this) {
                Set<Endpoint> left = new HashSet<>(endpoints);
                left.removeAll(avoided);
                endpoints = left;
            }
        }
    }

    @Override
    public void accept(ClientHttpRequest request) {}

    /** A function of the caller's own comes beside this one. */
    @Override
    public Consumer<ClientHttpRequest> andThen(Consumer<? super ClientHttpRequest> callers) {
        return new BesideCallers(this, callers::accept);
    }

    private record BesideCallers(FailedAttempts attempts, Consumer<ClientHttpRequest> callers)
            implements Consumer<ClientHttpRequest> {

        @Override
        public void accept(ClientHttpRequest request) {
            callers.accept(request);
        }

        @Override
        public Consumer<ClientHttpRequest> andThen(Consumer<? super ClientHttpRequest> after) {
            return new BesideCallers(attempts, callers.andThen(after));
        }
    }
}

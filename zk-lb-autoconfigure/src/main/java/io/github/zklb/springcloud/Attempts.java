package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.retry.RetryContext;
import org.springframework.retry.support.RetrySynchronizationManager;

/**
 * The attempts at one request, and where they went. Spring's own requests tell no more than the last of them. Attempts
 * follow one another, so that this is no matter for locks.
 */
final class Attempts {

    private static final String ATTRIBUTE = Attempts.class.getName();

    private final Set<Endpoint> tried = new HashSet<>();

    /** Those at the request that a blocking client retries on this thread. Needs Spring Retry on the class path. */
    static Attempts ofThisThread() {
        RetryContext retries = RetrySynchronizationManager.getContext();
        return retries == null ? new Attempts() : retries.computeAttribute(ATTRIBUTE, name -> new Attempts());
    }

    /** The request for the next attempt, given a context that knows where the last went. */
    Request<RetryableRequestContext> next(RetryableRequestContext context) {
        went(context.getPreviousServiceInstance());
        return new Next<>(context, Set.copyOf(tried));
    }

    /** The request for the next attempt, where each that was made has been told to {@link #went}. */
    <C> Request<C> next(Request<C> request) {
        C context = request.getContext();
        return context == null || tried.isEmpty() ? request : new Next<>(context, Set.copyOf(tried));
    }

    /** An attempt goes to this instance. */
    void went(@Nullable ServiceInstance instance) {
        if (instance instanceof ZkServiceInstance ours) {
            tried.add(ours.endpoint());
        }
    }

    /** A request that knows where all earlier attempts went. */
    static final class Next<C> extends DefaultRequest<C> {

        private final Set<Endpoint> tried;

        private Next(C context, Set<Endpoint> tried) {
            super(context);
            this.tried = tried;
        }

        Set<Endpoint> tried() {
            return tried;
        }
    }
}

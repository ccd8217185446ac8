package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import java.util.HashSet;
import java.util.Set;
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
        if (context.getPreviousServiceInstance() instanceof ZkServiceInstance last) {
            tried.add(last.endpoint());
        }
        return new Next(context, Set.copyOf(tried));
    }

    /** A request that knows where all earlier attempts went. */
    static final class Next extends DefaultRequest<RetryableRequestContext> {

        private final Set<Endpoint> tried;

        private Next(RetryableRequestContext context, Set<Endpoint> tried) {
            super(context);
            this.tried = tried;
        }

        Set<Endpoint> tried() {
            return tried;
        }
    }
}

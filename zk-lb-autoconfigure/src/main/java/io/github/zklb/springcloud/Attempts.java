package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.retry.RetryContext;
import org.springframework.retry.support.RetrySynchronizationManager;

/**
 * The attempts at one request, and where they went. Spring's own requests tell no more than the last of them. Attempts
 * follow one another, so that this is no matter for locks.
 */
public final class Attempts {

    /** The name under which a retry's context, or an exchange of a gateway, holds them. */
    public static final String ATTRIBUTE = Attempts.class.getName();

    private final Set<Endpoint> tried = new HashSet<>();
    private @Nullable ServiceInstance last;

    /** Those at the request that a blocking client retries on this thread. Needs Spring Retry on the class path. */
    public static Attempts ofThisThread() {
        RetryContext retries = RetrySynchronizationManager.getContext();
        return retries == null ? new Attempts() : retries.computeAttribute(ATTRIBUTE, name -> new Attempts());
    }

    /**
     * Whether a request that is no {@link Next} comes from Spring's interceptor that retries, on this thread. Needs Spring
     * Retry on the class path.
     */
    public static boolean areOfSpringsInterceptor() {
        return RetrySynchronizationManager.getContext() != null;
    }

    /** Those at the request whose attributes these are. */
    public static Attempts in(Map<String, Object> attributes) {
        return (Attempts) attributes.computeIfAbsent(ATTRIBUTE, name -> new Attempts());
    }

    /** Where the attempts at a request went before this one, as far as the request, or what is around it, knows. */
    static Set<Endpoint> before(Request<?> request) {
        if (request instanceof Next<?> next) {
            return next.tried;
        }
        if (request.getContext() instanceof RetryableRequestContext retry) {
            return retry.getPreviousServiceInstance() instanceof ZkServiceInstance previous
                    ? Set.of(previous.endpoint())
                    : Set.of();
        }
        return request.getContext() instanceof RequestDataContext context
                        && context.getClientRequest() != null
                        && context.getClientRequest().getAttributes() != null
                        && context.getClientRequest().getAttributes().get(ATTRIBUTE) instanceof Attempts attempts
                ? Set.copyOf(attempts.tried)
                : Set.of();
    }

    /** The request for the next attempt, given a context that knows where the last went. */
    public Request<RetryableRequestContext> next(RetryableRequestContext context) {
        went(context.getPreviousServiceInstance());
        return new Next<>(context, Set.copyOf(tried));
    }

    /** The request for the next attempt, where each that was made has been told to {@link #went}. */
    public <C> Request<C> next(Request<C> request) {
        C context = request.getContext();
        return context == null ? request : new Next<>(context, Set.copyOf(tried));
    }

    /** An attempt goes to this instance. */
    public void went(@Nullable ServiceInstance instance) {
        last = instance;
        if (instance instanceof ZkServiceInstance ours) {
            tried.add(ours.endpoint());
        }
    }

    /** Where the last attempt went; null if there was none. */
    public @Nullable ServiceInstance last() {
        return last;
    }

    /** A request that knows where all earlier attempts went. */
    public static final class Next<C> extends DefaultRequest<C> {

        private final Set<Endpoint> tried;

        private Next(C context, Set<Endpoint> tried) {
            super(context);
            this.tried = tried;
        }
    }
}

package io.github.zklb.springcloud.blocking;

import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.Cookies;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.LoadBalancedRetryContext;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.retry.RetryContext;
import org.springframework.retry.support.RetrySynchronizationManager;

/** What Spring's interceptor that retries a request does on this thread. Apart, since Spring Retry may be missing. */
final class Retries {

    private static final String ATTEMPT = InterceptedRequest.class.getName();

    private Retries() {}

    /** The exchange of the request that is retried; null if none is. */
    static @Nullable ClientExchange exchange() {
        RetryContext retries = RetrySynchronizationManager.getContext();
        return retries == null
                ? null
                : retries.computeAttribute(ClientExchange.ATTRIBUTE, name -> new ClientExchange());
    }

    /** What is known of the request that is retried: what Spring's interceptor tells, with the attributes that it leaves out. */
    static @Nullable Object context(Request<?> told) {
        return told.getContext() instanceof RetryableRequestContext context
                        && context.getClientRequest() != null
                        && RetrySynchronizationManager.getContext() instanceof LoadBalancedRetryContext retries
                        && retries.getRequest()
                                .getURI()
                                .equals(context.getClientRequest().getUrl())
                ? new RetryableRequestContext(
                        context.getPreviousServiceInstance(), Cookies.dataOf(retries.getRequest()), context.getHint())
                : told.getContext();
    }

    /** An attempt begins, if one is retried. */
    static void begin(InterceptedRequest attempt) {
        RetryContext retries = RetrySynchronizationManager.getContext();
        if (retries != null) {
            retries.setAttribute(ATTEMPT, attempt);
        }
    }

    /** The attempt that is made; null if there is none. */
    static @Nullable InterceptedRequest attempt() {
        RetryContext retries = RetrySynchronizationManager.getContext();
        return retries == null ? null : (InterceptedRequest) retries.getAttribute(ATTEMPT);
    }
}

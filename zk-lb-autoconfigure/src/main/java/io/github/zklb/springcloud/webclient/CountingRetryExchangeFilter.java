package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.RetriedCalls;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerRetryPolicy;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.client.loadbalancer.reactive.RetryableLoadBalancerExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/** The stock filter of WebClient that retries, which counts each attempt as a call and avoids the earlier ones' endpoints. */
final class CountingRetryExchangeFilter extends RetryableLoadBalancerExchangeFilterFunction {

    private final ClientCalls calls;

    CountingRetryExchangeFilter(
            LoadBalancerRetryPolicy.Factory retryPolicies,
            ReactiveLoadBalancer.Factory<ServiceInstance> balancers,
            List<LoadBalancerClientRequestTransformer> transformers,
            ClientCalls calls) {
        super(retryPolicies, balancers, BalancedRequest.withCallersUrl(transformers));
        this.calls = calls;
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        String serviceId = request.url().getHost();
        return serviceId == null
                ? super.filter(request, next)
                : RetriedCalls.to(
                        serviceId,
                        avoided -> new BalancedRequest(request, next, serviceId, calls, avoided).by(super::filter));
    }

    /** Who subscribes again to a choice tries the same instance once more. */
    @Override
    protected Mono<Response<ServiceInstance>> choose(String serviceId, Request<RetryableRequestContext> request) {
        Mono<Response<ServiceInstance>> choice = super.choose(serviceId, request);
        AtomicReference<@Nullable Response<ServiceInstance>> chosen = new AtomicReference<>();
        return Mono.defer(() -> {
            Response<ServiceInstance> same = chosen.get();
            return same != null
                    ? Mono.just(same)
                    : choice.doOnNext(response -> chosen.set(response.hasServer() ? response : null));
        });
    }
}

package io.github.zklb.springcloud;

import java.util.List;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/** The stock filter of WebClient, which counts each request that it sends as a call. */
final class CountingExchangeFilter extends ReactorLoadBalancerExchangeFilterFunction {

    private final CallCounter calls;

    CountingExchangeFilter(
            ReactiveLoadBalancer.Factory<ServiceInstance> balancers,
            List<LoadBalancerClientRequestTransformer> transformers,
            CallCounter calls) {
        super(balancers, transformers);
        this.calls = calls;
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        return super.filter(request, CountedExchange.around(next, request, calls));
    }
}

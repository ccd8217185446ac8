package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.InstanceUrls;
import io.github.zklb.springcloud.RememberingClientFactory;
import io.github.zklb.springcloud.RetriedCalls;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerProperties;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/**
 * The stock filter of WebClient, which counts each request that it sends as a call. Where nobody has a lifecycle to be told
 * of requests, it does the same in fewer steps.
 */
final class CountingExchangeFilter extends ReactorLoadBalancerExchangeFilterFunction {

    private final ReactiveLoadBalancer.Factory<ServiceInstance> balancers;
    private final List<LoadBalancerClientRequestTransformer> transformers;
    private final ClientCalls calls;

    CountingExchangeFilter(
            ReactiveLoadBalancer.Factory<ServiceInstance> balancers,
            List<LoadBalancerClientRequestTransformer> transformers,
            ClientCalls calls) {
        super(balancers, BalancedRequest.withCallersUrl(transformers));
        this.balancers = balancers;
        this.transformers = transformers;
        this.calls = calls;
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        String serviceId = request.url().getHost();
        if (serviceId == null) {
            return super.filter(request, next);
        }
        return RetriedCalls.to(serviceId, avoided -> {
            BalancedRequest balanced = new BalancedRequest(request, next, serviceId, calls, avoided);
            return RememberingClientFactory.tellsNobody(balancers, serviceId)
                    ? balance(balanced)
                    : balanced.by(super::filter);
        });
    }

    private Mono<ClientResponse> balance(BalancedRequest balanced) {
        String serviceId = balanced.serviceId();
        LoadBalancerProperties properties = Objects.requireNonNull(balancers.getProperties(serviceId));
        String hint = ClientExchange.hint(serviceId, properties.getHint());
        balanced.exchange().with(new RequestDataContext(new RequestData(balanced.request()), hint));
        return choose(serviceId, balanced.exchange()).flatMap(response -> {
            ServiceInstance instance = response.getServer();
            return instance == null
                    ? Mono.just(balanced.unavailable())
                    : balanced.exchange(addressed(balanced, instance, properties.getStickySession()));
        });
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // the balancer does not ask for the type of the context
    private Mono<Response<ServiceInstance>> choose(String serviceId, ClientExchange exchange) {
        return super.choose(serviceId, (Request) exchange);
    }

    private ClientRequest addressed(
            BalancedRequest balanced, ServiceInstance instance, LoadBalancerProperties.StickySession sticky) {
        ClientRequest request = balanced.request();
        URI url = InstanceUrls.of(instance, request.url());
        String cookie = sticky.getInstanceIdCookieName();
        String id = instance.getInstanceId();
        if (sticky.isAddServiceInstanceCookie() && StringUtils.hasLength(cookie) && id != null) {
            request = ClientRequest.from(request).cookie(cookie, id).build();
        }
        ClientRequest addressed = new InstanceRequest(balanced, request, url);
        for (LoadBalancerClientRequestTransformer transformer : transformers) {
            addressed = transformer.transformRequest(addressed, instance);
        }
        return addressed;
    }
}

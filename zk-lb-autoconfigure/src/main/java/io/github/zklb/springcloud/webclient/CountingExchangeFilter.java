package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.Hints;
import io.github.zklb.springcloud.InstanceUrls;
import io.github.zklb.springcloud.RememberingClientFactory;
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
        super(balancers, CallersUrl.before(transformers));
        this.balancers = balancers;
        this.transformers = transformers;
        this.calls = calls;
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        String serviceId = request.url().getHost();
        ExchangeFunction counted = CountedExchange.around(next, request, calls);
        return serviceId != null && RememberingClientFactory.tellsNobody(balancers, serviceId)
                ? balance(serviceId, request, counted)
                : UnavailableResponse.orAnswer(request, marked -> super.filter(marked, counted));
    }

    private Mono<ClientResponse> balance(String serviceId, ClientRequest request, ExchangeFunction next) {
        LoadBalancerProperties properties = Objects.requireNonNull(balancers.getProperties(serviceId));
        ClientExchange exchange = new ClientExchange(
                new RequestDataContext(new RequestData(request), Hints.of(serviceId, properties.getHint())));
        return choose(serviceId, exchange).flatMap(response -> {
            ServiceInstance instance = response.getServer();
            if (instance != null) {
                return next.exchange(addressed(request, instance, properties.getStickySession()));
            }
            String reason = exchange.reason();
            return Mono.just(UnavailableResponse.to(request, reason == null ? noInstance(serviceId) : reason));
        });
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // the balancer does not ask for the type of the context
    private Mono<Response<ServiceInstance>> choose(String serviceId, ClientExchange exchange) {
        return super.choose(serviceId, (Request) exchange);
    }

    private static String noInstance(String serviceId) {
        return "No instances available for " + serviceId;
    }

    private ClientRequest addressed(
            ClientRequest request, ServiceInstance instance, LoadBalancerProperties.StickySession sticky) {
        URI url = InstanceUrls.of(instance, request.url());
        String cookie = sticky.getInstanceIdCookieName();
        String id = instance.getInstanceId();
        ClientRequest addressed = sticky.isAddServiceInstanceCookie() && StringUtils.hasLength(cookie) && id != null
                ? ClientRequest.from(request).url(url).cookie(cookie, id).build()
                : new AddressedRequest(request, url);
        for (LoadBalancerClientRequestTransformer transformer : transformers) {
            addressed = transformer.transformRequest(addressed, instance);
        }
        return addressed;
    }
}

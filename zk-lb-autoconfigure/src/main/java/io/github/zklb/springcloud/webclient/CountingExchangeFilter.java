package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.CallCounter;
import io.github.zklb.springcloud.Hints;
import io.github.zklb.springcloud.InstanceUrls;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.springcloud.RememberingClientFactory;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
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
    private final CallCounter calls;

    CountingExchangeFilter(
            ReactiveLoadBalancer.Factory<ServiceInstance> balancers,
            List<LoadBalancerClientRequestTransformer> transformers,
            CallCounter calls) {
        super(balancers, transformers);
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
                : Vacancy.explained(request, super.filter(request, counted));
    }

    @Override
    protected Mono<Response<ServiceInstance>> choose(String serviceId, Request<RequestDataContext> request) {
        return Vacancy.noted(chooseAnew(serviceId, request));
    }

    /** A choice that is made at each subscription: whoever repeats an exchange gets another instance. */
    private Mono<Response<ServiceInstance>> chooseAnew(String serviceId, Request<RequestDataContext> request) {
        return Mono.defer(() -> super.choose(serviceId, request));
    }

    private Mono<ClientResponse> balance(String serviceId, ClientRequest request, ExchangeFunction next) {
        LoadBalancerProperties properties = Objects.requireNonNull(balancers.getProperties(serviceId));
        RequestDataContext context =
                new RequestDataContext(new RequestData(request), Hints.of(serviceId, properties.getHint()));
        return chooseAnew(serviceId, new DefaultRequest<>(context))
                .onErrorResume(NoInstanceException.class, none -> Mono.just(new Vacant(none)))
                .flatMap(response -> {
                    if (response instanceof Vacant vacant) {
                        return Mono.just(UnavailableResponse.to(request, vacant.reason()));
                    }
                    ServiceInstance instance = response.getServer();
                    // A user's suppliers may leave no instance. Then the stock filter asks once more, and says so.
                    return instance == null
                            ? Vacancy.explained(request, super.filter(request, next))
                            : next.exchange(addressed(request, instance, properties.getStickySession()));
                });
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

    /** A choice that did not find an instance. An error of what is sent is none of its kind, whatever its type. */
    private record Vacant(NoInstanceException reason) implements Response<ServiceInstance> {

        @Override
        public boolean hasServer() {
            return false;
        }

        @Override
        public @Nullable ServiceInstance getServer() {
            return null;
        }
    }
}

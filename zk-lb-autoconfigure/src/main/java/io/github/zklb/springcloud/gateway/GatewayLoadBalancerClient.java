package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.ClientExchange;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycleValidator;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.ResponseData;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;

/**
 * The application's client as a gateway on WebMVC sees it, which asks a service's own context for one: each attempt at a
 * request avoids the instances of the earlier ones, and when there is none, the error has a status. What the application's
 * client gives may be null all the same, whatever the interface says: a user's suppliers may leave no instance.
 */
final class GatewayLoadBalancerClient extends BlockingLoadBalancerClient {

    private final LoadBalancerClient client;
    private final ReactiveLoadBalancer.Factory<ServiceInstance> clients;

    GatewayLoadBalancerClient(LoadBalancerClient client, ReactiveLoadBalancer.Factory<ServiceInstance> clients) {
        super(clients);
        this.client = client;
        this.clients = clients;
    }

    @Override
    public <T> @Nullable ServiceInstance choose(String serviceId, Request<T> request) {
        ClientExchange exchange =
                request.getContext() instanceof RequestDataContext context && context.getClientRequest() != null
                        ? exchange(context.getClientRequest().getAttributes())
                        : new ClientExchange();
        ServiceInstance chosen = client.choose(serviceId, exchange.with(request.getContext()));
        exchange.chose(chosen);
        if (chosen == null && exchange.reason() != null) {
            discarded(serviceId, request);
            throw new GatewayNoInstanceException(exchange.reason());
        }
        return chosen;
    }

    /** The gateway would tell that, if it got no instance. */
    @SuppressWarnings({"rawtypes", "unchecked"})
    private void discarded(String serviceId, Request<?> request) {
        CompletionContext discarded =
                new CompletionContext(CompletionContext.Status.DISCARD, request, new EmptyResponse());
        Set<LoadBalancerLifecycle> listening = LoadBalancerLifecycleValidator.getSupportedLifecycleProcessors(
                clients.getInstances(serviceId, LoadBalancerLifecycle.class),
                RequestDataContext.class,
                ResponseData.class,
                ServiceInstance.class);
        listening.forEach(lifecycle -> lifecycle.onComplete(discarded));
    }

    /** A filter that changes the request gives it a copy of the attributes; the gateway's own are not copied. */
    @SuppressWarnings("unchecked")
    private static ClientExchange exchange(Map<String, Object> attributes) {
        Object gateways = attributes.get(MvcUtils.GATEWAY_ATTRIBUTES_ATTR);
        return ClientExchange.in(gateways instanceof Map ? (Map<String, Object>) gateways : attributes);
    }

    @Override
    public URI reconstructURI(ServiceInstance instance, URI original) {
        return client.reconstructURI(instance, original);
    }
}

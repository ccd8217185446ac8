package io.github.zklb.springcloud.webclient;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerProperties;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.web.reactive.function.client.ClientRequest;

/**
 * Adds to a request of WebClient what {@code spring.cloud.loadbalancer.x-forwarded.enabled} asks for, with the values that
 * the blocking clients send. Spring's own transformer for it stands in the services' contexts, where WebClient's filter
 * does not look for any.
 */
final class ForwardedHeaders implements LoadBalancerClientRequestTransformer {

    private final ReactiveLoadBalancer.Factory<ServiceInstance> clients;

    ForwardedHeaders(ReactiveLoadBalancer.Factory<ServiceInstance> clients) {
        this.clients = clients;
    }

    @Override
    public ClientRequest transformRequest(ClientRequest request, ServiceInstance instance) {
        LoadBalancerProperties properties = clients.getProperties(instance.getServiceId());
        return properties != null && properties.getXForwarded().isEnabled()
                ? ClientRequest.from(request)
                        .header("X-Forwarded-Host", request.url().getHost())
                        .header("X-Forwarded-Proto", request.url().getScheme())
                        .build()
                : request;
    }
}

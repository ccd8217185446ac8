package io.github.zklb.springcloud;

import java.util.Set;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycleValidator;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;

/**
 * Whom to tell of a request to a service, where the stock code does not: it expects null where there is no instance, and our
 * error with the reason passes it.
 *
 * @param listening those who want to hear of such a request
 */
@SuppressWarnings({"rawtypes", "unchecked"})
public record Lifecycles(Set<LoadBalancerLifecycle> listening) {

    /**
     * Those of a service who can be told.
     *
     * @param requests the type of the request's context
     * @param responses the type of what the client makes of a response
     */
    public static Lifecycles of(
            ReactiveLoadBalancer.Factory<ServiceInstance> clients,
            String serviceId,
            Class<?> requests,
            Class<?> responses) {
        return new Lifecycles(LoadBalancerLifecycleValidator.getSupportedLifecycleProcessors(
                clients.getInstances(serviceId, LoadBalancerLifecycle.class),
                requests,
                responses,
                ServiceInstance.class));
    }

    /** A request begins. */
    public void started(Request<?> request) {
        listening.forEach(lifecycle -> lifecycle.onStart(request));
    }

    /** There is no instance for it. */
    public void discarded(Request<?> request) {
        CompletionContext discarded =
                new CompletionContext(CompletionContext.Status.DISCARD, request, new EmptyResponse());
        listening.forEach(lifecycle -> lifecycle.onComplete(discarded));
    }
}

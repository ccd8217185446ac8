package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RetryAwareServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.util.function.SingletonSupplier;
import reactor.core.publisher.Mono;

/**
 * Answers Spring's clients. Where the service's instances are ours, the answer comes ready-made from the snapshot;
 * where the user has suppliers around ours, the picker is the one for the list that they give.
 */
final class ZkReactorLoadBalancer implements ReactorServiceInstanceLoadBalancer {

    private final ServiceBalancer balancer;
    private final SingletonSupplier<Optional<SupplierChain>> chain;

    /**
     * A balancer over the outermost supplier.
     *
     * @param outermost gives the supplier that the clients shall see; asked at the first request, since the beans around
     *     ours may be made later
     */
    ZkReactorLoadBalancer(ServiceBalancer balancer, Supplier<ServiceInstanceListSupplier> outermost) {
        this.balancer = balancer;
        this.chain = SingletonSupplier.of(() -> Optional.of(outermost.get())
                .filter(supplier -> !isOurs(supplier))
                .map(supplier -> new SupplierChain(balancer, supplier)));
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Mono<Response<ServiceInstance>> choose(Request request) {
        SupplierChain around = chain.obtain().orElse(null);
        PickContext context = context(request);
        if (around != null) {
            return around.choose(request, context);
        }
        Mono<Response<ServiceInstance>> ready = balancer.pick(context);
        return ready != null ? ready : orEmptyForCallersByHand(request, balancer.choose(context));
    }

    /** Who calls without any request expects an empty response, as the stock balancer gives, and not an error. */
    @SuppressWarnings("ReferenceEquality") // REQUEST is a constant
    private static Mono<Response<ServiceInstance>> orEmptyForCallersByHand(
            Request<?> request, Mono<Response<ServiceInstance>> answer) {
        return request == REQUEST
                ? answer.onErrorResume(NoInstanceException.class, none -> Mono.just(new EmptyResponse()))
                : answer;
    }

    private PickContext context(Request<?> request) {
        String key = balancer.tuning().keys().resolve(request);
        Set<Endpoint> tried = Attempts.before(request);
        return tried.isEmpty() ? PickContext.ofKey(key) : new PickContext(key, tried);
    }

    /** Spring's supplier for retries leaves the previous instance out; a picker does so by itself, in the key's order. */
    private static boolean isOurs(ServiceInstanceListSupplier supplier) {
        return supplier instanceof ZkServiceInstanceListSupplier
                || supplier instanceof RetryAwareServiceInstanceListSupplier retryAware
                        && isOurs(retryAware.getDelegate());
    }
}

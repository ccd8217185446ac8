package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.springcloud.suppliers.SupplierChain;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RetryAwareServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Mono;

/**
 * Answers Spring's clients. Where the service's instances are ours, the answer comes ready-made from the snapshot;
 * where there are suppliers around ours, the picker is the one for the list that they give.
 */
final class ZkReactorLoadBalancer implements ReactorServiceInstanceLoadBalancer {

    private final ServiceBalancer balancer;
    private final boolean avoidsTried;
    private final Supplier<ServiceInstanceListSupplier> outermost;

    /** The suppliers around ours, if any; null until the first request. */
    private final AtomicReference<@Nullable Optional<SupplierChain>> chain = new AtomicReference<>();

    /**
     * A balancer over the outermost supplier.
     *
     * @param avoidsTried whether a retry goes to another endpoint, as long as there is one
     * @param outermost gives the supplier that the clients shall see; asked at the first request, since the beans around
     *     ours may be made later
     */
    ZkReactorLoadBalancer(
            ServiceBalancer balancer, boolean avoidsTried, Supplier<ServiceInstanceListSupplier> outermost) {
        this.balancer = balancer;
        this.avoidsTried = avoidsTried;
        this.outermost = outermost;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Mono<Response<ServiceInstance>> choose(Request request) {
        SupplierChain around = chain().orElse(null);
        PickContext context = context(request);
        Mono<Response<ServiceInstance>> ready = around == null ? balancer.pick(context) : null;
        if (ready != null) {
            return ready;
        }
        Mono<Response<ServiceInstance>> answer = around == null
                ? balancer.choose(context)
                : around.choose(request, context)
                        .doOnError(
                                NoInstanceException.class,
                                none -> balancer.picks().empty());
        return new PromptAnswer(orEmptyForCallersByHand(request, answer), () -> balancer.noInstance(context));
    }

    /** Two first requests may both make one, of which the first stays: an event loop must not wait for the other. */
    private Optional<SupplierChain> chain() {
        Optional<SupplierChain> known = chain.get();
        if (known != null) {
            return known;
        }
        Optional<SupplierChain> made = Optional.of(outermost.get())
                .filter(supplier -> !isOurs(supplier))
                .map(supplier -> new SupplierChain(balancer, supplier));
        Optional<SupplierChain> earlier = chain.compareAndExchange(null, made);
        return earlier == null ? made : earlier;
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
        Set<Endpoint> tried = avoidsTried ? Attempts.before(request) : Set.of();
        return tried.isEmpty() ? PickContext.ofKey(key) : new PickContext(key, tried);
    }

    /** Spring's supplier for retries leaves the previous instance out; a picker does so by itself, in the key's order. */
    private static boolean isOurs(ServiceInstanceListSupplier supplier) {
        return supplier instanceof ZkServiceInstanceListSupplier zookeeper && zookeeper.isPlain()
                || supplier instanceof RetryAwareServiceInstanceListSupplier retryAware
                        && isOurs(retryAware.getDelegate());
    }
}

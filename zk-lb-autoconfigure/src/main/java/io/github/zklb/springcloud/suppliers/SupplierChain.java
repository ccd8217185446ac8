package io.github.zklb.springcloud.suppliers;

import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.springcloud.Cookies;
import io.github.zklb.springcloud.ListBalancer;
import io.github.zklb.springcloud.NoInstanceResponse;
import io.github.zklb.springcloud.WatchedInstances;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.RetryAwareServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.SelectedInstanceCallback;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.WeightedServiceInstanceListSupplier;
import reactor.core.publisher.Mono;

/**
 * The suppliers around ours, Spring's or the user's: they make the list for a request, and the service's strategy picks
 * from it. A supplier that does not stand on ours at all is asked in the same way.
 */
public final class SupplierChain implements ListBalancer {

    private static final Logger log = LoggerFactory.getLogger(SupplierChain.class);

    private final ServiceEngine engine;
    private final ServiceInstanceListSupplier outermost;
    private final List<ServiceInstanceListSupplier> links;
    private final boolean ours;
    private final ListPickers pickers;

    private SupplierChain(ServiceEngine engine, ServiceInstanceListSupplier outermost) {
        this.engine = engine;
        this.links = links(outermost);
        this.ours = links.stream().anyMatch(WatchedInstances.class::isInstance);
        this.outermost = ours ? withoutRetryAwareness(outermost) : outermost;
        this.pickers =
                new ListPickers(engine, links.stream().anyMatch(WeightedServiceInstanceListSupplier.class::isInstance));
        if (ours && links.stream().anyMatch(CachingServiceInstanceListSupplier.class::isInstance)) {
            log.warn(
                    "service {}: a cache in its suppliers ({}) keeps lists that ZooKeeper has long changed, for "
                            + "spring.cloud.loadbalancer.cache.ttl; remove withCaching(), there is nothing to save",
                    engine.serviceId(),
                    names());
        }
    }

    /** The balancer of the suppliers around ours; none if there is nothing between the clients and ZooKeeper's list. */
    static Optional<ListBalancer> around(ServiceEngine engine, ServiceInstanceListSupplier outermost) {
        return isOurs(outermost) ? Optional.empty() : Optional.of(new SupplierChain(engine, outermost));
    }

    /** Spring's supplier for retries leaves the previous instance out; a picker does so by itself, in the key's order. */
    private static boolean isOurs(ServiceInstanceListSupplier supplier) {
        return supplier instanceof ZkServiceInstanceListSupplier zookeeper && zookeeper.isPlain()
                || supplier instanceof RetryAwareServiceInstanceListSupplier retryAware
                        && isOurs(retryAware.getDelegate());
    }

    @Override
    public Mono<Response<ServiceInstance>> choose(Request<?> request, PickContext context) {
        // Suppliers that work on their own, such as a health check, wait for the first list without a bound.
        return ours && engine.snapshot() == null
                ? WatchedInstances.loaded(engine).flatMap(first -> ask(request, context))
                : ask(request, context);
    }

    private Mono<Response<ServiceInstance>> ask(Request<?> request, PickContext context) {
        return outermost
                .get(Cookies.inTheMap(request))
                .next()
                .map(instances -> pick(instances, context))
                .switchIfEmpty(Mono.fromSupplier(() -> none(context)));
    }

    private Response<ServiceInstance> pick(List<ServiceInstance> instances, PickContext context) {
        ServiceInstance picked = instances.size() == 1 && !engine.refuses(context)
                ? instances.get(0)
                : pickers.of(instances).pick(context);
        if (picked == null) {
            return none(context);
        }
        engine.picks().given();
        if (outermost instanceof SelectedInstanceCallback callback) {
            callback.selectedServiceInstance(picked);
        }
        return new DefaultResponse(picked);
    }

    private NoInstanceResponse none(PickContext context) {
        Snapshot snapshot = engine.snapshot();
        int serving = snapshot == null ? 0 : snapshot.candidates().hosts().size();
        return new NoInstanceResponse(
                ours && (serving == 0 || engine.refuses(context))
                        ? engine.noInstance(context)
                        : "service " + engine.serviceId() + " has no instance for this request: its suppliers ("
                                + names() + ") left none" + (ours ? " of the " + serving + " that serve" : ""));
    }

    private String names() {
        return String.join(
                " around ",
                links.stream().map(link -> link.getClass().getSimpleName()).toList());
    }

    private static List<ServiceInstanceListSupplier> links(ServiceInstanceListSupplier outermost) {
        List<ServiceInstanceListSupplier> links = new ArrayList<>(List.of(outermost));
        while (links.get(links.size() - 1) instanceof DelegatingServiceInstanceListSupplier link) {
            links.add(link.getDelegate());
        }
        return List.copyOf(links);
    }

    /** A picker avoids all endpoints that were tried, and needs no list without the last of them. */
    private static ServiceInstanceListSupplier withoutRetryAwareness(ServiceInstanceListSupplier supplier) {
        return supplier instanceof RetryAwareServiceInstanceListSupplier retryAware
                ? withoutRetryAwareness(retryAware.getDelegate())
                : supplier;
    }
}

package io.github.zklb.springcloud.suppliers;

import io.github.zklb.Message;
import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import io.github.zklb.springcloud.Cookies;
import io.github.zklb.springcloud.ZkReactorLoadBalancer;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import io.github.zklb.traffic.Route.Group;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
import org.springframework.cloud.loadbalancer.core.ZonePreferenceServiceInstanceListSupplier;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Mono;

/**
 * The suppliers behind a service, Spring's, the user's and ours: they make the list for a request, and the service's strategy
 * picks from it. A supplier that does not stand on ours at all is asked in the same way, and ZooKeeper is not.
 */
final class SupplierChain implements ZkReactorLoadBalancer.Lists {

    private static final Logger log = LoggerFactory.getLogger(SupplierChain.class);

    private final ServiceInstanceListSupplier outermost;
    private final List<ServiceInstanceListSupplier> links;
    private final @Nullable WatchedInstances ours;
    private final ServiceEngine engine;
    private final ListPickers pickers;

    /** Whether nobody's supplier stands around ours. */
    private final boolean isPlain;

    private final boolean isInZooKeeper;

    SupplierChain(String serviceId, ServiceEngines engines, ServiceInstanceListSupplier supplier) {
        links = links(supplier);
        ours = links.get(links.size() - 1) instanceof WatchedInstances watched ? watched : null;
        outermost = ours == null ? supplier : withoutRetryAwareness(supplier);
        isPlain = outermost instanceof ZkServiceInstanceListSupplier zookeeper && zookeeper.getDelegate() == ours;
        isInZooKeeper = ours != null && ours.isInZooKeeper();
        engine = ours == null ? engines.supplied(serviceId) : ours.engine();
        pickers =
                new ListPickers(engine, links.stream().anyMatch(WeightedServiceInstanceListSupplier.class::isInstance));
        engine.keepToZoneInSuppliers(
                links.stream().anyMatch(ZonePreferenceServiceInstanceListSupplier.class::isInstance));
        if (isInZooKeeper && links.stream().anyMatch(CachingServiceInstanceListSupplier.class::isInstance)) {
            log.warn(
                    Message.A_CACHE_IN_A_CHAIN_OF_SUPPLIERS.of(
                            "service {}: a cache in its suppliers ({}) keeps lists that ZooKeeper has long changed, for "
                                    + "spring.cloud.loadbalancer.cache.ttl; remove withCaching(), there is nothing to save"),
                    serviceId,
                    names());
        }
    }

    @Override
    public ServiceEngine engine() {
        return engine;
    }

    @Override
    public boolean standOnSnapshots() {
        return isInZooKeeper;
    }

    @Override
    public boolean areTheSnapshots() {
        return isInZooKeeper && isPlain;
    }

    @Override
    public Mono<Response<ServiceInstance>> choose(Request<?> request, PickContext context, @Nullable Group group) {
        if (ours == null) {
            return ask(request, context, group, "");
        }
        // Suppliers that work on their own, such as a health check, wait for the first instance without a bound.
        return ours.list().flatMap(list -> {
            if (list.isEmpty() || isPlain && !ours.isOthers()) {
                if (!list.isEmpty() && group != null && group.fails()) {
                    return Mono.just(new NoInstanceResponse(group.none(engine.serviceId())));
                }
                return ours.reason(context).map(NoInstanceResponse::new);
            }
            return isPlain
                    ? Mono.fromSupplier(() -> pick(list, context, group, ""))
                    : ask(request, context, group, " of the " + list.size() + " that serve");
        });
    }

    private Mono<Response<ServiceInstance>> ask(
            Request<?> request, PickContext context, @Nullable Group group, String offered) {
        return outermost
                .get(Cookies.inTheMap(request))
                .next()
                .defaultIfEmpty(List.of())
                .map(list -> pick(list, context, group, offered));
    }

    private Response<ServiceInstance> pick(
            List<ServiceInstance> list, PickContext context, @Nullable Group group, String offered) {
        if (list.isEmpty()) {
            return new NoInstanceResponse(Message.SUPPLIERS_LEFT_NONE.of("service " + engine.serviceId()
                    + " has no instance for this request: its suppliers (" + names() + ") left none" + offered));
        }
        ServiceInstance picked = pickers.pick(list, context, group);
        if (picked == null) {
            return new NoInstanceResponse(
                    group != null && group.fails()
                            ? group.none(engine.serviceId())
                            : engine.pickedNone(context, list.size()));
        }
        engine.picks().given();
        if (outermost instanceof SelectedInstanceCallback callback) {
            callback.selectedServiceInstance(picked);
        }
        return new DefaultResponse(picked);
    }

    private String names() {
        return String.join(
                " around ",
                links.stream()
                        .map(link -> ClassUtils.getShortName(link.getClass()))
                        .toList());
    }

    private static List<ServiceInstanceListSupplier> links(ServiceInstanceListSupplier outermost) {
        List<ServiceInstanceListSupplier> links = new ArrayList<>(List.of(outermost));
        while (links.get(links.size() - 1) instanceof DelegatingServiceInstanceListSupplier link) {
            links.add(link.getDelegate());
        }
        return List.copyOf(links);
    }

    /** A picker avoids all endpoints that were tried, in the key's order, and needs no list without the last of them. */
    private static ServiceInstanceListSupplier withoutRetryAwareness(ServiceInstanceListSupplier supplier) {
        return supplier instanceof RetryAwareServiceInstanceListSupplier retryAware
                ? withoutRetryAwareness(retryAware.getDelegate())
                : supplier;
    }
}

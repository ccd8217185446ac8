package io.github.zklb.springcloud.suppliers;

import io.github.zklb.Message;
import io.github.zklb.PickContext;
import io.github.zklb.engine.EngineSettings.Source;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.springcloud.ZkReactorLoadBalancer;
import io.github.zklb.springcloud.ZkServiceInstance;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.context.ApplicationContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The instances of one service as registries hold them now: the innermost supplier. They are ZooKeeper's, or those of the
 * application's other registries as long as ZooKeeper has never had the service.
 */
final class WatchedInstances implements ServiceInstanceListSupplier {

    private final String serviceId;
    private final ServiceEngines engines;
    private final ApplicationContext context;

    /** Both are found when they are first needed, by two at once perhaps: an event loop must not wait for the other. */
    private volatile @Nullable OtherRegistries others;

    private volatile @Nullable Source source;

    /**
     * Asks nobody yet.
     *
     * @param context where the clients of other registries are, should they be needed
     */
    WatchedInstances(String serviceId, ServiceEngines engines, ApplicationContext context) {
        this.serviceId = serviceId;
        this.engines = engines;
        this.context = context;
    }

    @Override
    public String getServiceId() {
        return serviceId;
    }

    /** The service's engine, with ZooKeeper's instances unless they are not asked for. */
    ServiceEngine engine() {
        return isInZooKeeper() ? engines.engine(serviceId) : engines.supplied(serviceId);
    }

    /** Whether ZooKeeper is asked for the service at all. */
    boolean isInZooKeeper() {
        return source() != Source.DISCOVERY_CLIENT;
    }

    private Source source() {
        Source known = source;
        if (known == null) {
            known = engines.supplied(serviceId).settings().source();
            source = known;
        }
        return known;
    }

    private OtherRegistries others() {
        OtherRegistries known = others;
        if (known == null) {
            known = new OtherRegistries(serviceId, context);
            others = known;
        }
        return known;
    }

    /** Whether the list is that of the other registries. */
    boolean isOthers() {
        return switch (source()) {
            case ZOOKEEPER -> false;
            case DISCOVERY_CLIENT -> true;
            case AUTO -> !engine().snapshots().isRegistered() && !others().isEmpty();
        };
    }

    /**
     * The list, as soon as it is known, and another one at each change, for suppliers that work on their own (a health
     * check). Whoever keeps this publisher gets what holds when it subscribes. Changes come on a thread that may block.
     */
    @Override
    public Flux<List<ServiceInstance>> get() {
        return Flux.defer(() -> {
                    Flux<Object> changes = Flux.create(this::follow, FluxSink.OverflowStrategy.LATEST);
                    return list().concatWith(changes.publishOn(Schedulers.boundedElastic(), 1)
                            .concatMap(change -> list(), 1));
                })
                .filter(list -> !list.isEmpty() || !isInZooKeeper() || engine().snapshot() != null)
                .distinctUntilChanged();
    }

    private void follow(FluxSink<Object> sink) {
        ServiceMembership.Subscription following = engine().snapshots().follow(() -> sink.next(this), sink::complete);
        sink.onDispose(following::close);
    }

    /** One list, for a request; an empty one if nothing is known of the service in time. */
    @Override
    @SuppressWarnings("rawtypes")
    public Flux<List<ServiceInstance>> get(Request request) {
        return Flux.defer(this::list);
    }

    /** As for a request. */
    Mono<List<ServiceInstance>> list() {
        return ZkReactorLoadBalancer.loaded(engine())
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(loaded -> isOthers()
                        ? others().list()
                        : Mono.just(loaded.map(any -> instances()).orElse(List.of())));
    }

    /** Why that list gives no instance, in a sentence that names the registries which know the service. */
    Mono<String> reason(PickContext request) {
        String property = "zk-lb.services." + (serviceId.matches("[A-Za-z0-9-]+") ? serviceId : '[' + serviceId + ']')
                + ".source";
        if (!isInZooKeeper()) {
            return Mono.just(Message.NO_OTHER_REGISTRY_HAS_ONE.of("service " + serviceId + " has no instance in "
                    + (others().isEmpty() ? "any registry but ZooKeeper: there is none" : others().names()) + "; "
                    + property
                    + " is discovery-client: set it to auto, and ZooKeeper is asked too"));
        }
        ServiceEngine engine = engine();
        ServiceMembership registry = Objects.requireNonNull(engine.membership());
        String reason = engine.noInstance(request);
        return isOthers() || !registry.current().hosts().isEmpty()
                ? Mono.just(reason)
                : others().knowing()
                        .map(names -> names.isEmpty()
                                ? reason
                                : Message.ANOTHER_REGISTRY_KNOWS_THE_SERVICE.of(
                                        reason + "; " + String.join(" and ", names) + " knows it: set " + property
                                                + " to discovery-client"
                                                + (engine.snapshots().isRegistered() ? "" : " or auto")));
    }

    /** Those of now: the service may have come to ZooKeeper since the first snapshot was awaited. */
    private List<ServiceInstance> instances() {
        Snapshot now = engine().snapshot();
        return now == null ? List.of() : ((ZkServiceInstance.View) now.view()).instances();
    }
}

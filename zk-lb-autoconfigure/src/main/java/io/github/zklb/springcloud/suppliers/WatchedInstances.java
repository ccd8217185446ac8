package io.github.zklb.springcloud.suppliers;

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
import java.util.function.Supplier;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.context.ApplicationContext;
import org.springframework.util.function.SingletonSupplier;
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
    private final Supplier<OtherRegistries> others;
    private final Supplier<Source> source;

    /**
     * Asks nobody yet.
     *
     * @param context where the clients of other registries are, should they be needed
     */
    WatchedInstances(String serviceId, ServiceEngines engines, ApplicationContext context) {
        this.serviceId = serviceId;
        this.engines = engines;
        this.others = SingletonSupplier.of(() -> new OtherRegistries(serviceId, context));
        this.source = SingletonSupplier.of(
                () -> engines.supplied(serviceId).settings().source());
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
        return source.get() != Source.DISCOVERY_CLIENT;
    }

    /** Whether the list is that of the other registries. */
    boolean isOthers() {
        return switch (source.get()) {
            case ZOOKEEPER -> false;
            case DISCOVERY_CLIENT -> true;
            case AUTO -> !engine().snapshots().isRegistered() && !others.get().isEmpty();
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
                        ? others.get().list()
                        : Mono.just(loaded.map(WatchedInstances::instances).orElse(List.of())));
    }

    /** Why that list gives no instance, in a sentence that names the registries which know the service. */
    Mono<String> reason(PickContext request) {
        String property = "zk-lb.services." + (serviceId.matches("[A-Za-z0-9-]+") ? serviceId : '[' + serviceId + ']')
                + ".source";
        if (!isInZooKeeper()) {
            return Mono.just("service " + serviceId + " has no instance in "
                    + (others.get().isEmpty()
                            ? "any registry but ZooKeeper: there is none"
                            : others.get().names()) + "; " + property
                    + " is discovery-client: set it to auto, and ZooKeeper is asked too");
        }
        ServiceEngine engine = engine();
        ServiceMembership registry = Objects.requireNonNull(engine.membership());
        String reason = engine.noInstance(request);
        return isOthers() || !registry.current().hosts().isEmpty()
                ? Mono.just(reason)
                : others.get()
                        .knowing()
                        .map(names -> names.isEmpty()
                                ? reason
                                : reason + "; " + String.join(" and ", names) + " knows it: set " + property
                                        + " to discovery-client"
                                        + (engine.snapshots().isRegistered() ? "" : " or auto"));
    }

    private static List<ServiceInstance> instances(Snapshot snapshot) {
        return ((ZkServiceInstance.View) snapshot.view()).instances();
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.membership.ServiceMembership;
import java.time.Duration;
import java.util.List;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The instances of one service as ZooKeeper holds them: the innermost supplier. */
public final class WatchedInstances implements ServiceInstanceListSupplier {

    private final ServiceEngine engine;

    public WatchedInstances(ServiceEngine engine) {
        this.engine = engine;
    }

    @Override
    public String getServiceId() {
        return engine.serviceId();
    }

    /**
     * The list, as soon as it is known, and another one at each change, for suppliers that work on their own (a health
     * check). Whoever keeps this publisher gets what holds when it subscribes. Changes come on a thread that may block.
     */
    @Override
    public Flux<List<ServiceInstance>> get() {
        return Flux.defer(() -> {
                    Snapshot current = engine.snapshot();
                    Flux<List<ServiceInstance>> later = Flux.create(this::follow, FluxSink.OverflowStrategy.LATEST)
                            .publishOn(Schedulers.boundedElastic(), 1);
                    return current == null ? later : later.startWith(instances(current));
                })
                .distinctUntilChanged();
    }

    private void follow(FluxSink<List<ServiceInstance>> sink) {
        ServiceMembership.Subscription following =
                engine.follow(snapshot -> sink.next(instances(snapshot)), sink::complete);
        sink.onDispose(following::close);
    }

    /** One list, for a request; an empty one if nothing is known of the service in time. */
    @Override
    @SuppressWarnings("rawtypes")
    public Flux<List<ServiceInstance>> get(Request request) {
        return Flux.defer(() -> loaded(engine).map(WatchedInstances::instances).defaultIfEmpty(List.of()));
    }

    static List<ServiceInstance> instances(Snapshot snapshot) {
        return InstanceView.in(snapshot).instances();
    }

    /**
     * A snapshot, as soon as there is one; nothing if there is none in time. What follows runs on Reactor's threads, never on
     * the membership's.
     */
    public static Mono<Snapshot> loaded(ServiceEngine engine) {
        Snapshot current = engine.snapshot();
        if (current != null) {
            return Mono.just(current);
        }
        Duration left = engine.leftToWait();
        return left.isNegative() || left.isZero()
                ? Mono.empty()
                : Mono.fromCompletionStage(engine.firstSnapshot())
                        .publishOn(Schedulers.parallel())
                        .timeout(left, Mono.empty());
    }
}

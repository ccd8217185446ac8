package io.github.zklb.springcloud;

import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.policy.SettingLayers;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;

/** An engine and its balancer as they stand in an application, over a membership that a test feeds. */
public final class FedEngine implements AutoCloseable {

    final ServiceEngine engine;
    final ZkReactorLoadBalancer balancer;
    private final FedMembership membership = new FedMembership("orders");
    private final ServiceEngines engines;

    FedEngine(EngineSettings settings, StrategyFactory... custom) {
        this(settings, OverlaySource.NONE, custom);
    }

    FedEngine(EngineSettings settings, OverlaySource overlays, StrategyFactory... custom) {
        this(settings, overlays, (present, none) -> present, custom);
    }

    FedEngine(
            EngineSettings settings,
            OverlaySource overlays,
            BiFunction<EngineSettings, SettingLayers, EngineSettings> layered,
            StrategyFactory... custom) {
        engines = new ServiceEngines(
                id -> membership.membership(),
                new StrategyCatalogue(List.of(custom)),
                id -> Objects.requireNonNullElse(retuned, settings),
                checked -> {},
                ZkServiceInstance.View::of);
        engines.steeredBy(
                overlays, (id, layers) -> layered.apply(Objects.requireNonNullElse(retuned, settings), layers));
        engine = engines.engine("orders");
        balancer = balancer(engine);
    }

    private volatile @Nullable EngineSettings retuned;

    /** The defaults, with another strategy and time to wait for the first endpoints. */
    static EngineSettings settings(String strategy, Duration firstLoadTimeout, SlowStartSettings slowStart) {
        return DefaultSettings.of(EngineSettings.Source.AUTO, strategy, firstLoadTimeout, slowStart);
    }

    /** Publishes, and waits until that is worked in, or until the strategy has failed over it. */
    void publish(HostSet hosts) {
        long failures = engine.snapshots().failures();
        tell(hosts);
        long version = membership.membership().current().version();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> engine.snapshots().failures() > failures
                        || engine.snapshot() != null
                                && engine.snapshot().membership().version() == version);
    }

    /** Publishes, and waits for nothing. */
    void tell(HostSet hosts) {
        membership.publish(hosts);
    }

    void retune(EngineSettings settings) {
        retuned = settings;
        engines.refresh();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> engine.snapshots().published().settings().equals(engine.settings()));
    }

    /** What the request path does once there is a snapshot: it reads that, picks, and takes the answer made in advance. */
    static @Nullable Response<ServiceInstance> pick(ServiceEngine engine, PickContext context, @Nullable Group group) {
        Snapshot snapshot = engine.snapshot();
        Endpoint picked =
                snapshot == null ? null : group == null ? snapshot.pick(context) : snapshot.pick(context, group);
        return snapshot == null || picked == null
                ? null
                : ZkServiceInstance.View.in(snapshot).answer(picked);
    }

    /** A balancer of what the engine has registered, and of no other list. */
    public static ZkReactorLoadBalancer balancer(ServiceEngine engine) {
        return new ZkReactorLoadBalancer(() -> new Registered(engine), new KeySources(name -> request -> name), true);
    }

    private record Registered(ServiceEngine engine) implements ZkReactorLoadBalancer.Lists {

        @Override
        public boolean areTheSnapshots() {
            return true;
        }

        @Override
        public boolean standOnSnapshots() {
            return true;
        }

        @Override
        public Mono<Response<ServiceInstance>> choose(Request<?> request, PickContext context, @Nullable Group group) {
            return ZkReactorLoadBalancer.loaded(engine)
                    .mapNotNull(loaded -> pick(engine, context, group))
                    .switchIfEmpty(Mono.fromSupplier(() -> new NoInstanceResponse(engine.noInstance(context))));
        }
    }

    @Override
    public void close() {
        engines.close();
    }
}

package io.github.zklb.zookeeper.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.FedEngines;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.probes.Probes;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.membership.HoldSettings.WhenEmpty;
import io.github.zklb.membership.Membership;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** zk-lb's engines with holds that soon end. What probes and calls tell of each endpoint is chance. */
final class ModelHolds implements Probes {

    /** How often an endpoint without a registration was published, and how many probes were asked for. */
    static final AtomicLong HELD = new AtomicLong();

    static final AtomicLong PROBES = new AtomicLong();

    private static final HoldSettings SOON_OVER = new HoldSettings(
            true,
            0.5,
            Duration.ofSeconds(1),
            Duration.ofMillis(200),
            Duration.ofMillis(400),
            WhenEmpty.GRACE_PERIOD,
            true);

    private final ScheduledExecutorService network = Executors.newSingleThreadScheduledExecutor();
    private final Random random;

    private ModelHolds(long seed) {
        random = new Random(seed);
    }

    /** Engines over memberships that publish without delay, and read everything again at the given interval only. */
    static ModelSource.Factory zkLb(Duration resyncInterval, long seed) {
        EngineSettings settings = DefaultSettings.with(
                DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "round-robin"), Map.of("hold", SOON_OVER));
        return client -> {
            ZooKeeperMemberships memberships = new ZooKeeperMemberships(
                    client, ZooKeeperBench::path, service -> ModelSource.settings(resyncInterval));
            ModelHolds chance = new ModelHolds(seed);
            ServiceEngines engines = FedEngines.of(memberships::service, () -> settings, chance, System::nanoTime);
            return new ModelSource.Following(engines, memberships) {
                @Override
                public void follow(String service, Consumer<Map<String, String>> published) {
                    ServiceEngine engine = engines.engine(service);
                    Object inOrder = new Object();
                    engine.snapshots()
                            .follow(
                                    () -> {
                                        synchronized (inOrder) {
                                            chance.publish(engine, published);
                                        }
                                    },
                                    () -> {});
                }
            };
        };
    }

    private void publish(ServiceEngine engine, Consumer<Map<String, String>> published) {
        Membership known = engine.known();
        if (known != null) {
            ModelSource.publish(known, published);
            HELD.addAndGet(known.state() == Membership.State.HELD ? 1 : 0);
            List<Endpoint> endpoints = known.hosts().endpoints();
            if (!endpoints.isEmpty() && chance(2) == 0) {
                call(engine, endpoints.get(chance(endpoints.size())));
            }
        }
    }

    private void call(ServiceEngine engine, Endpoint endpoint) {
        CountedCall begun = engine.start(endpoint.address());
        if (begun != null) {
            switch (chance(4)) {
                case 0 -> begun.end(200);
                case 1 -> begun.end(503);
                case 2 -> begun.end(new ConnectException("Connection refused"));
                default -> begun.end(new SocketTimeoutException("Read timed out"));
            }
        }
    }

    @Override
    public void probe(Endpoint endpoint, Duration delay, Consumer<Verdict> verdict) {
        PROBES.incrementAndGet();
        Verdict outcome = Verdict.values()[chance(Verdict.values().length)];
        network.schedule(() -> verdict.accept(outcome), chance(20), TimeUnit.MILLISECONDS);
    }

    private synchronized int chance(int bound) {
        return random.nextInt(bound);
    }

    @Override
    public void close() {
        network.shutdownNow();
    }
}

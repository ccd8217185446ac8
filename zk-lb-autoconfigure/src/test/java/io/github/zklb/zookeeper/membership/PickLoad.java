package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.springcloud.EngineLoadBalancer;
import io.github.zklb.springcloud.FedEngine;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.springcloud.ZkServiceInstance;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Picks of one service, evenly from the start to the end: bursts of forty, about a thousand times a second. */
final class PickLoad implements AutoCloseable {

    private static final int BURST = 40;
    private static final long PAUSE_NANOS = 1_000_000;

    private final String service;
    private final ServiceEngines engines;
    private final ZkLoadBalancer balancers;
    private final AtomicLong picks = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final long startNanos;
    private final Thread thread;
    private volatile boolean ended;

    private PickLoad(ZooKeeperMemberships memberships, String service) {
        this.service = service;
        this.engines = engines(memberships);
        this.balancers = new EngineLoadBalancer(id -> null, id -> FedEngine.balancer(engines.engine(id)));
        balancers.choose(service, null);
        this.startNanos = System.nanoTime();
        this.thread = new Thread(this::run, "picks");
        thread.start();
    }

    /** Starts as soon as the service is loaded. */
    static PickLoad start(ZooKeeperMemberships memberships, String service) {
        return new PickLoad(memberships, service);
    }

    /** Ends, and requires that each pick gave an endpoint. */
    void endWithoutFailure() throws InterruptedException {
        String figures = end();
        assertThat(failures).as(figures).hasValue(0);
        assertThat(picks.get()).isPositive();
    }

    /** Ends, and says how many picks there were. */
    String end() throws InterruptedException {
        ended = true;
        thread.join();
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        return "%d picks at %.0f a second, %d failed or empty"
                .formatted(picks.get(), picks.get() / seconds, failures.get());
    }

    @Override
    public void close() throws InterruptedException {
        end();
        engines.close();
    }

    private void run() {
        while (!ended) {
            for (int pick = 0; pick < BURST; pick++) {
                try {
                    if (balancers.choose(service, null).isEmpty()) {
                        failures.incrementAndGet();
                    }
                } catch (RuntimeException e) {
                    failures.incrementAndGet();
                }
                picks.incrementAndGet();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Engines with the default settings, as an application has them. */
    static ServiceEngines engines(ZooKeeperMemberships memberships) {
        return engines(memberships, HoldSettings.DEFAULTS);
    }

    /** The same with another hold. */
    static ServiceEngines engines(ZooKeeperMemberships memberships, HoldSettings hold) {
        EngineSettings plain = DefaultSettings.of(
                EngineSettings.Source.AUTO, "weighted", Duration.ofSeconds(10), SlowStartSettings.DEFAULTS);
        EngineSettings all = DefaultSettings.with(plain, Map.of("hold", hold));
        return new ServiceEngines(
                memberships::service,
                new StrategyCatalogue(List.of()),
                service -> all,
                settings -> {},
                ZkServiceInstance.View::of);
    }
}

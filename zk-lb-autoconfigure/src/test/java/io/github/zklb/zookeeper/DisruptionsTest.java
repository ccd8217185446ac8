package io.github.zklb.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.resilience.LoadSettings;
import io.github.zklb.resilience.OutlierEjectionSettings;
import io.github.zklb.resilience.SlowStartSettings;
import io.github.zklb.springcloud.Failures;
import io.github.zklb.springcloud.ServiceBalancers;
import io.github.zklb.springcloud.ServiceSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.testing.TcpProxy;
import io.github.zklb.zookeeper.Membership.State;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.Test;

/**
 * Picks under a steady load while ZooKeeper is disturbed. {@code -Dzklb.disruptions=1000} disturbs it more often than
 * the ordinary build does, {@code -Dzklb.disruptions.seed=N} in another order. A lost leader is {@link EnsembleTest}'s.
 */
class DisruptionsTest {

    private static final int DISRUPTIONS = Integer.getInteger("zklb.disruptions", 4);
    private static final long SEED = Long.getLong("zklb.disruptions.seed", System.nanoTime());
    private static final Duration LATE = Duration.ofSeconds(60);

    private enum Disruption {
        CUT,
        BLACKHOLE,
        EXPIRY,
        RESTART
    }

    private final AtomicLong picks = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean ended;

    @Test
    void noPickFails() throws Exception {
        Random random = new Random(SEED);
        Map<Disruption, Integer> made = new EnumMap<>(Disruption.class);
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            for (int i = 0; i < 10; i++) {
                bench.register("orders", "n" + i, "10.0.0." + i, 80);
            }
            TcpProxy proxy = bench.proxy();
            CuratorFramework client = bench.client(proxy.connectString());
            ZooKeeperMemberships memberships = bench.memberships(client, MembershipSettings.DEFAULTS);
            ServiceBalancers balancers = bench.opened(balancers(memberships));
            ServiceMembership orders = memberships.service("orders");
            balancers.choose("orders", null);
            Thread load = new Thread(() -> pick(balancers), "load");
            load.start();
            long start = System.nanoTime();
            for (int time = 0; time < DISRUPTIONS; time++) {
                Disruption next = time < 4 ? Disruption.values()[time] : Disruption.values()[random.nextInt(4)];
                made.merge(next, 1, Integer::sum);
                long version = orders.current().version();
                disturb(next, bench, proxy, client);
                await().atMost(LATE)
                        .until(() -> orders.current().version() > version
                                && orders.current().state() == State.SYNCED);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            ended = true;
            load.join(10_000);
            System.out.printf(
                    "disruptions: %s from seed %d, %d picks at %.0f a second, %d failed or empty%n",
                    made, SEED, picks.get(), picks.get() / seconds, failures.get());
            assertThat(failures).hasValue(0);
            assertThat(picks.get()).isPositive();
        }
    }

    private static void disturb(Disruption what, ZooKeeperBench bench, TcpProxy proxy, CuratorFramework client)
            throws Exception {
        switch (what) {
            case CUT -> {
                proxy.cut();
                awaitConnected(client, false);
                proxy.heal();
            }
            case BLACKHOLE -> {
                proxy.blackhole();
                awaitConnected(client, false);
                proxy.heal();
            }
            case EXPIRY -> bench.expire(client);
            case RESTART -> bench.server.restart();
        }
    }

    private static void awaitConnected(CuratorFramework client, boolean connected) {
        await().atMost(LATE).until(() -> client.getZookeeperClient().isConnected() == connected);
    }

    private static ServiceBalancers balancers(ZooKeeperMemberships memberships) {
        return new ServiceBalancers(
                memberships,
                new StrategyCatalogue(List.of()),
                service -> new ServiceSettings(
                        "weighted",
                        StrategySettings.DEFAULTS,
                        List.of(),
                        Duration.ofSeconds(10),
                        LoadSettings.DEFAULTS,
                        Failures.DEFAULTS,
                        SlowStartSettings.DEFAULTS,
                        OutlierEjectionSettings.DEFAULTS),
                name -> {
                    throw new IllegalArgumentException(name);
                });
    }

    /** About 20,000 picks a second, evenly. */
    private void pick(ServiceBalancers balancers) {
        while (!ended) {
            for (int pick = 0; pick < 40; pick++) {
                try {
                    if (balancers.choose("orders", null).isEmpty()) {
                        failures.incrementAndGet();
                    }
                } catch (RuntimeException e) {
                    failures.incrementAndGet();
                }
                picks.incrementAndGet();
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}

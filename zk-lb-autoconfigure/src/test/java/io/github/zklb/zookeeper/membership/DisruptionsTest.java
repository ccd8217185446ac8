package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.InProcessEnsemble;
import io.github.zklb.testing.InProcessEnsemble.Server;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.Test;

/**
 * Picks under a steady load while an ensemble of three servers is disturbed. {@code -Dzklb.disruptions=1000} disturbs it
 * more often than the ordinary build does, {@code -Dzklb.disruptions.seed=N} in another order.
 */
@SuppressWarnings("NullAway.Init") // set up before each test
class DisruptionsTest {

    private static final int DISRUPTIONS = Integer.getInteger("zklb.disruptions", Disruption.values().length);
    private static final long SEED = Long.getLong("zklb.disruptions.seed", System.nanoTime());
    private static final int SESSION_MILLIS = 2_000;
    private static final int ENDPOINTS = 10;
    private static final Duration LATE = Duration.ofSeconds(60);

    private enum Disruption {
        CUT,
        BLACKHOLE,
        EXPIRY,
        RESTART,
        LEADER_KILL
    }

    private final Random random = new Random(SEED);
    private final Map<Disruption, Integer> made = new EnumMap<>(Disruption.class);
    private final Map<Disruption, Double> seconds = new EnumMap<>(Disruption.class);
    private final AtomicInteger breaks = new AtomicInteger();
    private InProcessEnsemble ensemble;
    private CuratorFramework client;

    @Test
    void noPickFails() throws Exception {
        try (InProcessEnsemble servers = InProcessEnsemble.start();
                CuratorFramework provider = ZooKeeperBench.started(servers.directConnectString(), SESSION_MILLIS);
                CuratorFramework consumer = ZooKeeperBench.started(servers.connectString(), SESSION_MILLIS);
                ZooKeeperMemberships memberships = new ZooKeeperMemberships(
                        consumer, ZooKeeperBench::path, service -> MembershipSettings.DEFAULTS)) {
            ensemble = servers;
            client = consumer;
            client.getConnectionStateListenable().addListener((of, state) -> {
                if (!state.isConnected()) {
                    breaks.incrementAndGet();
                }
            });
            await().atMost(LATE).until(() -> servers.leader().isPresent());
            for (int i = 0; i < ENDPOINTS; i++) {
                provider.create()
                        .orSetData()
                        .creatingParentsIfNeeded()
                        .forPath(
                                ZooKeeperBench.path("orders", "n" + i),
                                ZooKeeperBench.json("n" + i, "10.0.0." + i, 80, Map.of()));
            }
            ServiceMembership orders = memberships.service("orders");
            await().atMost(LATE).until(() -> orders.current().hosts().size() == ENDPOINTS);
            try (PickLoad load = PickLoad.start(memberships, "orders")) {
                for (int time = 0; time < DISRUPTIONS; time++) {
                    disturb(next(time), orders);
                    assertThat(orders.current().hosts().size()).isEqualTo(ENDPOINTS);
                }
                System.out.printf(
                        "disruptions: %s, which took %s seconds, from seed %d, %s%n", made, seconds, SEED, load.end());
                load.endWithoutFailure();
            }
        }
    }

    private Disruption next(int time) {
        Disruption[] all = Disruption.values();
        return time < all.length ? all[time] : all[random.nextInt(all.length)];
    }

    /** Until the connection has broken, and the membership is in step again. */
    private void disturb(Disruption what, ServiceMembership orders) throws Exception {
        long start = System.nanoTime();
        make(what, breaks.get());
        await().atMost(LATE)
                .until(() -> client.getZookeeperClient().isConnected()
                        && orders.current().state() == State.SYNCED);
        made.merge(what, 1, Integer::sum);
        seconds.merge(what, (System.nanoTime() - start) / 1e9, Double::sum);
    }

    private void make(Disruption what, int breaksBefore) throws Exception {
        switch (what) {
            case CUT -> {
                ensemble.cut();
                awaitBreak(breaksBefore);
                ensemble.heal();
            }
            case BLACKHOLE -> {
                ensemble.blackhole();
                awaitBreak(breaksBefore);
                ensemble.heal();
            }
            case EXPIRY -> {
                ZooKeeperBench.expire(client, ensemble.directConnectString());
                awaitBreak(breaksBefore);
            }
            case RESTART -> killAndStart(awaitServer(this::serverInUse), breaksBefore);
            case LEADER_KILL -> killAndStart(awaitServer(ensemble::leader), breaksBefore);
        }
    }

    private void killAndStart(Server server, int breaksBefore) throws Exception {
        ensemble.kill(server);
        awaitBreak(breaksBefore);
        ensemble.startAgain(server);
    }

    private interface Search {
        Optional<Server> find() throws Exception;
    }

    private static Server awaitServer(Search search) {
        return await().atMost(LATE).until(search::find, Optional::isPresent).orElseThrow();
    }

    private Optional<Server> serverInUse() throws Exception {
        return ensemble.serverOf(client.getZookeeperClient().getZooKeeper().getSessionId());
    }

    private void awaitBreak(int before) {
        await().atMost(LATE).until(() -> breaks.get() > before);
    }
}

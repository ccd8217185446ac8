package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TcpProxy;
import io.github.zklb.testing.VanishingServer;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.core.env.MapPropertySource;

/**
 * An application in a hold whose own network is cut: neither ZooKeeper nor any endpoint is reached. {@code -Dzklb.hold.cut=35}
 * cuts it for more than that many seconds, so that probes find everybody silent again and again.
 */
@EnabledIfSystemProperty(named = "zklb.hold.cut", matches = "[1-9].*")
class HoldDuringACutTest {

    private static final Duration CUT = Duration.ofSeconds(Long.getLong("zklb.hold.cut", 0));
    private static final String GRACE = "zk-lb.membership.hold.grace-period";

    @Test
    void theTimeOfTheCutDoesNotCountAndNobodyLeavesForItsSilence() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                TcpProxy network =
                        new TcpProxy(Integer.parseInt(zookeeper.connectString().split(":")[1]));
                CuratorFramework client = ZooKeeperBench.started(zookeeper.connectString(), 20_000);
                Consumer consumer = Consumer.start(network.connectString(), GRACE + "=1h");
                Fleet fleet = new Fleet(client, consumer, "orders")) {
            List<VanishingServer> all = fleet.start("n", 4);
            fleet.register(all);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "orders")) {
                calls.awaitAnswersOf(Fleet.namesOf(all));
                long lost = System.nanoTime();
                fleet.deregister(all.subList(1, 4));
                calls.awaitAnswersOf(Fleet.namesOf(all));
                calls.changeBegins();
                Fleet.vanish(all);
                network.cut();
                await().until(() -> fleet.known().state() == State.STALE);
                Duration grace = CUT.plusNanos(System.nanoTime() - lost);
                set(consumer, GRACE, grace.toMillis() + "ms");
                awaitTime(grace);
                set(consumer, "zk-lb.strategy", "random"); // a step of the hold, too
                assertThat(fleet.known().hosts().size()).isEqualTo(4);

                for (VanishingServer each : all) {
                    each.comeBack();
                }
                AtomicLong stale = new AtomicLong(System.nanoTime());
                network.heal();
                await().until(() -> {
                    long now = System.nanoTime();
                    boolean isStale = fleet.known().state() == State.STALE;
                    stale.set(isStale ? now : stale.get());
                    return !isStale;
                });
                Membership known = fleet.known();
                assumeThat(System.nanoTime() - stale.get())
                        .as("a machine that sleeps sees the end of the hold")
                        .isLessThan(CUT.toNanos());
                assertThat(known.state()).isEqualTo(State.HELD);
                assertThat(known.hosts().size()).isEqualTo(4);
                calls.changeIsPublished();
                fleet.register(all.subList(1, 4));
                calls.awaitAnswersOf(Fleet.namesOf(all));
                calls.allAreAnswered(50);
            }
        }
    }

    private static void awaitTime(Duration time) {
        long from = System.nanoTime();
        await().atMost(time.plusMinutes(1)).until(() -> System.nanoTime() - from > time.toNanos());
    }

    private static void set(Consumer consumer, String property, String value) {
        consumer.context()
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(property, Map.of(property, value)));
        consumer.propertiesChanged(property);
    }
}

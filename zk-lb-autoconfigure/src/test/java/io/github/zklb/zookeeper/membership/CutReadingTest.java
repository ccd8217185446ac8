package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.junit.jupiter.api.Test;

/**
 * Connections that break after some bytes of the answers, evenly over all that a complete reading has; at more places by
 * {@code -Dzklb.cuts=200}.
 */
class CutReadingTest {

    private static final int CUTS = Integer.getInteger("zklb.cuts", 12);
    private static final int LARGE = 1_500;
    private static final int BYTES = 1_400;
    /** A server takes 60 connections of one host. */
    private static final int AT_ONCE = 20;

    private static final Duration LATE = Duration.ofSeconds(60);

    @Test
    void whereverAReadingIsCutItIsNeverPublishedInPart() throws Exception {
        for (int first = 1; first <= CUTS; first += AT_ONCE) {
            cut(first, Math.min(CUTS, first + AT_ONCE - 1));
        }
    }

    @Test
    void aLargeReadingThatBreaksGoesOnWhereItWas() throws Exception {
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            for (int i = 0; i < LARGE; i++) {
                bench.register("orders", "n" + i, "10.0." + i / 200 + "." + i % 200, 80);
            }
            TcpProxy proxy = bench.proxy();
            CuratorFramework client = bench.client(proxy.connectString());
            // Less than half of what a whole reading has, for each connection.
            Runnable cut = () -> proxy.cutAfterAnswerBytes(LARGE * 250L);
            AtomicInteger breaks = new AtomicInteger();
            client.getConnectionStateListenable().addListener((of, state) -> {
                if (state == ConnectionState.SUSPENDED && breaks.incrementAndGet() < 10) {
                    cut.run();
                }
            });
            assertThat(client.blockUntilConnected(60, TimeUnit.SECONDS)).isTrue();
            cut.run();
            ServiceMembership orders =
                    bench.memberships(client, MembershipSettings.DEFAULTS).service("orders");
            assertThat(orders.firstAnswer()
                            .get(LATE.toSeconds(), TimeUnit.SECONDS)
                            .hosts()
                            .size())
                    .isEqualTo(LARGE);
            assertThat(breaks.getAndSet(10)).isBetween(2, 8);
            proxy.heal();
            bench.edit("orders", "n0", ZooKeeperBench.json("n0", "edited", 80, Map.of()));
            await().atMost(LATE)
                    .until(() -> orders.current().state() == State.SYNCED
                            && LiveOrders.hosts(orders.current()).contains("edited"));
        }
    }

    private static void cut(int first, int last) throws Exception {
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            for (int i = 1; i <= 3; i++) {
                bench.register("orders", "n" + i, "10.0.0." + i, 80);
            }
            List<Cut> cuts = new ArrayList<>();
            for (int i = first; i <= last; i++) {
                cuts.add(Cut.opened(bench, i * BYTES / CUTS));
            }
            for (Cut cut : cuts) {
                cut.fall();
            }
            await().atMost(LATE).until(() -> cuts.stream().allMatch(Cut::isHealed));
            for (Cut cut : cuts) {
                assertThat(cut.published)
                        .as("cut after %d bytes", cut.bytes)
                        .allSatisfy(each ->
                                assertThat(LiveOrders.hosts(each)).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3"));
            }
        }
    }

    /** A client of its own, with the number of bytes that it receives before its connection breaks. */
    private record Cut(int bytes, TcpProxy proxy, ServiceMembership orders, List<Membership> published) {

        static Cut opened(ZooKeeperBench bench, int bytes) throws Exception {
            TcpProxy proxy = bench.proxy();
            ServiceMembership orders = bench.memberships(
                            bench.client(proxy.connectString()), MembershipSettings.DEFAULTS)
                    .service("orders");
            orders.firstAnswer().get(LATE.toSeconds(), TimeUnit.SECONDS);
            List<Membership> published = new CopyOnWriteArrayList<>();
            orders.subscribe(published::add);
            return new Cut(bytes, proxy, orders, published);
        }

        void fall() {
            proxy.cutAfterAnswerBytes(bytes);
            orders.refresh();
            proxy.breakConnections();
        }

        boolean isHealed() {
            return published.stream().anyMatch(each -> each.state() == State.STALE)
                    && orders.current().state() == State.SYNCED;
        }
    }
}

package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.RequestProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** What a service costs ZooKeeper, counted on the way to a real server; pings are left out. */
class ReadingCostTest {

    /** A minute of the defaults, sixty times as fast: a resync each second, everything verified in ten. */
    private static final Duration MINUTE = Duration.ofSeconds(1);

    private static final int MINUTES = 6;
    private static final Duration LATE = Duration.ofSeconds(60);

    private ZooKeeperBench bench;

    @SuppressWarnings("NullAway.Init") // each test begins by following the service
    private RequestProxy proxy;

    @SuppressWarnings("NullAway.Init")
    private ServiceMembership orders;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 2", "100, 3, 2", "1000, 3, 10", "10000, 12, 10"})
    void aQuietMinuteCostsAFewRequests(int endpoints, int most, int verifyMinutes) throws Exception {
        follow(endpoints, MINUTE, MINUTE.multipliedBy(verifyMinutes));
        int before = proxy.requests();
        long bytes = proxy.answerBytes();
        await().pollDelay(MINUTE.multipliedBy(MINUTES)).atMost(LATE).until(() -> true);
        double minutes = MINUTES / 0.9; // a tick comes up to a fifth early
        double each = (proxy.requests() - before) / minutes;
        System.out.printf(
                "%d endpoints: %.1f requests and %.0f bytes a quiet minute, %s%n",
                endpoints, each, (proxy.answerBytes() - bytes) / minutes, proxy.byType());
        assertThat(each).isBetween(0.5, (double) most);
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
    }

    @Test
    void tenThousandAreLoadedByAHundredRequestsAndAChangeCostsFour() throws Exception {
        long start = System.nanoTime();
        follow(10_000, Duration.ofHours(1), Duration.ofHours(1));
        System.out.printf(
                "10,000 endpoints: loaded by %d requests in %.2f s, registration included%n",
                proxy.requests(), (System.nanoTime() - start) / 1e9);
        assertThat(proxy.requests()).isLessThanOrEqualTo(100);
        int before = proxy.requests();
        bench.edit("orders", "n5000", json("edited"));
        await().atMost(LATE).until(() -> isServed("edited"));
        int edited = proxy.requests();
        bench.register("orders", "new", json("new"));
        await().atMost(LATE).until(() -> isServed("new"));
        int created = proxy.requests();
        bench.deregister("orders", "new");
        await().atMost(LATE).until(() -> !isServed("new"));
        int removed = proxy.requests();
        System.out.printf(
                "one change among 10,000: an edit %d, a creation %d, a removal %d requests%n",
                edited - before, created - edited, removed - created);
        assertThat(List.of(edited - before, created - edited, removed - created))
                .allSatisfy(requests -> assertThat(requests).isBetween(1, 4));
    }

    /** As after a reconnection: the watch, a sync, and one for the nodes, the directory and the version of the node above. */
    @ParameterizedTest
    @CsvSource({"3, false", "4, true"})
    void whatIsKnownIsReadAnewByThreeRequests(int expected, boolean aboveIsSecret) throws Exception {
        follow(100, Duration.ofHours(1), Duration.ofHours(1));
        bench.protect("/services", aboveIsSecret);
        for (String host : List.of("first", "second")) {
            int before = proxy.requests();
            int multis = count(OpCode.multiRead);
            orders.refresh();
            await().atMost(LATE).until(() -> count(OpCode.multiRead) > multis);
            bench.edit("orders", "n0", json(host)); // costs one more
            await().atMost(LATE).until(() -> isServed(host) && proxy.requests() - before > expected);
            assertThat(proxy.requests() - before).as(proxy.byType().toString()).isEqualTo(expected + 1);
        }
    }

    private int count(int type) {
        return proxy.byType().getOrDefault(type, 0);
    }

    @Test
    void aServerWithoutPersistentWatchesAndReadsByTheDozenIsPolledNodeByNode() throws Exception {
        proxy = bench.opened(new RequestProxy(bench.server.getPort(), OpCode.addWatch, OpCode.multiRead));
        register(5);
        CuratorFramework client = connected();
        client.create()
                .creatingParentsIfNeeded()
                .withMode(CreateMode.EPHEMERAL)
                .forPath(ZooKeeperBench.path("callers", "own"), json("own"));
        long session = bench.owner("callers", "own");
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        ListAppender<ILoggingEvent> appender = new ListAppender<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event.getLevel() + " " + event.getFormattedMessage());
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger(ClientRequests.class);
        appender.start();
        logger.addAppender(appender);
        follow(client, Duration.ofSeconds(12), Duration.ofSeconds(12));
        logger.detachAppender(appender);
        assertThat(lines)
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith(
                        "WARN ZooKeeper's server keeps no persistent watches, which it has had since 3.6: all services are polled");
        assertThat(bench.owner("callers", "own"))
                .as("the application's own registration")
                .isEqualTo(session);
        assertThat(orders.current().cause()).contains("polled");
        assertThat(proxy.refusals()).as("broken connections").isEqualTo(2);
        bench.register("orders", "late", json("late"));
        await().atMost(LATE).until(() -> isServed("late"));
        bench.edit("orders", "n0", json("edited"));
        await().atMost(LATE).until(() -> isServed("edited"));
        bench.deregister("orders", "late");
        await().atMost(LATE).until(() -> !isServed("late"));
        assertThat(proxy.refusals()).as("broken connections").isEqualTo(2);
        assertThat(bench.owner("callers", "own"))
                .as("the application's own registration")
                .isEqualTo(session);

        proxy.upgrade();
        bench.expire(client);
        await().atMost(LATE).until(() -> orders.current().cause().contains("watched"));
    }

    @Test
    void aServerWithWatchesThatReadsOneNodeAtATimeIsWatched() throws Exception {
        proxy = bench.opened(new RequestProxy(bench.server.getPort(), OpCode.multiRead));
        register(5);
        follow(Duration.ofHours(1), Duration.ofHours(1));
        assertThat(orders.current().cause()).contains("watched");
        bench.edit("orders", "n0", json("edited"));
        await().atMost(LATE).until(() -> isServed("edited"));
        assertThat(proxy.refusals()).as("broken connections").isEqualTo(1);
    }

    private boolean isServed(String host) {
        return orders.current().hosts().endpoints().stream()
                .anyMatch(endpoint -> endpoint.host().equals(host));
    }

    private void follow(int endpoints, Duration resync, Duration verify) throws Exception {
        proxy = bench.opened(new RequestProxy(bench.server.getPort()));
        register(endpoints);
        follow(resync, verify);
        assertThat(orders.current().hosts().size()).isEqualTo(endpoints);
    }

    private void register(int endpoints) throws Exception {
        bench.register("orders", "n0", "10.0.0.0", 80);
        List<CompletableFuture<?>> registered = new ArrayList<>();
        for (int i = 1; i < endpoints; i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            bench.provider
                    .create()
                    .inBackground((client, event) -> done.complete(null))
                    .forPath(
                            ZooKeeperBench.path("orders", "n" + i),
                            json("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255)));
            registered.add(done);
        }
        for (CompletableFuture<?> done : registered) {
            done.get(60, TimeUnit.SECONDS);
        }
    }

    private CuratorFramework connected() throws InterruptedException {
        CuratorFramework client = bench.client(proxy.connectString());
        assertThat(client.blockUntilConnected(60, TimeUnit.SECONDS)).isTrue();
        return client;
    }

    private void follow(Duration resync, Duration verify) throws Exception {
        follow(connected(), resync, verify);
    }

    private void follow(CuratorFramework client, Duration resync, Duration verify) throws Exception {
        MembershipSettings defaults = MembershipSettings.DEFAULTS;
        orders = bench.memberships(
                        client,
                        new MembershipSettings(
                                resync,
                                verify,
                                Duration.ZERO,
                                defaults.removalDelay(),
                                defaults.readTimeout(),
                                AllowList.EVERYTHING))
                .service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
    }

    private static byte[] json(String host) {
        return ZooKeeperBench.json("x", host, 80, Map.of());
    }
}

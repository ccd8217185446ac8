package io.github.zklb.zookeeper.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlaySource.Watched;
import io.github.zklb.policy.SettingLayers.Check;
import io.github.zklb.testing.RequestProxy;
import io.github.zklb.testing.TcpProxy;
import io.github.zklb.zookeeper.ReadingLimits;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What overlays and policies cost ZooKeeper after a new connection, and when they are read then. */
class OverlayReconnectionTest {

    private static final int SERVICES = 5;
    private static final int OVERLAYS = 20;

    /** What the server is asked for when one overlay of a service of one has changed. */
    private static final int ONE_CHANGE = 8;

    private static final Duration READ_TIMEOUT = Duration.ofSeconds(1);

    private ZooKeeperBench bench;
    private TcpProxy network;
    private RequestProxy proxy;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        network = bench.proxy();
        proxy = bench.opened(new RequestProxy(port(network)));
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private static int port(TcpProxy proxy) {
        return Integer.parseInt(proxy.connectString().split(":", -1)[1]);
    }

    /** Those of the memberships, with a spread that a test decides. */
    private record Limits(ReadingLimits real, Duration spread) implements ReadingLimits {

        @Override
        public <T> CompletableFuture<T> send(int bytes, Supplier<CompletableFuture<T>> request) {
            return real.send(bytes, request);
        }

        @Override
        public Duration spread(Duration atLeast) {
            return spread;
        }
    }

    private List<Watched> follow(Duration spread, Check check, int services) {
        network.cut(); // so that the connection is told once, to overlays that wait for it
        CuratorFramework client = bench.client(proxy.connectString());
        MembershipSettings defaults = MembershipSettings.DEFAULTS;
        MembershipSettings settings = new MembershipSettings(
                defaults.resyncInterval(),
                defaults.verifyInterval(),
                defaults.reconnectSpread(),
                defaults.removalDelay(),
                READ_TIMEOUT,
                AllowList.EVERYTHING);
        ReadingLimits limits = bench.memberships(client, settings).limits(settings);
        ZooKeeperOverlays overlays =
                bench.opened(new ZooKeeperOverlays(client, new Limits(limits, spread), "/zk-lb", "shop", check));
        List<Watched> watched = IntStream.range(0, services)
                .mapToObj(i -> overlays.watch("s" + i, () -> {}))
                .toList();
        network.heal();
        await().until(() -> watched.stream().allMatch(Watched::areRead));
        return watched;
    }

    private void write(String path, String content) throws Exception {
        bench.provider
                .create()
                .orSetData()
                .creatingParentsIfNeeded()
                .forPath("/zk-lb/" + path, content.getBytes(StandardCharsets.UTF_8));
    }

    private void writeOverlay(String path, int percent) throws Exception {
        write("overlays/" + path, """
                {"v": 1, "target": {"endpoint": "10.0.0.1:80"}, "set": {"weight-percent": %d}, "expires": "%s",
                 "author": "ops", "reason": "a test"}""".formatted(percent, Instant.now().plusSeconds(3_600)));
    }

    private void writeOfAllServices() throws Exception {
        for (int service = 0; service < SERVICES; service++) {
            for (int i = 0; i < (service == 0 ? 1 : OVERLAYS); i++) {
                writeOverlay("s" + service + "/o" + i, 50);
            }
            write("policy/s" + service, "[{\"v\": 1, \"set\": {\"strategy\": \"random\"}}]");
        }
    }

    private static Set<Integer> percents(Watched service) {
        Set<Integer> percents = new HashSet<>();
        service.nodes().forEach(each -> {
            if (each.content() instanceof Overlay overlay) {
                percents.add(Objects.requireNonNull(overlay.weightPercent()));
            }
        });
        return percents;
    }

    private int sent(int type) {
        return proxy.byType().getOrDefault(type, 0);
    }

    @Test
    void afterAReconnectionOneRequestAsksWhetherAnythingHasChanged() throws Exception {
        writeOfAllServices();
        List<Watched> services = follow(Duration.ZERO, any -> null, SERVICES);
        int watches = sent(OpCode.addWatch);
        int before = proxy.requests() - sent(OpCode.setWatches2);
        network.breakConnections();
        await().until(() -> sent(OpCode.addWatch) == watches + 1);
        writeOverlay("s0/o0", 30);
        await().until(() -> percents(services.get(0)).equals(Set.of(30)));
        assertThat(proxy.requests() - sent(OpCode.setWatches2) - before)
                .as("the watch, a sync, one for all nodes, and a change: " + proxy.byType())
                .isBetween(3, 3 + ONE_CHANGE);
    }

    @Test
    void withoutAnyOverlayItCostsThreeRequests() throws Exception {
        List<Watched> services = follow(Duration.ZERO, any -> null, SERVICES);
        int before = proxy.requests() - sent(OpCode.setWatches2);
        network.breakConnections();
        await().until(() -> sent(OpCode.multiRead) == 1);
        assertThat(proxy.requests() - sent(OpCode.setWatches2) - before)
                .as(proxy.byType().toString())
                .isEqualTo(3);
        writeOverlay("s0/o0", 30);
        await().until(() -> percents(services.get(0)).equals(Set.of(30)));
    }

    @Test
    void whatHasChangedWhileThereWasNoConnectionIsReadAfterIt() throws Exception {
        writeOfAllServices();
        List<Watched> services = follow(Duration.ZERO, any -> null, SERVICES);
        network.cut();
        writeOverlay("s1/o1", 10);
        writeOverlay("s2/new", 20);
        bench.provider.delete().deletingChildrenIfNeeded().forPath("/zk-lb/overlays/s3");
        bench.provider.delete().forPath("/zk-lb/policy/s4");
        writeOverlay("_all/o", 70);
        network.heal();
        await().until(() -> percents(services.get(1)).contains(10));
        await().until(() -> percents(services.get(2)).contains(20));
        await().until(() -> percents(services.get(3)).isEmpty());
        await().until(() -> services.get(4).policy() == null);
        assertThat(percents(services.get(0)))
                .as("everybody may write for all services")
                .containsExactly(50);
    }

    @Test
    void nodesThatHaveGrownTooLargeForOneAnswerDoNotBreakEachConnection() throws Exception {
        writeOfAllServices();
        List<Watched> services = follow(Duration.ZERO, any -> null, SERVICES);
        network.cut();
        for (int i = 0; i < 2; i++) {
            write("overlays/s1/o" + i, "x".repeat(600_000));
        }
        writeOverlay("s0/o0", 30);
        network.heal();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> percents(services.get(0)).equals(Set.of(30)));
        await().untilAsserted(() -> assertThat(services.get(1).nodes())
                .filteredOn(each -> each.content() instanceof Overlay)
                .hasSize(OVERLAYS - 2));
    }

    @Test
    void aChangeDoesNotWaitForTheReadingAfterAReconnection() throws Exception {
        writeOfAllServices();
        List<Watched> services = follow(Duration.ofDays(1), any -> null, SERVICES);
        int watches = sent(OpCode.addWatch);
        int again = sent(OpCode.setWatches2);
        network.breakConnections();
        await().until(() -> sent(OpCode.setWatches2) > again);
        writeOverlay("s0/o0", 30);
        await().until(() -> percents(services.get(0)).equals(Set.of(30)));
        assertThat(sent(OpCode.addWatch)).as("it is spread over a day").isEqualTo(watches);
    }

    @Test
    void theChecksOfManyPoliciesDoNotCutAReading() throws Exception {
        int policies = 60;
        for (int i = 0; i < policies; i++) {
            write("policy/s" + i, "[{\"v\": 1, \"set\": {\"strategy\": \"random\"}}]");
        }
        long each = 2 * READ_TIMEOUT.toNanos() / policies;
        Check slow = any -> {
            LockSupport.parkNanos(each);
            return null;
        };
        List<Watched> services = follow(Duration.ZERO, slow, policies);
        assertThat(services).allSatisfy(service -> assertThat(service.policy()).isNotNull());
    }
}

package io.github.zklb.zookeeper.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlaySource.Watched;
import io.github.zklb.testing.RequestProxy;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.ACL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What overlays and a policy cost ZooKeeper, beside the membership of a service of 1,000 endpoints, and that no change is missed for that. */
class OverlayCostTest {

    /** A minute of the defaults, sixty times as fast. */
    private static final Duration MINUTE = Duration.ofSeconds(1);

    private static final int MINUTES = 6;
    private static final int ENDPOINTS = 1_000;

    /** What a quiet minute of a service of up to 1,000 endpoints may cost. */
    private static final double BOUND = 3;

    private ZooKeeperBench bench;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private void write(String path, String content) throws Exception {
        bench.provider
                .create()
                .orSetData()
                .creatingParentsIfNeeded()
                .forPath(path, content.getBytes(StandardCharsets.UTF_8));
    }

    private static String overlay(int percent) {
        return """
                {"v": 1, "target": {"endpoint": "10.0.0.1:80"}, "set": {"weight-percent": %d}, "expires": "%s",
                 "author": "ops", "reason": "a test"}""".formatted(percent, Instant.now().plusSeconds(3_600));
    }

    private final class Client {

        private final int overlays;
        private final RequestProxy proxy;
        private final Watched orders;
        private int before;
        private long bytesBefore;

        Client(int overlays, Integer... unknown) throws Exception {
            this.overlays = overlays;
            String root = "/with-" + overlays;
            for (int i = 0; i < overlays; i++) {
                write(root + "/overlays/orders/o-" + i, overlay(50));
            }
            if (overlays > 0) {
                write(root + "/policy/orders", "[{\"v\": 1, \"set\": {\"strategy\": \"random\"}}]");
            }
            proxy = bench.opened(new RequestProxy(bench.server.getPort(), unknown));
            CuratorFramework client = bench.client(proxy.connectString());
            assertThat(client.blockUntilConnected(60, TimeUnit.SECONDS)).isTrue();
            MembershipSettings defaults = MembershipSettings.DEFAULTS;
            MembershipSettings settings = new MembershipSettings(
                    MINUTE,
                    MINUTE.multipliedBy(10),
                    Duration.ZERO,
                    defaults.removalDelay(),
                    defaults.readTimeout(),
                    AllowList.EVERYTHING);
            ZooKeeperMemberships memberships = bench.memberships(client, settings);
            memberships.service("orders").firstAnswer().get(60, TimeUnit.SECONDS);
            orders = bench.opened(new ZooKeeperOverlays(
                            client,
                            memberships.limits(settings),
                            root,
                            "shop",
                            any -> null,
                            ZooKeeperOverlays.VERIFY.dividedBy(60)))
                    .watch("orders", () -> {});
            await().until(() -> orders.nodes().size() == overlays && (orders.policy() != null) == (overlays > 0));
        }

        void mark() {
            before = proxy.requests();
            bytesBefore = proxy.answerBytes();
        }

        double eachMinute() {
            double minutes = MINUTES / 0.9; // a tick comes up to a fifth early
            double each = (proxy.requests() - before) / minutes;
            System.out.printf(
                    "%d endpoints, %d overlays: %.1f requests and %.0f bytes a quiet minute, %s%n",
                    ENDPOINTS, overlays, each, (proxy.answerBytes() - bytesBefore) / minutes, proxy.byType());
            return each;
        }
    }

    @Test
    void whoMayWriteIsSeenThoughNoWatchTellsOfIt() throws Exception {
        write("/with-1/overlays/_all/o", overlay(20));
        Client client = new Client(1);
        closeTo("/with-1");
        await().until(() -> client.orders.nodes().size() == 2);
        bench.provider.setACL().withACL(Ids.OPEN_ACL_UNSAFE).forPath("/with-1");
        await().until(() -> client.orders.nodes().size() == 1);
    }

    /** The check of an overlay's settings runs while a reading is under way: then its rights change. */
    @Test
    void whoMayWriteIsAskedAfterWhatWasWritten() throws Exception {
        write("/late/overlays/_all/o", """
                {"v": 1, "target": {"service": true}, "set": {"strategy": "random"}, "expires": "%s"}""".formatted(Instant.now().plusSeconds(3_600)));
        CuratorFramework client = bench.client(bench.server.getConnectString());
        ZooKeeperOverlays overlays = bench.opened(new ZooKeeperOverlays(
                client,
                bench.memberships(client, MembershipSettings.DEFAULTS).limits(MembershipSettings.DEFAULTS),
                "/late",
                "shop",
                any -> {
                    closeTo("/late");
                    return null;
                },
                Duration.ofDays(1)));
        Watched orders = overlays.watch("orders", () -> {});
        await().until(() -> orders.nodes().size() == 1);
    }

    private void closeTo(String root) {
        List<ACL> operators = new ArrayList<>(Ids.CREATOR_ALL_ACL);
        operators.addAll(Ids.READ_ACL_UNSAFE);
        try {
            for (String path : List.of(root, root + "/overlays", root + "/overlays/_all")) {
                bench.provider.setACL().withACL(operators).forPath(path);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aChangeBetweenTwoAnswersAboutANodeIsSeenAfterThem() throws Exception {
        write("/twice/overlays/_all/o", overlay(20));
        CuratorFramework client = bench.client(bench.server.getConnectString());
        OverlayRequests requests = new OverlayRequests(
                client.getZookeeperClient().getZooKeeper(),
                bench.memberships(client, MembershipSettings.DEFAULTS).limits(MembershipSettings.DEFAULTS),
                new OverlayRequests.Server(0));
        SeenNodes seen = new SeenNodes(new PolicyPaths("/twice"));
        requests.exists("/twice/overlays/_all").get(60, TimeUnit.SECONDS);
        write("/twice/overlays/_all/p", overlay(20));
        requests.acl("/twice/overlays/_all").get(60, TimeUnit.SECONDS);
        seen.take(requests.seen(), Set.of("_all"), true);
        assertThat(seen.changed(requests, Set.of("_all")).get(60, TimeUnit.SECONDS))
                .containsExactly("_all");
    }

    @Test
    void whatIsTooLargeIsNeverRead() throws Exception {
        Client client = new Client(2);
        client.mark();
        write("/with-2/overlays/orders/large", "x".repeat(900_000));
        await().until(() -> client.orders.nodes().size() == 3);
        assertThat(client.proxy.answerBytes() - client.bytesBefore).isLessThan(100_000);
    }

    @Test
    void aServerWithoutWatchesAndReadsByTheDozenIsPolled() throws Exception {
        Client client = new Client(3, OpCode.addWatch, OpCode.multiRead);
        write("/with-3/overlays/orders/o-1", overlay(20));
        await().until(() -> client.orders.nodes().stream()
                .anyMatch(each ->
                        each.content() instanceof Overlay overlay && Objects.equals(overlay.weightPercent(), 20)));
        bench.provider.delete().forPath("/with-3/overlays/orders/o-1");
        await().until(() -> client.orders.nodes().size() == 2);
        assertThat(client.proxy.refusals()).as("broken connections").isLessThanOrEqualTo(4);
    }

    @Test
    void aQuietMinuteCostsNoMoreThanThatOfTheMembershipMay() throws Exception {
        for (int i = 0; i < ENDPOINTS; i++) {
            bench.register("orders", "n" + i, "10.0." + (i >> 8) + "." + (i & 255), 80);
        }
        List<Client> clients = List.of(new Client(0), new Client(1), new Client(100));
        // what may not be read is asked for, and costs no more for that
        bench.provider.setACL().withACL(Ids.CREATOR_ALL_ACL).forPath("/with-1/overlays/orders/o-0");
        await().pollDelay(MINUTE.multipliedBy(2)).until(() -> true);
        clients.forEach(Client::mark);
        await().pollDelay(MINUTE.multipliedBy(MINUTES))
                .atMost(Duration.ofMinutes(1))
                .until(() -> true);
        assertThat(clients).allSatisfy(client -> assertThat(client.eachMinute()).isBetween(0.5, BOUND));
    }
}

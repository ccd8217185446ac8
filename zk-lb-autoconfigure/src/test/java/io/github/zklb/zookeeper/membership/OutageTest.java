package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a membership shows while ZooKeeper cannot be reached, and after it can be again. */
@Execution(ExecutionMode.CONCURRENT)
class OutageTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private LiveOrders live;
    private ZooKeeperBench bench;
    private TcpProxy proxy;
    private CuratorFramework client;
    private ServiceMembership orders;

    @BeforeEach
    void open() throws Exception {
        live = new LiveOrders(MembershipSettings.DEFAULTS);
        bench = live.bench;
        proxy = live.proxy;
        client = live.client;
        orders = live.membership;
    }

    @AfterEach
    void close() throws Exception {
        live.close();
    }

    @Test
    void aCutLeavesTheListAndSaysSince() throws Exception {
        proxy.cut();
        awaitState(State.STALE);
        assertThat(orders.current().cause())
                .startsWith("service orders may be out of date: ZooKeeper at " + proxy.connectString()
                        + " has not answered since 20");
        assertHosts("10.0.0.1", "10.0.0.2");
        bench.deregister("orders", "a");
        bench.register("orders", "c", "10.0.0.3", 80);
        assertHosts("10.0.0.1", "10.0.0.2");
        proxy.heal();
        awaitHosts("10.0.0.2", "10.0.0.3");
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
    }

    @Test
    void aSilentBlackholeIsNoticedAndHealed() throws Exception {
        proxy.blackhole();
        bench.deregister("orders", "a");
        awaitState(State.STALE);
        assertHosts("10.0.0.1", "10.0.0.2");
        proxy.heal();
        awaitHosts("10.0.0.2");
        awaitState(State.SYNCED);
    }

    @Test
    void aServerThatRestartsIsFollowedAndWatchedAgain() throws Exception {
        bench.server.stop();
        awaitState(State.STALE);
        assertHosts("10.0.0.1", "10.0.0.2");
        bench.server.restart();
        awaitState(State.SYNCED);
        bench.register("orders", "c", "10.0.0.3", 80);
        awaitHosts("10.0.0.1", "10.0.0.2", "10.0.0.3");
        assertThat(live.published).noneMatch(membership -> membership.hosts().size() < 2);
    }

    @Test
    void anExpiredSessionIsReplacedWithItsWatchAndNoDip() throws Exception {
        long session = client.getZookeeperClient().getZooKeeper().getSessionId();
        bench.expire(client);
        await().atMost(SOON)
                .until(() -> client.getZookeeperClient().isConnected()
                        && client.getZookeeperClient().getZooKeeper().getSessionId() != session);
        awaitState(State.SYNCED);
        bench.register("orders", "c", "10.0.0.3", 80);
        awaitHosts("10.0.0.1", "10.0.0.2", "10.0.0.3");
        assertThat(live.published).noneMatch(membership -> membership.hosts().size() < 2);
    }

    @Test
    void anEndpointReCreatedAtVersionZeroWhileCutOffHasItsNewAddress() throws Exception {
        proxy.cut();
        awaitState(State.STALE);
        bench.deregister("orders", "a");
        bench.register("orders", "a", "10.0.0.9", 80);
        proxy.heal();
        awaitHosts("10.0.0.2", "10.0.0.9");
    }

    @Test
    void aDirectoryReCreatedWithTheSameVersionWhileCutOffIsFollowed() throws Exception {
        proxy.cut();
        awaitState(State.STALE);
        bench.provider.delete().deletingChildrenIfNeeded().forPath(ZooKeeperBench.path("orders"));
        bench.register("orders", "x", "10.0.0.8", 80);
        bench.register("orders", "y", "10.0.0.9", 80);
        proxy.heal();
        awaitHosts("10.0.0.8", "10.0.0.9");
    }

    @Test
    void aWatchThatIsLostIsSetAgain() throws Exception {
        client.watchers().removeAll().forPath(ZooKeeperBench.path("orders"));
        await().atMost(SOON).until(() -> bench.watches() == 1);
        bench.deregister("orders", "a");
        awaitHosts("10.0.0.2");
    }

    @Test
    void anEnsembleThatLostItsDataIsNotBelievedAtOnce() throws Exception {
        ServiceEngine engine = bench.opened(PickLoad.engines(live.memberships)).engine("orders");
        await().until(() -> engine.snapshot() != null);
        int port = bench.server.getPort();
        bench.server.stop();
        awaitState(State.STALE);
        bench.opened(new TestingServer(port));
        await().atMost(SOON).until(() -> Objects.requireNonNull(engine.known()).state() == State.HELD);
        assertThat(LiveOrders.hosts(Objects.requireNonNull(engine.known()))).containsExactly("10.0.0.1", "10.0.0.2");
    }

    @Test
    void withoutZooKeeperTheServiceIsNotLoadedAndSaysWhy() throws Exception {
        int port = FreePorts.next();
        ServiceMembership late = bench.memberships(bench.client("127.0.0.1:" + port), MembershipSettings.DEFAULTS)
                .service("orders");
        assertThat(late.current().state()).isEqualTo(State.LOADING);
        assertThat(late.current().cause())
                .matches(
                        "service orders is not loaded: ZooKeeper at 127\\.0\\.0\\.1:" + port
                                + " has not answered since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ \\[zk-lb messages#not-loaded]");
        assertThat(late.firstAnswer()).isNotDone();
        bench.opened(new TestingServer(port));
        assertThat(late.firstAnswer().get(60, TimeUnit.SECONDS).state()).isEqualTo(State.ABSENT);
    }

    private void awaitState(State state) {
        live.awaitState(state, SOON);
    }

    private void awaitHosts(String... hosts) {
        live.awaitHosts(SOON, hosts);
    }

    private void assertHosts(String... hosts) {
        assertThat(live.hosts()).containsExactly(hosts);
    }
}

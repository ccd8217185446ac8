package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.FourLetters;
import io.github.zklb.testing.FreePorts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a membership shows while an ensemble of three servers loses its leader, and its quorum. */
@Execution(ExecutionMode.CONCURRENT)
class EnsembleTest {

    private static final int SESSION_MILLIS = 2_000;
    private static final Duration LATE = Duration.ofSeconds(60);

    private TestingCluster ensemble;
    private CuratorFramework client;
    private CuratorFramework provider;
    private ZooKeeperMemberships memberships;
    private ServiceMembership orders;
    private final List<Membership> published = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws Exception {
        ensemble = new TestingCluster(FreePorts.ensemble(3));
        ensemble.start();
        client = client();
        provider = client();
        register("a", "10.0.0.1");
        register("b", "10.0.0.2");
        memberships = new ZooKeeperMemberships(client, ZooKeeperBench::path, service -> MembershipSettings.DEFAULTS);
        orders = memberships.service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
        orders.subscribe(published::add);
    }

    @AfterEach
    void close() throws Exception {
        memberships.close();
        client.close();
        provider.close();
        ensemble.close();
    }

    @Test
    void leadersThatAreKilledOneAfterTheOtherCostNoEndpoint() throws Exception {
        for (int time = 1; time <= 2; time++) {
            InstanceSpec leader = leader();
            assertThat(ensemble.killServer(leader)).isTrue();
            register("c" + time, "10.0.1." + time);
            await().atMost(LATE).until(() -> hosts().contains("10.0.1.1"));
            assertThat(ensemble.restartServer(leader)).isTrue();
            int expected = 2 + time;
            await().atMost(LATE).until(() -> orders.current().state() == State.SYNCED && hosts().size() == expected);
        }
        assertThat(published).allMatch(each -> each.hosts().size() >= 2);
    }

    @Test
    void aQuorumLostForLongerThanTheSessionIsServedThroughout() throws Exception {
        List<InstanceSpec> servers = List.copyOf(ensemble.getInstances());
        assertThat(ensemble.killServer(servers.get(0))).isTrue();
        assertThat(ensemble.killServer(servers.get(1))).isTrue();
        await().atMost(LATE).until(() -> orders.current().state() == State.STALE);
        // The server that is left serves until it has noticed, too.
        await().during(Duration.ofMillis(2 * SESSION_MILLIS))
                .atMost(LATE)
                .until(() ->
                        orders.current().state() == State.STALE && hosts().equals(List.of("10.0.0.1", "10.0.0.2")));
        assertThat(orders.current().cause()).contains("has not answered since");
        assertThat(ensemble.restartServer(servers.get(0))).isTrue();
        assertThat(ensemble.restartServer(servers.get(1))).isTrue();
        await().atMost(LATE).until(() -> orders.current().state() == State.SYNCED);
        register("c", "10.0.0.3");
        await().atMost(LATE).until(() -> hosts().equals(List.of("10.0.0.1", "10.0.0.2", "10.0.0.3")));
        assertThat(published).allMatch(each -> each.hosts().size() >= 2);
    }

    private InstanceSpec leader() {
        return await().atMost(LATE)
                .until(
                        () -> ensemble.getInstances().stream()
                                .filter(EnsembleTest::leads)
                                .findAny(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static boolean leads(InstanceSpec server) {
        try {
            return FourLetters.ask("127.0.0.1", server.getPort(), "srvr").contains("Mode: leader");
        } catch (IllegalStateException doesNotAnswer) {
            return false;
        }
    }

    private CuratorFramework client() {
        CuratorFramework started = CuratorFrameworkFactory.builder()
                .connectString(ensemble.getConnectString())
                .sessionTimeoutMs(SESSION_MILLIS)
                .connectionTimeoutMs(2_000)
                .retryPolicy(new RetryForever(200))
                .ensembleTracker(false)
                .build();
        started.start();
        return started;
    }

    private void register(String id, String host) throws Exception {
        provider.create()
                .orSetData()
                .creatingParentsIfNeeded()
                .forPath(ZooKeeperBench.path("orders", id), ZooKeeperBench.json(id, host, 80, Map.of()));
    }

    private List<String> hosts() {
        return orders.current().hosts().endpoints().stream().map(Endpoint::host).toList();
    }
}

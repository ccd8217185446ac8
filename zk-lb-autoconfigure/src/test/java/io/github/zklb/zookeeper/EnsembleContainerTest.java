package io.github.zklb.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.ContainerEnsemble;
import io.github.zklb.testing.ContainerZooKeeper;
import io.github.zklb.zookeeper.Membership.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;
import org.apache.curator.test.InstanceSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a membership shows while servers of an ensemble in containers are killed, or paused. */
class EnsembleContainerTest {

    private static final Duration LATE = Duration.ofSeconds(90);

    private ContainerEnsemble ensemble;
    private CuratorFramework client;
    private ZooKeeperMemberships memberships;
    private ServiceMembership orders;
    private final List<Membership> published = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws Exception {
        assumeTrue(ContainerZooKeeper.possible(), "no Docker Engine answers: the container tests are skipped");
        ensemble = ContainerEnsemble.start(
                List.of(InstanceSpec.getRandomPort(), InstanceSpec.getRandomPort(), InstanceSpec.getRandomPort()));
        client = CuratorFrameworkFactory.builder()
                .connectString(ensemble.connectString())
                .sessionTimeoutMs(5_000)
                .connectionTimeoutMs(3_000)
                .retryPolicy(new RetryForever(200))
                .ensembleTracker(false)
                .build();
        client.start();
        assertThat(client.blockUntilConnected(90, TimeUnit.SECONDS)).isTrue();
        register("a", "10.0.0.1");
        register("b", "10.0.0.2");
        memberships = new ZooKeeperMemberships(client, ZooKeeperBench::path, service -> MembershipSettings.DEFAULTS);
        orders = memberships.service("orders");
        orders.firstAnswer().get(30, TimeUnit.SECONDS);
        orders.subscribe(published::add);
    }

    @AfterEach
    void close() {
        if (ensemble == null) {
            return;
        }
        if (memberships != null) {
            memberships.close();
        }
        client.close();
        ensemble.close();
    }

    @Test
    void eachServerKilledInTurnCostsNoEndpoint() throws Exception {
        for (int server = 0; server < ensemble.size(); server++) {
            ensemble.kill(server);
            register("k" + server, "10.0.1." + server);
            awaitSynced(3 + server);
            ensemble.restart(server);
            awaitSynced(3 + server);
        }
        assertNeverFewer();
    }

    @Test
    void aLostQuorumIsServedThroughout() throws Exception {
        ensemble.kill(0);
        ensemble.kill(1);
        await().atMost(LATE).until(() -> orders.current().state() == State.STALE);
        await().pollDelay(Duration.ofSeconds(8))
                .atMost(LATE)
                .until(() -> orders.current().hosts().size() == 2);
        ensemble.restart(0);
        ensemble.restart(1);
        register("c", "10.0.0.3");
        awaitSynced(3);
        assertNeverFewer();
    }

    @Test
    void aPausedServerIsLeftForAnother() throws Exception {
        for (int server = 0; server < ensemble.size(); server++) {
            ensemble.pause(server);
            register("p" + server, "10.0.2." + server);
            awaitSynced(3 + server);
            ensemble.unpause(server);
        }
        awaitSynced(2 + ensemble.size());
        assertNeverFewer();
    }

    private void register(String id, String host) throws Exception {
        client.create()
                .orSetData()
                .creatingParentsIfNeeded()
                .forPath(ZooKeeperBench.path("orders", id), ZooKeeperBench.json(id, host, 80, Map.of()));
    }

    private void awaitSynced(int endpoints) {
        await().atMost(LATE)
                .until(() -> orders.current().state() == State.SYNCED
                        && orders.current().hosts().size() == endpoints);
    }

    private void assertNeverFewer() {
        assertThat(published)
                .allMatch(each -> each.hosts().endpoints().stream()
                        .map(Endpoint::host)
                        .toList()
                        .containsAll(List.of("10.0.0.1", "10.0.0.2")));
    }
}

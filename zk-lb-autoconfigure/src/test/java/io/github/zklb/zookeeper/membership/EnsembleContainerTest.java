package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.ContainerEnsemble;
import io.github.zklb.testing.ContainerEnsemble.Server;
import io.github.zklb.testing.ContainerZooKeeper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Picks while an ensemble of three servers in containers loses its leader, its quorum, or falls silent in part. */
class EnsembleContainerTest {

    private static final int SESSION_MILLIS = 4_000;
    private static final Duration LATE = Duration.ofSeconds(60);

    private static ContainerEnsemble ensemble;
    private static CuratorFramework provider;
    private static CuratorFramework client;
    private static ZooKeeperMemberships memberships;
    private static ServiceMembership orders;
    private static int changes;
    private final List<Membership> published = new CopyOnWriteArrayList<>();
    private PickLoad load;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(ContainerZooKeeper.possible(), "no Docker Engine answers: the container tests are skipped");
        ensemble = ContainerEnsemble.start();
        await().atMost(LATE).until(ensemble::isWhole);
        provider = ZooKeeperBench.started(ensemble.connectString(), SESSION_MILLIS);
        client = ZooKeeperBench.started(ensemble.connectString(), SESSION_MILLIS);
        put("a", "10.0.0.1");
        put("b", "10.0.0.2");
        memberships = new ZooKeeperMemberships(client, ZooKeeperBench::path, service -> MembershipSettings.DEFAULTS);
        orders = memberships.service("orders");
        awaitState(State.SYNCED);
    }

    @AfterAll
    static void stop() {
        if (memberships != null) {
            memberships.close();
            client.close();
            provider.close();
        }
        if (ensemble != null) {
            ensemble.close();
        }
    }

    @BeforeEach
    void beginToPick() {
        load = PickLoad.start(memberships, "orders");
        orders.subscribe(published::add);
    }

    @AfterEach
    void noPickHasFailed() throws Exception {
        try (PickLoad ended = load) {
            ended.endWithoutFailure();
        }
        assertThat(published)
                .isNotEmpty()
                .allMatch(membership -> membership.hosts().size() >= 2);
        await().atMost(LATE).until(ensemble::isWhole);
    }

    @Test
    void aLeaderThatIsKilledCostsNoPick() throws Exception {
        Server leader = ensemble.leader().orElseThrow();
        leader.kill();
        await().atMost(LATE).until(() -> ensemble.leader().isPresent());
        aChangeIsSeen();
        leader.startAgain();
    }

    @Test
    void aQuorumLostForLongerThanTheSessionIsServedThroughout() throws Exception {
        List<Server> killed = ensemble.servers().subList(0, 2);
        killed.forEach(Server::kill);
        awaitState(State.STALE);
        await().during(Duration.ofMillis(SESSION_MILLIS + 1_000))
                .atMost(LATE)
                .until(() -> orders.current().state() == State.STALE);
        assertThat(orders.current().cause()).contains("has not answered since");
        killed.forEach(Server::startAgain);
        aChangeIsSeen();
    }

    @Test
    void aServerThatIsPausedIsNoticedAndAnotherOneAsked() throws Exception {
        Server silent = await().atMost(LATE)
                .until(
                        () -> ensemble.serverOf(
                                client.getZookeeperClient().getZooKeeper().getSessionId()),
                        Optional::isPresent)
                .orElseThrow();
        silent.pause();
        try {
            await().atMost(LATE).until(() -> published.stream().anyMatch(each -> each.state() == State.STALE));
            aChangeIsSeen();
        } finally {
            silent.unpause();
        }
    }

    /** Something new that is registered now shows, and ZooKeeper's word counts. */
    private static void aChangeIsSeen() throws Exception {
        String host = "10.0.1." + ++changes;
        put("changing", host);
        await().atMost(LATE)
                .until(() -> orders.current().hosts().endpoints().stream()
                        .map(Endpoint::host)
                        .anyMatch(host::equals));
        awaitState(State.SYNCED);
    }

    private static void awaitState(State state) {
        await().atMost(LATE).until(() -> orders.current().state() == state);
    }

    private static void put(String id, String host) throws Exception {
        provider.create()
                .orSetData()
                .creatingParentsIfNeeded()
                .forPath(ZooKeeperBench.path("orders", id), ZooKeeperBench.json(id, host, 80, Map.of()));
    }
}

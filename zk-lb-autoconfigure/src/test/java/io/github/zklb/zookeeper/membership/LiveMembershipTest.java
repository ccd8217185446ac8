package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.Patience;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a membership shows of a service that changes while ZooKeeper answers. */
@Execution(ExecutionMode.CONCURRENT)
class LiveMembershipTest {

    private ZooKeeperBench bench;
    private ZooKeeperMemberships memberships;
    private ServiceMembership orders;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        bench.register("orders", "a", "10.0.0.1", 8080);
        bench.register("orders", "b", "10.0.0.2", 8080);
        CuratorFramework client = bench.client(bench.server.getConnectString());
        memberships = bench.memberships(client, MembershipSettings.DEFAULTS);
        orders = memberships.service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void theFirstAnswerHasAllEndpoints() {
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
        assertThat(addresses(orders)).containsExactly("10.0.0.1:8080", "10.0.0.2:8080");
    }

    @Test
    void anEndpointThatRegistersIsSeen() throws Exception {
        bench.register("orders", "c", "10.0.0.3", 8080);
        awaitAddresses("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080");
    }

    @Test
    void anEndpointThatGoesIsGone() throws Exception {
        bench.deregister("orders", "a");
        awaitAddresses("10.0.0.2:8080");
    }

    @Test
    void aProviderKilledWithoutGoodbyeIsGoneWithItsSession() throws Exception {
        CuratorFramework provider = bench.client(bench.server.getConnectString());
        provider.create()
                .withMode(CreateMode.EPHEMERAL)
                .forPath(ZooKeeperBench.path("orders", "c"), ZooKeeperBench.json("c", "10.0.0.3", 8080, Map.of()));
        awaitAddresses("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080");
        bench.expire(provider);
        awaitAddresses("10.0.0.1:8080", "10.0.0.2:8080");
    }

    @Test
    void anEditOfWeightOrStatusIsSeen() throws Exception {
        Map<String, String> metadata = Map.of("weight", "7", "instance_status", "OUT_OF_SERVICE");
        bench.edit("orders", "a", ZooKeeperBench.json("a", "10.0.0.1", 8080, metadata));
        await().atMost(aSecond())
                .untilAsserted(() -> assertThat(orders.current().hosts().get(0))
                        .isEqualTo(new Endpoint("a", "10.0.0.1", 8080, false, 7, metadata)));
        bench.edit("orders", "a", ZooKeeperBench.json("a", "10.0.0.1", 8080, Map.of("weight", "0")));
        await().atMost(aSecond()).until(() -> orders.current().hosts().get(0).weight() == 0);
        bench.edit("orders", "a", ZooKeeperBench.json("a", "10.0.0.1", 8080, Map.of("weight", "heavy")));
        await().atMost(aSecond()).until(() -> orders.current().hosts().get(0).weight() == 1);
    }

    @Test
    void anEditOfTheUriSpecIsSeen() throws Exception {
        String json = new String(ZooKeeperBench.json("a", "10.0.0.1", 8080, Map.of()), StandardCharsets.UTF_8);
        String edited =
                json.replace("{\"parts\":[", "{\"parts\":[{\"value\":\"https://10.0.0.1:8080/ctx\"}],\"were\":[");
        bench.edit("orders", "a", edited.getBytes(StandardCharsets.UTF_8));
        await().atMost(aSecond())
                .untilAsserted(() -> assertThat(orders.current().hosts().get(0).uri())
                        .contains(URI.create("https://10.0.0.1:8080/ctx")));
        bench.edit("orders", "a", json.getBytes(StandardCharsets.UTF_8));
        await().atMost(aSecond())
                .until(() -> orders.current().hosts().get(0).uri().isEmpty());
    }

    @Test
    void garbageKeepsTheLastValueAndHarmsNoOther() throws Exception {
        bench.edit("orders", "a", new byte[] {'{'});
        bench.register("orders", "c", new byte[] {1, 2, 3});
        bench.register("orders", "d", "10.0.0.4", 8080);
        awaitAddresses("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.4:8080");
        await().atMost(aSecond()).until(() -> orders.invalidNodes() == 2);
    }

    @Test
    void aReRegistrationAsCuratorMakesItIsNoDip() throws Exception {
        ServiceMembership patient = bench.memberships(
                        bench.client(bench.server.getConnectString()), ZooKeeperBench.PATIENT)
                .service("orders");
        patient.firstAnswer().get(60, TimeUnit.SECONDS);
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        patient.subscribe(membership -> sizes.add(membership.hosts().size()));
        for (int time = 0; time < 10; time++) {
            bench.deregister("orders", "a");
            bench.register("orders", "a", "10.0.0.1", 8080 + time);
        }
        await().untilAsserted(() -> assertThat(addresses(patient)).containsExactly("10.0.0.1:8089", "10.0.0.2:8080"));
        assertThat(sizes).containsOnly(2);
    }

    @Test
    void aMassLossIsServedOnForTheGracePeriod() throws Exception {
        for (int i = 1; i <= 5; i++) {
            bench.register("fleet", "n" + i, "10.2.0." + i, 80);
        }
        Duration grace = Duration.ofSeconds(3);
        HoldSettings usual = HoldSettings.DEFAULTS;
        ServiceEngine fleet = bench.opened(PickLoad.engines(
                        bench.memberships(bench.client(bench.server.getConnectString()), MembershipSettings.DEFAULTS),
                        new HoldSettings(
                                true, 0.5, usual.window(), grace, usual.maxDuration(), usual.whenEmpty(), true)))
                .engine("fleet");
        await().until(() -> fleet.snapshot() != null);
        List<CuratorOp> deletions = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            deletions.add(bench.provider.transactionOp().delete().forPath(ZooKeeperBench.path("fleet", "n" + i)));
        }
        bench.provider.transaction().forOperations(deletions);
        bench.register("fleet", "new", "10.2.0.9", 80);
        await().atMost(aSecond())
                .until(() -> known(fleet).state() == State.HELD
                        && known(fleet).hosts().size() == 6);
        await().atMost(grace.plus(aSecond())).until(() -> known(fleet).state() == State.SYNCED);
        assertThat(known(fleet).hosts().endpoints()).extracting(Endpoint::host).containsExactly("10.2.0.9");
    }

    private static Membership known(ServiceEngine engine) {
        return Objects.requireNonNull(engine.known());
    }

    @Test
    void aClientWithANamespaceReadsBelowIt() throws Exception {
        bench.register("orders", "ns", "10.0.0.6", 80);
        ServiceMembership below = bench.memberships(
                        bench.client(bench.server.getConnectString()).usingNamespace("services"),
                        MembershipSettings.DEFAULTS,
                        service -> "/" + service)
                .service("orders");
        assertThat(below.firstAnswer().get(60, TimeUnit.SECONDS).hosts().size()).isEqualTo(3);
        bench.deregister("orders", "ns");
        await().atMost(aSecond()).until(() -> below.current().hosts().size() == 2);
    }

    @Test
    void aServiceThatIsNotThereYetIsAbsentAndSeenOnceItIs() throws Exception {
        ServiceMembership late = memberships.service("late");
        Membership first = late.firstAnswer().get(60, TimeUnit.SECONDS);
        assertThat(first.state()).isEqualTo(State.ABSENT);
        assertThat(first.hosts().isEmpty()).isTrue();
        assertThat(first.cause()).contains("/services/late");
        bench.register("late", "a", "10.0.0.7", 80);
        await().atMost(aSecond())
                .until(() -> late.current().state() == State.SYNCED
                        && late.current().hosts().size() == 1);
    }

    @Test
    void evenTheRootMayBeCreatedLater() throws Exception {
        ServiceMembership late = bench.memberships(
                        bench.client(bench.server.getConnectString()),
                        MembershipSettings.DEFAULTS,
                        service -> "/elsewhere/deep/" + service)
                .service("late");
        assertThat(late.firstAnswer().get(60, TimeUnit.SECONDS).state()).isEqualTo(State.ABSENT);
        bench.provider
                .create()
                .creatingParentsIfNeeded()
                .forPath("/elsewhere/deep/late/a", ZooKeeperBench.json("a", "h", 80, Map.of()));
        await().atMost(aSecond()).until(() -> late.current().hosts().size() == 1);
    }

    @Test
    void aDirectoryThatIsDeletedAndCreatedAgainIsFollowed() throws Exception {
        bench.provider.delete().deletingChildrenIfNeeded().forPath(ZooKeeperBench.path("orders"));
        await().atMost(aSecond()).until(() -> orders.current().state() == State.ABSENT);
        assertThat(orders.current().hosts().isEmpty()).isTrue();
        bench.register("orders", "a", "10.0.0.8", 8080);
        awaitAddresses("10.0.0.8:8080");
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
        bench.deregister("orders", "a");
        awaitAddresses();
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
    }

    private static List<String> addresses(ServiceMembership of) {
        return of.current().hosts().endpoints().stream().map(Endpoint::address).toList();
    }

    private static Duration aSecond() {
        return Patience.promised(Duration.ofSeconds(1));
    }

    private void awaitAddresses(String... addresses) {
        await().atMost(aSecond())
                .untilAsserted(() -> assertThat(addresses(orders)).containsExactly(addresses));
    }
}

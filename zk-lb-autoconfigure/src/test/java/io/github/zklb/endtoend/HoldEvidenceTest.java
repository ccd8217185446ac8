package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Reason;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.VanishingServer;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What shows in a fleet that lost its registrations who is to be called: real servers accept all the time, dead or alive. */
class HoldEvidenceTest {

    private static final String UNAVAILABLE = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static CuratorFramework client;
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        client = ZooKeeperBench.started(zookeeper.connectString(), 20_000);
        consumer = Consumer.start(zookeeper.connectString(), "zk-lb.membership.hold.grace-period=1h");
    }

    @AfterAll
    static void stop() {
        consumer.close();
        client.close();
        zookeeper.close();
    }

    /** Each costs one call: it accepts the connections of probes. */
    @ParameterizedTest
    @EnumSource(Client.class)
    void aProxyThatAnswersForADeadOneIsFoundOutByOneCall(Client by) throws Exception {
        String service = "unavailable-" + by.ordinal();
        try (Fleet fleet = new Fleet(client, consumer, service)) {
            List<VanishingServer> all = fleet.start("n", 4);
            List<VanishingServer> dead = all.subList(1, 4);
            fleet.register(all);
            dead.forEach(each -> each.dieBehindAProxy(UNAVAILABLE));
            fleet.deregister(dead);
            assertThat(fleet.known().state()).isEqualTo(State.HELD);
            int failed = 0;
            while (failed < dead.size()) {
                if (!isAnswered(by, service)) {
                    int found = ++failed;
                    await().until(() -> fleet.count(Reason.HELD_DEMOTED) == found);
                }
            }
            for (int call = 0; call < 50; call++) {
                assertThat(consumer.get(by, url(service), Map.of())).isEqualTo("n0");
            }
            assertThat(fleet.known().hosts().size()).isEqualTo(4);
        }
    }

    /** A proxy on the way of TCP cannot answer. One connection that breaks may be chance: then a probe speaks for the endpoint. */
    @Test
    void aProxyThatClosesForADeadOneIsFoundOutByTwoCalls() throws Exception {
        try (Fleet fleet = new Fleet(client, consumer, "closing")) {
            List<VanishingServer> all = fleet.start("n", 4);
            List<VanishingServer> dead = all.subList(1, 4);
            fleet.register(all);
            dead.forEach(each -> each.dieBehindAProxy(""));
            fleet.deregister(dead);
            assertThat(fleet.known().state()).isEqualTo(State.HELD);
            await().until(() -> IntStream.range(0, 50).allMatch(call -> isAnswered(Client.REST_CLIENT, "closing"))
                    && fleet.count(Reason.HELD_DEMOTED) == dead.size());
            assertThat(dead).allSatisfy(each -> assertThat(each.asked()).isGreaterThan(1));
            assertThat(fleet.known().hosts().size()).isEqualTo(4);
        }
    }

    /** As Kubernetes does it with the addresses of pods. */
    @Test
    void anAddressThatComesToAnotherServiceIsCalledForThatOneOnly() throws Exception {
        try (Fleet orders = new Fleet(client, consumer, "orders");
                Fleet billing = new Fleet(client, consumer, "billing")) {
            List<VanishingServer> all = orders.start("n", 3);
            List<VanishingServer> left = all.subList(0, 2);
            List<VanishingServer> recycled = all.subList(2, 3);
            orders.register(all);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "orders")) {
                orders.deregister(all);
                assertThat(orders.known().state()).isEqualTo(State.HELD);
                calls.awaitAnswersOf(Fleet.namesOf(all));
                billing.register(recycled);
                await().until(() -> orders.known().hosts().size() == left.size());
                calls.changeIsPublished();
                calls.allAreAnswered(50);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(left));
                assertThat(consumer.get(url("billing"))).isEqualTo("n2");
            }
        }
    }

    /** The processes of the old fleet still run, and take the connections of probes. */
    @Test
    void aNewFleetIsNotJoinedByTheOldOneThatStillAnswers() throws Exception {
        try (Fleet fleet = new Fleet(client, consumer, "blue-green")) {
            List<VanishingServer> old = fleet.start("old", 10);
            List<VanishingServer> next = fleet.start("new", 4);
            fleet.register(old);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "blue-green")) {
                calls.awaitAnswersOf(Fleet.namesOf(old));
                fleet.change(next, Map.of(), old);
                calls.changeIsPublished();
                assertThat(fleet.known().state()).isEqualTo(State.HELD);
                int accepted = old.stream().mapToInt(VanishingServer::accepted).sum();
                await().until(() ->
                        old.stream().mapToInt(VanishingServer::accepted).sum() >= accepted + old.size());
                calls.allAreAnswered(50);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(next));
            }
        }
    }

    /** Those that are drained stay registered, and more of them than of those that serve. */
    @Test
    void whatCountsIsWhatServes() throws Exception {
        try (Fleet fleet = new Fleet(client, consumer, "half-drained")) {
            List<VanishingServer> serving = fleet.start("n", 3);
            List<VanishingServer> drained = fleet.start("drained", 4);
            fleet.register(serving);
            fleet.change(drained, Map.of("weight", "0"), List.of());
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "half-drained")) {
                calls.awaitAnswersOf(Fleet.namesOf(serving));
                fleet.deregister(serving);
                calls.changeIsPublished();
                assertThat(fleet.known().state()).isEqualTo(State.HELD);
                calls.awaitAnswersOf(Fleet.namesOf(serving));
                calls.allAreAnswered(50);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(serving));
            }
        }
    }

    private static boolean isAnswered(Client by, String service) {
        try {
            consumer.get(by, url(service), Map.of());
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static String url(String service) {
        return "http://" + service + "/";
    }
}

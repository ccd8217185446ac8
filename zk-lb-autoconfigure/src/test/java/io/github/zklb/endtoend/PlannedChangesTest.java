package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Reason;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.VanishingServer;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fleets that lose many registrations at once, on purpose or not, while an application calls them: what is gone has vanished without
 * a word when its registration goes. {@code -Dzklb.hold.calls=N} sends more calls after each change; 10,000 go on for about a
 * minute, until the hold is over.
 */
class PlannedChangesTest {

    private static final int CALLS = Integer.getInteger("zklb.hold.calls", 50);

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static CuratorFramework client;
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        client = ZooKeeperBench.started(zookeeper.connectString(), 20_000);
        consumer = Consumer.start(
                zookeeper.connectString(),
                "spring.cloud.loadbalancer.zone=a",
                "zk-lb.services.zoned-balanced.zone.mode=balanced",
                "zk-lb.services.zoned-prefer-local.zone.mode=prefer-local");
    }

    @AfterAll
    static void stop() {
        consumer.close();
        client.close();
        zookeeper.close();
    }

    @Test
    void aScaleDownOfTenToTwoCostsNoCall() throws Exception {
        try (Fleet fleet = new Fleet(client, consumer, "scaled-down")) {
            List<VanishingServer> all = fleet.start("n", 10);
            fleet.register(all);
            List<VanishingServer> left = all.subList(0, 2);
            List<VanishingServer> gone = all.subList(2, 10);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "scaled-down")) {
                calls.awaitAnswersOf(Fleet.namesOf(all));
                calls.changeBegins();
                Fleet.vanish(gone);
                fleet.deregister(gone);
                calls.changeIsPublished();
                assertThat(fleet.known().state()).isEqualTo(State.HELD);
                calls.allAreAnswered(CALLS);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(left));
            }
        }
    }

    /** As zk-lb's own providers do: who serves no longer is not held, though its process goes on for a while. */
    @Test
    void aScaleDownInOrderCostsNoCallHoweverLongTheProcessesGoOn() throws Exception {
        try (Fleet fleet = new Fleet(client, consumer, "drained")) {
            List<VanishingServer> all = fleet.start("n", 10);
            fleet.register(all);
            List<VanishingServer> left = all.subList(0, 2);
            List<VanishingServer> gone = all.subList(2, 10);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "drained")) {
                calls.awaitAnswersOf(Fleet.namesOf(all));
                fleet.drain(gone);
                calls.changeIsPublished();
                fleet.deregister(gone);
                assertThat(fleet.known().state()).isEqualTo(State.SYNCED);
                Fleet.vanish(gone);
                calls.allAreAnswered(CALLS);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(left));
            }
        }
    }

    /**
     * They prove to be alive and get requests, and then fall silent: the requests without an answer tell, long before the next probe is
     * due. Takes some seconds.
     */
    @Test
    @EnabledIfSystemProperty(named = "zklb.hold.calls", matches = "\\d+")
    void whoGoesOnForAWhileAndThenVanishesIsFoundOutByItsCalls() throws Exception {
        try (Fleet fleet = new Fleet(client, consumer, "lingering")) {
            List<VanishingServer> all = fleet.start("n", 10);
            fleet.register(all);
            List<VanishingServer> gone = all.subList(2, 10);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "lingering")) {
                calls.awaitAnswersOf(Fleet.namesOf(all));
                calls.changeBegins();
                fleet.deregister(gone);
                calls.awaitAnswersOf(Fleet.namesOf(all));
                long vanished = System.nanoTime();
                Fleet.vanish(gone);
                await().until(() -> fleet.count(Reason.HELD_GONE) == 8);
                System.out.printf(
                        "%d calls of a scale-down have no answer, and the silent ones left after %.1f s%n",
                        calls.unansweredDuringTheChange(), (System.nanoTime() - vanished) / 1e9);
                calls.changeIsPublished();
                calls.allAreAnswered(CALLS);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(all.subList(0, 2)));
            }
        }
    }

    /** The new ones come before the old ones go, or in the same moment. */
    @ParameterizedTest
    @CsvSource({"10, true", "10, false", "4, false"})
    void aFleetThatIsReplacedCostsNoCall(int number, boolean first) throws Exception {
        String service = "replaced-" + number + '-' + first;
        try (Fleet fleet = new Fleet(client, consumer, service)) {
            List<VanishingServer> old = fleet.start("old", 10);
            List<VanishingServer> next = fleet.start("new", number);
            fleet.register(old);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, service)) {
                calls.awaitAnswersOf(Fleet.namesOf(old));
                if (first) {
                    fleet.register(next);
                    calls.awaitAnswersOf(Fleet.namesOf(next));
                }
                calls.changeBegins();
                Fleet.vanish(old);
                fleet.change(first ? List.of() : next, Map.of(), old);
                calls.changeIsPublished();
                calls.allAreAnswered(CALLS);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(next));
            }
        }
    }

    /** The caller's own, and more than half of all. */
    @ParameterizedTest
    @ValueSource(strings = {"balanced", "prefer-local"})
    void aZoneThatIsGivenUpCostsNoCall(String mode) throws Exception {
        String service = "zoned-" + mode;
        try (Fleet fleet = new Fleet(client, consumer, service)) {
            List<VanishingServer> own = fleet.start("a", 5);
            List<VanishingServer> other = fleet.start("b", 3);
            fleet.change(own, Map.of("zone", "a"), List.of());
            fleet.change(other, Map.of("zone", "b"), List.of());
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, service)) {
                calls.awaitAnswersOf(Fleet.namesOf(own));
                calls.changeBegins();
                Fleet.vanish(own);
                fleet.deregister(own);
                calls.changeIsPublished();
                assertThat(fleet.known().state()).isEqualTo(State.HELD);
                calls.allAreAnswered(CALLS);
                assertThat(calls.answered()).isEqualTo(Fleet.namesOf(other));
            }
        }
    }

    /** The processes still answer. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aLossOfRegistrationsAloneCostsNoCall(int left) throws Exception {
        String service = "lost-but-" + left;
        try (Fleet fleet = new Fleet(client, consumer, service)) {
            List<VanishingServer> all = fleet.start("n", 10);
            fleet.register(all);
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, service)) {
                calls.awaitAnswersOf(Fleet.namesOf(all));
                fleet.deregister(all.subList(left, 10));
                calls.changeIsPublished();
                assertThat(fleet.known().state()).isEqualTo(State.HELD);
                calls.awaitAnswersOf(Fleet.namesOf(all));
                calls.allAreAnswered(CALLS);
            }
        }
    }

    /** Some of those that lost their registrations are gone indeed. */
    @Test
    void whoIsGoneInALossCostsNoCallAndWhoIsAliveServesOn() throws Exception {
        try (Fleet fleet = new Fleet(client, consumer, "half-gone")) {
            List<VanishingServer> all = fleet.start("n", 10);
            fleet.register(all);
            List<VanishingServer> gone = all.subList(2, 5);
            Set<String> alive = new HashSet<>(Fleet.namesOf(all));
            alive.removeAll(Fleet.namesOf(gone));
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "half-gone")) {
                calls.awaitAnswersOf(Fleet.namesOf(all));
                calls.changeBegins();
                Fleet.vanish(gone);
                fleet.deregister(all.subList(2, 10));
                calls.changeIsPublished();
                calls.awaitAnswersOf(alive);
                calls.allAreAnswered(CALLS);
                assertThat(calls.answered()).isEqualTo(alive);
            }
        }
    }

    /** The system sends the packet again after a second; a probe waits for two, and another one follows. */
    @Test
    void aLostFirstPacketLosesNoEndpoint() throws Exception {
        assumeThat(VanishingServer.systemTellsWhoWaits()).isTrue();
        try (Fleet fleet = new Fleet(client, consumer, "lossy")) {
            List<VanishingServer> all = new ArrayList<>(fleet.start("n", 4));
            fleet.register(all);
            List<VanishingServer> lossy = all.subList(1, 4);
            Fleet.vanish(lossy);
            fleet.deregister(lossy);
            for (VanishingServer each : lossy) {
                await().until(each::isAwaited);
            }
            for (VanishingServer each : lossy) {
                each.comeBack();
            }
            try (CallsDuringAChange calls = new CallsDuringAChange(consumer, "lossy")) {
                calls.awaitAnswersOf(Fleet.namesOf(all));
                calls.allAreAnswered(0);
                assertThat(fleet.count(Reason.HELD)).isEqualTo(3);
                assertThat(fleet.count(Reason.HELD_GONE)).isZero();
            }
        }
    }
}

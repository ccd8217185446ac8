package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** When a service is read, and what is published of it, on a scripted directory and a clock of the test's own. */
class ServiceLoopTest {

    private static final Duration TICK = Duration.ofMillis(100);

    private final ManualWorker worker = new ManualWorker();
    private final ScriptedDirectory directory = new ScriptedDirectory();
    private final List<Membership> published = new ArrayList<>();
    private final ServiceLoop loop = directory.loop(worker);
    private final ServiceMembership membership = loop.membership();

    private final SteppedHold held = new SteppedHold(membership, worker);

    private void refresh() {
        loop.refresh();
    }

    // what is published

    @Test
    void nothingIsReadWithoutAConnection() {
        worker.pass(Duration.ofMinutes(5));
        assertThat(directory.asked).isEmpty();
        assertThat(membership.current().state()).isEqualTo(State.LOADING);
        assertThat(membership.current().cause())
                .isEqualTo("service orders is not loaded: ZooKeeper at 127.0.0.1:2181 has not answered since "
                        + "2026-11-23T06:00:00Z [zk-lb messages#not-loaded]");
    }

    @Test
    void aServiceThatIsFirstCalledDuringAnOutageSaysSinceWhenTheConnectionIsSilent() {
        directory.silentSince = ManualWorker.START.minusSeconds(3_600);
        ServiceLoop late = directory.loop(worker);
        late.disconnected();
        assertThat(late.membership().current().cause()).contains("has not answered since 2026-11-23T05:00:00Z");
    }

    @Test
    void theFirstReadingWaitsForWhatWasStored() {
        directory.put("a", "a");
        CompletableFuture<Optional<Stored>> stored = new CompletableFuture<>();
        loop.restore(stored);
        loop.connected();
        worker.pass(TICK);
        assertThat(directory.asked).isEmpty();
        Stored lastGood = new Stored(HostSet.of(Endpoint.of("b", 80)), ManualWorker.START);
        stored.complete(Optional.of(lastGood));
        worker.pass(TICK);
        assertHosts("a");
        assertThat(membership.lastGood()).isEqualTo(lastGood);
        worker.pass(Duration.ofSeconds(5));
        assertThat(directory.asked).containsExactly("all");
    }

    @Test
    void aStoreThatHangsOrFailsDelaysTheFirstReadingForASecondAtMost() {
        directory.put("a", "a");
        loop.restore(new CompletableFuture<>());
        loop.connected();
        worker.pass(MembershipView.PATIENCE.plus(TICK));
        assertHosts("a");
        ServiceLoop other = directory.loop(worker);
        other.restore(CompletableFuture.failedFuture(new IllegalStateException("no disk")));
        other.connected();
        worker.pass(TICK);
        assertThat(other.membership().current().state()).isEqualTo(State.SYNCED);
    }

    @Test
    void theFirstReadingIsPublishedAtOnce() {
        load("a", "b");
        assertHosts("a", "b");
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertThat(membership.current().version()).isEqualTo(1);
        assertThat(membership.firstAnswer()).isCompletedWithValue(membership.current());
    }

    @Test
    void aMissingDirectoryIsAnEmptyAnswer() {
        directory.missing = true;
        load();
        assertThat(membership.current().state()).isEqualTo(State.ABSENT);
        assertThat(membership.current().cause()).contains("no such service yet").contains("/services/orders");
        assertThat(membership.firstAnswer()).isCompleted();
    }

    @Test
    void aDeniedDirectoryKeepsTheListAndIsPolled() {
        load("a");
        directory.denied = true;
        refresh();
        worker.pass(TICK);
        assertThat(membership.current().state()).isEqualTo(State.DENIED);
        assertThat(membership.current().cause()).contains("/services/orders").contains("grant it READ");
        assertHosts("a");
        directory.put("b", "b");
        directory.denied = false;
        worker.pass(PassPace.LONGEST_WAIT);
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertHosts("a", "b");
    }

    @Test
    void aServiceDeniedFromTheStartIsAnAnswer() {
        directory.denied = true;
        load();
        assertThat(membership.firstAnswer().join().state()).isEqualTo(State.DENIED);
        loop.disconnected();
        worker.pass(TICK);
        assertThat(membership.current().state()).isEqualTo(State.DENIED);
    }

    @Test
    void aLostConnectionLeavesTheListAsItIs() {
        load("a", "b");
        directory.remove("a");
        loop.disconnected();
        worker.pass(Duration.ofHours(1));
        assertThat(membership.current().state()).isEqualTo(State.STALE);
        assertThat(membership.current().cause())
                .isEqualTo("service orders may be out of date: ZooKeeper at 127.0.0.1:2181 has not answered since "
                        + "2026-11-23T06:00:00Z [zk-lb messages#may-be-out-of-date]");
        assertHosts("a", "b");
        assertThat(directory.asked).containsExactly("all");
    }

    @Test
    void aSilenceCountsFromItsBeginning() {
        load("a");
        worker.pass(Duration.ofSeconds(3));
        directory.failure = new Failed(Failed.Kind.CONNECTION_LOST, "the connection broke");
        refresh();
        worker.pass(Duration.ofSeconds(1));
        loop.disconnected();
        worker.pass(Duration.ofSeconds(1));
        loop.reconnected(Duration.ZERO);
        loop.disconnected();
        worker.pass(Duration.ofSeconds(1));
        assertThat(membership.current().cause())
                .endsWith("has not answered since 2026-11-23T06:00:03Z [zk-lb messages#may-be-out-of-date]");
        assertThat(membership.current().since()).isEqualTo(ManualWorker.START.plusSeconds(3));
    }

    @Test
    void aConnectionThatNeverWasCannotBeLost() {
        worker.pass(Duration.ofSeconds(5));
        loop.disconnected();
        worker.pass(TICK);
        assertThat(membership.current().version()).isZero();
    }

    @Test
    void aRootThatWasRemovedWithItsLastServiceIsNoReset() {
        load("a");
        directory.deleteDirectory();
        directory.signal("");
        worker.pass(Duration.ofSeconds(1));
        directory.recreateWithRoot();
        directory.put("x", "x");
        directory.put("y", "y");
        change(() -> {}, "");
        assertHosts("x", "y");
        directory.remove("x");
        refresh();
        worker.pass(Duration.ofSeconds(1));
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertHosts("y");
    }

    @Test
    void aRemovalThatWasWaitingIsNotAppliedWhileTheConnectionIsLost() {
        load("a", "b");
        change(() -> directory.remove("a"), "a");
        loop.disconnected();
        worker.pass(Duration.ofHours(1));
        assertHosts("a", "b");
        loop.connected();
        worker.pass(TICK);
        assertHosts("b");
    }

    @Test
    void anAnswerThatComesAfterTheConnectionWasLostIsNotTaken() {
        load("a");
        directory.fallSilent();
        refresh();
        worker.pass(TICK);
        loop.disconnected();
        directory.put("b", "b");
        directory.answer();
        worker.pass(TICK);
        assertThat(membership.current().state()).isEqualTo(State.STALE);
        assertHosts("a");
    }

    @Test
    void aFailedReadingChangesNoListAndIsRepeatedLessAndLessOften() {
        load("a");
        directory.remove("a");
        directory.failure = new Failed(Failed.Kind.CONNECTION_LOST, "the connection broke");
        refresh();
        worker.pass(Duration.ofSeconds(60));
        assertHosts("a");
        assertThat(membership.current().state()).isEqualTo(State.STALE);
        assertThat(membership.current().cause()).contains("jute.maxbuffer");
        assertThat(directory.asked).hasSizeBetween(10, 30).containsOnly("all");
        directory.failure = null;
        worker.pass(PassPace.LONGEST_WAIT.plus(Duration.ofMillis(300)));
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertHosts();
    }

    // removal delay, loss guard

    @Test
    void aRemovalWaitsForTheRemovalDelay() {
        load("a", "b");
        change(() -> directory.remove("a"), "a");
        worker.pass(Duration.ofMillis(249));
        assertHosts("a", "b");
        worker.pass(Duration.ofMillis(2));
        assertHosts("b");
    }

    @Test
    void aReCreationWithinTheDelayIsNoDip() {
        load("a", "b");
        change(() -> directory.remove("a"), "a");
        worker.pass(TICK);
        change(() -> directory.put("a", "a"), "a");
        worker.pass(Duration.ofSeconds(1));
        assertThat(published).allSatisfy(each -> assertThat(each.hosts().size()).isEqualTo(2));
    }

    @Test
    void aMassLossIsToldOfAndAdoptedAtTheEndOfTheHold() {
        load("a", "b", "c", "d");
        change(
                () -> {
                    directory.remove("a");
                    directory.remove("b");
                    directory.remove("c");
                },
                "a");
        worker.pass(Duration.ofSeconds(1));
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertHosts("d");
        assertThat(held.hosts()).containsExactly("a", "b", "c", "d");
        worker.pass(Duration.ofSeconds(30));
        assertThat(held.hosts()).containsExactly("d");
    }

    @Test
    void aDirectoryThatVanishesWithFewEndpointsIsAbsentAfterTheDelay() {
        load("a");
        directory.deleteDirectory();
        directory.signal("");
        worker.pass(TICK);
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        worker.pass(Duration.ofMillis(300));
        assertThat(membership.current().state()).isEqualTo(State.ABSENT);
        assertHosts();
    }

    // what may be older, or from elsewhere

    @Test
    void aServerThatLagsIsNotBelieved() {
        load("a");
        Runnable before = directory.memento();
        change(() -> directory.put("b", "b"), "b");
        Runnable after = directory.memento();
        before.run();
        reconnect();
        worker.pass(Duration.ofSeconds(5));
        assertThat(membership.current().state()).isEqualTo(State.STALE);
        assertHosts("a", "b");
        after.run();
        worker.pass(PassPace.LONGEST_WAIT);
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertHosts("a", "b");
    }

    @Test
    void aServerThatLagsBehindAnEditOrACreationIsNotBelieved() {
        load("a");
        Runnable before = directory.memento();
        change(() -> directory.put("a", "a2"), "a");
        before.run();
        reconnect();
        worker.pass(Duration.ofSeconds(5));
        assertHosts("a2");
    }

    @Test
    void aServerThatHasNotSeenTheDirectoryYetIsNotBelieved() {
        directory.missing = true;
        load();
        Runnable before = directory.memento();
        directory.recreateDirectory();
        directory.missing = false;
        change(() -> directory.put("a", "a"), "");
        assertHosts("a");
        before.run();
        reconnect();
        worker.pass(Duration.ofSeconds(5));
        assertThat(membership.current().state()).isEqualTo(State.STALE);
        assertHosts("a");
    }

    @Test
    void aWipedEnsembleIsHeldAndThenAdopted() {
        load("a", "b");
        directory.wipe();
        reconnect();
        worker.pass(Duration.ofSeconds(1));
        assertThat(membership.resets()).isEqualTo(1);
        assertThat(held.hosts()).containsExactly("a", "b");
        worker.pass(Duration.ofHours(1));
        assertThat(held.hosts()).isEmpty();
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertHosts();
    }

    @Test
    void anEnsembleThatStaysBehindIsTakenForAResetOne() {
        load("a", "b");
        Runnable backup = directory.memento();
        change(() -> directory.put("c", "c"), "c");
        backup.run();
        reconnect();
        worker.pass(MembershipView.LONGEST_LAG.plus(PassPace.LONGEST_WAIT));
        assertThat(membership.resets()).isEqualTo(1);
        assertThat(held.hosts()).containsExactly("a", "b", "c");
        worker.pass(Duration.ofSeconds(31));
        assertThat(held.hosts()).containsExactly("a", "b");
        assertHosts("a", "b");
    }

    @Test
    void aDirectoryThatWasReplacedIsReadWhole() {
        load("a");
        directory.recreateDirectory();
        directory.put("a", "a2");
        directory.signal("");
        worker.pass(Duration.ofSeconds(1));
        assertHosts("a2");
    }

    @Test
    void anEndpointThatWasReplacedWhileCutOffIsTheNewOne() {
        load("a");
        loop.disconnected();
        directory.recreate("a", "a2");
        loop.connected();
        worker.pass(TICK.multipliedBy(2));
        assertHosts("a2");
    }

    // what is wrong with single nodes

    @Test
    void aNodeThatTurnsToGarbageKeepsItsLastValue() {
        load("a", "b");
        change(() -> directory.put("a", new byte[] {'{'}), "a");
        assertHosts("a", "b");
        change(() -> directory.put("a", "a2"), "a");
        assertHosts("a2", "b");
    }

    @Test
    void aNodeThatIsGarbageFromTheStartIsSkipped() {
        directory.put("x", new byte[] {'{'});
        load("a");
        assertHosts("a");
        assertThat(membership.invalidNodes()).isEqualTo(1);
    }

    @Test
    void aNodeThatBecomesUnreadableKeepsItsLastValue() {
        load("a", "b");
        directory.makeUnreadable("a");
        refresh();
        worker.pass(TICK);
        assertHosts("a", "b");
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
    }

    @Test
    void twoRegistrationsOfOneAddressAreOneEndpoint() {
        load("a");
        change(() -> directory.put("late", ZooKeeperBench.json("late", "a", 80, Map.of("weight", "9"))), "late");
        assertThat(membership.current().hosts().endpoints())
                .singleElement()
                .satisfies(endpoint -> assertThat(endpoint.id()).isEqualTo("late"));
        change(() -> directory.remove("late"), "late");
        worker.pass(Duration.ofMillis(300));
        assertThat(membership.current().hosts().endpoints())
                .extracting(Endpoint::id)
                .containsExactly("a");
    }

    // when it is read

    @Test
    void aChangeCostsOneListAndOneRead() {
        load("a", "b", "c");
        change(() -> directory.put("b", "b2"), "b");
        assertThat(directory.asked).containsExactly("all", "b");
    }

    @Test
    void repeatedAndReorderedSignalsChangeNothing() {
        load("a", "b");
        for (int i = 0; i < 50; i++) {
            directory.signal("b");
            directory.signal("gone");
            directory.signal("a");
            directory.signal("");
        }
        worker.pass(Duration.ofSeconds(1));
        assertHosts("a", "b");
        assertThat(published).hasSize(1);
        assertThat(directory.asked).hasSize(2);
    }

    @Test
    void changesOnEachOthersHeelsAreEachPublished() {
        load("a");
        for (int i = 0; i < 100; i++) {
            change(() -> {}, "none");
            worker.pass(Duration.ofMillis(20));
            directory.put("a", "host-" + i);
            directory.signal("a");
            worker.run();
            assertHosts("host-" + i);
        }
    }

    @Test
    void aStormTakesAQuarterOfTheTimeAndItsEndIsExact() {
        load("a");
        Duration cost = Duration.ofMillis(5);
        membership.subscribe(each -> worker.spend(cost));
        worker.pass(Duration.ofSeconds(1));
        published.clear();
        long start = worker.nanoTime();
        for (int i = 0; i < 5_000; i++) {
            directory.put("a", "host-" + i);
            directory.signal("a");
            worker.pass(Duration.ofMillis(1));
        }
        double seconds = (worker.nanoTime() - start) / 1e9;
        assertThat(published.size() * cost.toMillis() / 1e3).isBetween(0.2 * seconds, 0.25 * seconds + 0.005);
        worker.pass(Duration.ofMillis(200));
        assertHosts("host-4999");
    }

    @Test
    void theFirstChangeAfterAQuietTimeIsSeenAtOnce() {
        load("a");
        worker.pass(Duration.ofSeconds(10));
        directory.put("a", "a2");
        directory.signal("a");
        worker.run();
        assertHosts("a2");
    }

    @Test
    void everythingIsReadAgainAtTheResyncInterval() {
        load("a");
        worker.pass(Duration.ofSeconds(47));
        assertThat(directory.asked).hasSize(1);
        directory.put("a", "unseen");
        worker.pass(Duration.ofSeconds(13));
        assertThat(directory.asked).containsExactly("all", "a");
        assertHosts("unseen");
    }

    @Test
    void theNewsOfTheFirstConnectionIsNoneToAServiceOpenedOnIt() {
        load("a");
        loop.connected();
        worker.pass(TICK);
        assertThat(directory.asked).hasSize(1);
        loop.reconnected(Duration.ZERO);
        worker.pass(TICK);
        assertThat(directory.asked).containsExactly("all", "all");
    }

    @Test
    void aLostWatchIsRenewedAtOnce() {
        load("a");
        directory.loseWatch();
        worker.pass(TICK);
        assertThat(directory.asked).containsExactly("all", "all");
    }

    @Test
    void aListenerHearsTheCurrentMembershipAndEachThatFollows() throws Exception {
        load("a");
        List<Membership> heard = new ArrayList<>();
        membership.subscribe(each -> {
            throw new IllegalStateException("on purpose");
        });
        AutoCloseable subscription = membership.subscribe(heard::add);
        worker.run();
        change(() -> directory.put("b", "b"), "b");
        subscription.close();
        worker.run();
        change(() -> directory.put("c", "c"), "c");
        assertThat(heard).extracting(Membership::version).containsExactly(1L, 2L);
    }

    @Test
    void afterCloseNothingHappensAnyMore() {
        load("a");
        change(() -> directory.remove("a"), "a");
        loop.close();
        loop.connected();
        directory.signal("a");
        worker.pass(Duration.ofHours(1));
        assertThat(directory.closed).isTrue();
        assertThat(worker.timers()).isZero();
        assertHosts("a");
    }

    private void load(String... hosts) {
        for (String host : hosts) {
            directory.put(host, host);
        }
        membership.subscribe(each -> {
            if (each.version() > 0) {
                published.add(each);
            }
        });
        loop.connected();
        worker.run();
    }

    private void change(Runnable change, String signalled) {
        worker.pass(TICK);
        change.run();
        directory.signal(signalled);
        worker.run();
    }

    private void reconnect() {
        worker.pass(TICK);
        loop.disconnected();
        loop.reconnected(Duration.ZERO);
        worker.run();
    }

    private void assertHosts(String... hosts) {
        assertThat(membership.current().hosts().endpoints())
                .extracting(Endpoint::host)
                .containsExactly(hosts);
    }
}

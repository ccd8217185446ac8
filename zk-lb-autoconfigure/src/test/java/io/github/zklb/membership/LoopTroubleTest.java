package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Reading.Failed;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a service in trouble is asked for again, on a scripted directory and a clock of the test's own. */
class LoopTroubleTest {

    private static final Failed TOO_LARGE = new Failed(
            Failed.Kind.LIST_TOO_LARGE,
            "the connection breaks at its list of 100000 children, which is larger than this client's jute.maxbuffer of 4096 bytes");

    private static final Duration A_SECOND = Duration.ofSeconds(1);

    private final ManualWorker worker = new ManualWorker();
    private final ScriptedDirectory directory = new ScriptedDirectory();
    private final ServiceLoop loop = directory.loop(worker);
    private final ServiceMembership membership = loop.membership();
    private final SteppedHold held = new SteppedHold(membership, worker);

    @BeforeEach
    void load() {
        for (String host : new String[] {"a", "b", "c", "d"}) {
            directory.put(host, host);
        }
        loop.connected();
        worker.pass(A_SECOND);
    }

    @Test
    void aNodeThatMayNotBeReadIsAskedForSoonThenLessAndLessOften() {
        directory.makeUnreadable("a");
        loop.refresh();
        worker.pass(Duration.ofSeconds(40));
        assertThat(directory.asked).startsWith("all", "all").hasSizeBetween(6, 8);
        assertThat(directory.asked.subList(2, 6)).containsOnly("a");
        assertThat(membership.invalidNodes()).isEqualTo(1);
        directory.put("a", "a2");
        worker.pass(Duration.ofSeconds(60));
        assertThat(hosts()).isEqualTo("a2,b,c,d");
        assertThat(membership.invalidNodes()).isZero();
        directory.asked.clear();
        worker.pass(Duration.ofSeconds(40));
        assertThat(directory.asked).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void aListThatIsTooLargeIsAskedForLessAndLessOftenUpToTheResyncInterval() {
        directory.failure = TOO_LARGE;
        loop.refresh();
        worker.pass(Duration.ofMinutes(10));
        assertThat(directory.asked.size()).isBetween(15, 35);
        assertThat(membership.current().state()).isEqualTo(State.STALE);
        assertThat(membership.current().cause())
                .contains("list of 100000 children")
                .contains("jute.maxbuffer of 4096 bytes");
        assertThat(hosts()).isEqualTo("a,b,c,d");
    }

    @Test
    void theReasonOutlivesTheReconnectionsThatItCauses() {
        directory.failure = TOO_LARGE;
        loop.refresh();
        worker.pass(A_SECOND);
        loop.disconnected();
        loop.reconnected(Duration.ZERO);
        worker.pass(Duration.ofMillis(200));
        assertThat(membership.current().cause()).contains("jute.maxbuffer");
    }

    @Test
    void connectionsThatBreakDuringEachReadingAreNoStorm() {
        directory.asked.clear();
        directory.fallSilent();
        loop.refresh();
        for (int time = 0; time < 6_000; time++) {
            worker.pass(Duration.ofMillis(5));
            loop.disconnected();
            directory.breakConnection();
            worker.pass(Duration.ofMillis(5));
            loop.reconnected(Duration.ZERO);
        }
        assertThat(directory.asked).hasSizeBetween(8, 25);
    }

    @Test
    void whatThrowsWhileAnAnswerIsTakenIsCountedAndTriedAgain() {
        AtomicInteger thrown = new AtomicInteger();
        directory.nodeThrows("b", () -> {
            if (thrown.incrementAndGet() <= 3) {
                throw new StackOverflowError("on purpose");
            }
        });
        directory.signal("b");
        worker.pass(Duration.ofMillis(50));
        assertThat(membership.current().state()).isEqualTo(State.STALE);
        assertThat(hosts()).isEqualTo("a,b,c,d");
        worker.pass(Duration.ofSeconds(5));
        assertThat(membership.current().state()).isEqualTo(State.SYNCED);
        assertThat(hosts()).isEqualTo("a,b2,c,d");
        assertThat(membership.errors()).isEqualTo(3);
        directory.put("c", "c2");
        directory.signal("c");
        worker.pass(A_SECOND);
        assertThat(hosts()).isEqualTo("a,b2,c2,d");
    }

    @Test
    void aReaderThatThrowsIsAskedAgain() {
        directory.throwing = true;
        directory.signal("b");
        worker.pass(A_SECOND);
        assertThat(membership.errors()).isPositive();
        directory.throwing = false;
        directory.put("b", "b2");
        worker.pass(PassPace.LONGEST_WAIT);
        assertThat(hosts()).isEqualTo("a,b2,c,d");
    }

    @Test
    void aReconnectionIsReadWithinTheSpread() {
        directory.asked.clear();
        loop.disconnected();
        loop.reconnected(Duration.ofMillis(500));
        worker.run();
        assertThat(directory.asked).isEmpty();
        worker.pass(Duration.ofMillis(500));
        assertThat(directory.asked).containsExactly("all");
    }

    @Test
    void aHeldEndpointThatRefusesConnectionsLeavesAtOnce() {
        Endpoint b = membership.current().hosts().get(1);
        held.refused(b);
        worker.pass(A_SECOND);
        assertThat(hosts()).as("no signal counts while nothing is held").isEqualTo("a,b,c,d");
        directory.remove("b");
        directory.remove("c");
        directory.remove("d");
        directory.signal("b");
        worker.pass(A_SECOND);
        assertThat(held.held()).isEqualTo(3);
        held.refused(b);
        worker.pass(A_SECOND);
        assertThat(held.hosts()).containsExactly("a", "c", "d");
        worker.pass(Duration.ofSeconds(30));
        assertThat(held.hosts()).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_650, -1, 1, 3_650})
    void aWallClockThatJumpsChangesNothing(long days) {
        directory.asked.clear();
        directory.remove("b");
        directory.remove("c");
        directory.remove("d");
        directory.signal("b");
        worker.pass(A_SECOND);
        worker.jumpWallClock(Duration.ofDays(days));
        worker.pass(Duration.ofSeconds(28));
        assertThat(held.held()).isEqualTo(3);
        assertThat(held.hosts()).containsExactly("a", "b", "c", "d");
        worker.pass(Duration.ofSeconds(3));
        assertThat(held.hosts()).containsExactly("a");
        assertThat(directory.asked).hasSize(1);
        worker.pass(Duration.ofSeconds(60));
        assertThat(directory.asked).hasSize(2);
    }

    private String hosts() {
        return String.join(
                ",",
                membership.current().hosts().endpoints().stream()
                        .map(Endpoint::host)
                        .toList());
    }
}

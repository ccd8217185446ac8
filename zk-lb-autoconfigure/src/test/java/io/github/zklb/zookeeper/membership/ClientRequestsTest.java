package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.membership.ManualWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.junit.jupiter.api.Test;

/** What one client asks at a time, on a clock of the test's own. */
class ClientRequestsTest {

    private static final int MEBIBYTE = 1 << 20;

    private final ManualWorker worker = new ManualWorker();
    private final ClientRequests requests = new ClientRequests(worker);
    private final List<Integer> sent = new ArrayList<>();
    private int asked;

    @Test
    void noMoreThan32AreUnderWayAndTheOthersGoInTheirTurn() {
        send(40, 100);
        assertThat(sent).hasSize(32);
        requests.answered(Code.OK);
        assertThat(sent).hasSize(33).endsWith(32);
        for (int answer = 0; answer < 39; answer++) {
            requests.answered(Code.OK);
        }
        assertThat(sent).hasSize(40).isSorted();
    }

    @Test
    void whatNobodyWantsAnyMoreTakesNoPlace() {
        send(31, 100);
        for (int time = 0; time < 100; time++) {
            requests.send(MEBIBYTE, () -> false);
        }
        send(1, 100);
        assertThat(sent).hasSize(32);
    }

    @Test
    void answersOfMoreThan8MebibytesWaitForTheNextSecond() {
        send(12, MEBIBYTE);
        assertThat(sent).hasSize(8);
        worker.pass(Duration.ofMillis(100));
        assertThat(sent).hasSize(9);
        worker.pass(Duration.ofMillis(300));
        assertThat(sent).hasSizeBetween(10, 12);
        worker.pass(Duration.ofSeconds(1));
        assertThat(sent).hasSize(12);
    }

    @Test
    void whatWasNotUsedIsSavedForNoMoreThanASecond() {
        worker.pass(Duration.ofHours(1));
        send(20, MEBIBYTE);
        assertThat(sent).hasSize(8);
    }

    @Test
    void anAnswerLargerThanASecondsShareIsAskedForAndMakesTheOthersWait() {
        send(1, 24 * MEBIBYTE);
        send(1, 100);
        assertThat(sent).hasSize(1);
        worker.pass(Duration.ofMillis(1_900));
        assertThat(sent).hasSize(1);
        worker.pass(Duration.ofMillis(200));
        assertThat(sent).hasSize(2);
    }

    @Test
    void onlyTheFirstRequestThatABreakLosesIsTheOneAtWhichItBroke() {
        send(4, 100);
        assertThat(requests.answered(Code.OK)).isFalse();
        assertThat(requests.answered(Code.CONNECTIONLOSS)).isTrue();
        assertThat(requests.answered(Code.CONNECTIONLOSS)).isFalse();
        send(2, 100);
        assertThat(requests.answered(Code.OK)).isFalse();
        assertThat(requests.answered(Code.CONNECTIONLOSS)).isTrue();
    }

    @Test
    void whatTheServersDidNotKnowIsAskedAgainInAnotherSessionAndAfterAnHour() {
        requests.connected(1);
        requests.watchesAreUnknown();
        requests.multiIsUnknown();
        requests.connected(1);
        assertThat(requests.takesWatches()).isFalse();
        assertThat(requests.takesMulti()).isFalse();
        requests.connected(2);
        assertThat(requests.takesWatches()).isTrue();
        assertThat(requests.takesMulti()).isTrue();
        requests.watchesAreUnknown();
        worker.pass(Duration.ofMinutes(59));
        requests.connected(2);
        assertThat(requests.takesWatches()).isFalse();
        worker.pass(Duration.ofMinutes(1));
        requests.connected(2);
        assertThat(requests.takesWatches()).isTrue();
    }

    private void send(int count, int bytes) {
        for (int i = 0; i < count; i++) {
            int number = asked++;
            requests.send(bytes, () -> sent.add(number));
        }
    }
}

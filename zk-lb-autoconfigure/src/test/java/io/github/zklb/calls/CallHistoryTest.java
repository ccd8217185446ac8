package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.calls.CallHistory.Contact;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What a history makes of the end of a call, in numbers. */
class CallHistoryTest {

    private static final long DECAY = 1_000_000;
    private static final long NOW = 5_000_000_000L;
    private static final Offset<Double> EXACT = within(1e-9);

    private static CallHistory success(CallHistory last, long took, long now) {
        return last.and(false, Contact.ANSWERED, took, Long.MAX_VALUE, now, DECAY);
    }

    private static CallHistory failure(CallHistory last, long took, long now) {
        return last.and(true, Contact.ANSWERED, took, Long.MAX_VALUE, now, DECAY);
    }

    private static CallHistory unreached(CallHistory last, long now) {
        return last.and(true, Contact.UNREACHED, 0, Long.MAX_VALUE, now, DECAY);
    }

    /** Each fourth of so many calls failed, all at once. */
    private static CallHistory aFourthFailed(int calls) {
        CallHistory history = CallHistory.NONE;
        for (int i = 1; i <= calls; i++) {
            history = i % 4 == 0 ? failure(history, 100, NOW) : success(history, 100, NOW);
        }
        return history;
    }

    @Test
    void allCallsAreCountedForEverAndThoseOfThePastLessInTheRate() {
        CallHistory now = aFourthFailed(8);
        assertThat(now.successes()).isEqualTo(6);
        assertThat(now.failures()).isEqualTo(2);
        assertThat(now.calls()).isEqualTo(8);
        assertThat(now.errors()).isEqualTo(2);
        CallHistory later = success(now, 100, NOW + DECAY);
        assertThat(later.successes()).isEqualTo(7);
        assertThat(later.failures()).isEqualTo(2);
        assertThat(later.calls()).isCloseTo(8 / Math.E + 1, EXACT);
        assertThat(later.errors()).isCloseTo(2 / Math.E, EXACT);
        assertThat(failure(now, 100, NOW + DECAY).errors()).isCloseTo(2 / Math.E + 1, EXACT);
    }

    /** One in fifty is tolerated, and twenty good calls are assumed. */
    @Test
    void theErrorRateIsWhatFailsBeyondTheToleratedOfTheCallsAndTheAssumedOnes() {
        assertThat(aFourthFailed(80).errorRate()).isCloseTo((20 - 1.6) / (80 + 20), EXACT);
        assertThat(aFourthFailed(4).errorRate()).isCloseTo((1 - 0.08) / (4 + 20), EXACT);
        assertThat(CallHistory.NONE.errorRate()).isZero();
    }

    @Test
    void theFirstTenAnswersThatBecomeFasterCountEvenly() {
        CallHistory history = CallHistory.NONE;
        double sum = 0;
        for (int i = 0; i < 10; i++) {
            history = success(history, 1_000 - 50 * i, NOW);
            sum += 1_000 - 50 * i;
            assertThat(history.latency()).isCloseTo(sum / (i + 1), EXACT);
            assertThat(history.answerTime()).isCloseTo(sum / (i + 1), EXACT);
        }
        assertThat(success(history, 1, NOW).latency()).isEqualTo(history.latency());
        double afterwards = success(history, 1, NOW + DECAY).latency();
        assertThat(afterwards).isCloseTo(1 + (history.latency() - 1) / Math.E, EXACT);
    }

    @Test
    void aFirstCallLongAgoCountsForLessThanEvenly() {
        CallHistory first = success(CallHistory.NONE, 1_000, NOW);
        assertThat(success(first, 100, NOW + 3 * DECAY).latency()).isCloseTo(100 + 900 * Math.exp(-3), EXACT);
    }

    @Test
    void theLatencyRisesInATenthOfTheDecayTimeAndByOneAnswerToFourTimesWhatItWas() {
        CallHistory history = success(CallHistory.NONE, 1_000, NOW);
        assertThat(success(history, 3_000, NOW + DECAY / 10).latency()).isCloseTo(3_000 - 2_000 / Math.E, EXACT);
        assertThat(success(history, 1_000_000, NOW + DECAY / 10).latency()).isCloseTo(4_000 - 3_000 / Math.E, EXACT);
        assertThat(success(history, 3_000, NOW).latency()).isEqualTo(1_000);
    }

    @Test
    void aClockThatGoesBackTakesNoTime() {
        CallHistory history = success(CallHistory.NONE, 1_000, NOW);
        CallHistory earlier = success(history, 3_000, NOW - DECAY);
        assertThat(earlier.latency()).isEqualTo(1_000);
        assertThat(earlier.calls()).isEqualTo(2);
    }

    @Test
    void anAnswerInNoTimeIsOneAllTheSame() {
        CallHistory history = success(CallHistory.NONE, 0, NOW);
        assertThat(history.latency()).isEqualTo(1);
        assertThat(history.answerTime()).isEqualTo(1);
        assertThat(success(history, 0, NOW).latency()).isEqualTo(1);
    }

    @Test
    void aFailureMayMakeItLookSlowerAndNeverFasterAndSaysNothingOfTheAnswers() {
        CallHistory history = success(CallHistory.NONE, 1_000, NOW);
        assertThat(failure(history, 1, NOW + DECAY).latency()).isEqualTo(1_000);
        CallHistory slow = failure(history, 3_000, NOW + DECAY / 10);
        assertThat(slow.latency()).isCloseTo(3_000 - 2_000 / Math.E, EXACT);
        assertThat(slow.answerTime()).isEqualTo(1_000);
    }

    @Test
    void errorsInARowEndWithASuccessAndItIsKnownSinceWhenTheyCome() {
        CallHistory three = failure(failure(failure(CallHistory.NONE, 1, NOW), 1, NOW + 30), 1, NOW + 90);
        assertThat(three.errorsInARow()).isEqualTo(3);
        assertThat(three.failingSince()).isEqualTo(NOW);
        assertThat(three.at()).isEqualTo(NOW + 90);
        assertThat(three.nanosOfLast(3)).isEqualTo(90);
        assertThat(three.nanosOfLast(2)).isEqualTo(60);
        assertThat(three.nanosOfLast(4)).isZero();
        CallHistory well = success(three, 1, NOW + 100);
        assertThat(well.errorsInARow()).isZero();
        assertThat(well.nanosOfLast(0)).isZero();
        assertThat(failure(well, 1, NOW + 110).failingSince()).isEqualTo(NOW + 110);
    }

    @Test
    void connectionsThatFailAreCountedUntilAnAnswerToACallThatBeganLater() {
        CallHistory two = unreached(unreached(CallHistory.NONE, NOW), NOW + 100);
        assertThat(two.unreachedInARow()).isEqualTo(2);
        assertThat(two.unreachedSince()).isEqualTo(NOW);
        assertThat(two.and(true, Contact.WAITED, 10, Long.MAX_VALUE, NOW + 110, DECAY)
                        .unreachedInARow())
                .isEqualTo(2);
        assertThat(success(two, 151, NOW + 150).unreachedInARow()).isEqualTo(2);
        assertThat(success(two, 150, NOW + 150).unreachedInARow()).isZero();
        CallHistory again = unreached(failure(two, 1, NOW + 200), NOW + 300);
        assertThat(again.unreachedInARow()).isEqualTo(1);
        assertThat(again.unreachedSince()).isEqualTo(NOW + 300);
    }

    @Test
    void whatIsKnownFallsInAStraightLineToNothingInTwoDecayTimes() {
        CallHistory history = success(CallHistory.NONE, 100, NOW);
        assertThat(history.left(-1, DECAY)).isEqualTo(1);
        assertThat(history.left(0, DECAY)).isEqualTo(1);
        assertThat(history.left(DECAY / 2, DECAY)).isCloseTo(0.75, EXACT);
        assertThat(history.left(DECAY, DECAY)).isCloseTo(0.5, EXACT);
        assertThat(history.left(2 * DECAY, DECAY)).isZero();
        assertThat(history.left(3 * DECAY, DECAY)).isZero();
    }

    @Test
    void whatIsKnownOfOneThatFailsFallsInTheLastQuarterOfTheTimeForWhichItFailed() {
        assertLeft(failure(CallHistory.NONE, 1, NOW), 2 * DECAY);
        assertLeft(failure(failure(CallHistory.NONE, 1, NOW), 1, NOW + 8 * DECAY), 8 * DECAY);
        assertLeft(failure(failure(CallHistory.NONE, 1, NOW), 1, NOW + 100 * DECAY), 30 * DECAY);
    }

    private static void assertLeft(CallHistory failing, long time) {
        assertThat(failing.left(-1, DECAY)).isEqualTo(1);
        assertThat(failing.left(time * 3 / 4, DECAY)).isEqualTo(1);
        assertThat(failing.left(time * 7 / 8, DECAY)).isCloseTo(0.5, EXACT);
        assertThat(failing.left(time, DECAY)).isZero();
        assertThat(failing.left(2 * time, DECAY)).isZero();
    }

    @Test
    void anAnswerCountsFromTheMomentAfterIt() {
        CallHistory history = failure(CallHistory.NONE, 1, NOW);
        assertThat(history.hasAnsweredSince(NOW - 1)).isTrue();
        assertThat(history.hasAnsweredSince(NOW)).isFalse();
        assertThat(unreached(history, NOW + 10).answeredAt()).isEqualTo(NOW);
    }
}

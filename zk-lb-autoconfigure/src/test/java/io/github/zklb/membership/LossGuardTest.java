package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.LossGuard.Settings;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The guard with its defaults: four or more endpoints, half of them, 30 s and 30 s. */
class LossGuardTest {

    private LossGuard guard = LossGuard.create(Settings.DEFAULTS);
    private long nanos = Long.MAX_VALUE - Duration.ofSeconds(40).toNanos();

    @Test
    void theFirstAnswerIsServedAsItIs() {
        step("");
        assertServed("");
        step("abcd");
        assertServed("abcd");
    }

    @Test
    void halfMayGo() {
        step("abcd");
        step("ab");
        assertServed("ab");
        assertThat(guard.held()).isZero();
        assertThat(guard.dueNanos()).isEmpty();
    }

    @Test
    void moreThanHalfIsHeldUntilTheGraceIsOver() {
        step("abcd");
        step("a");
        assertServed("abcd");
        assertThat(guard.held()).isEqualTo(3);
        passes(29.9);
        step("a");
        assertServed("abcd");
        passes(0.1);
        step("a");
        assertServed("a");
        assertThat(guard.held()).isZero();
    }

    @Test
    void theEndOfTheGraceIsWhenTheNextStepIsDue() {
        step("abcd");
        step("");
        long due = guard.dueNanos().orElseThrow();
        assertThat(due - nanos).isEqualTo(Duration.ofSeconds(30).toNanos());
    }

    @Test
    void whatWasAdoptedIsNotHeldAgain() {
        step("abcd");
        step("a");
        passes(30);
        step("a");
        step("a");
        assertServed("a");
    }

    @Test
    void aSmallServiceIsNotGuarded() {
        step("abc");
        step("");
        assertServed("");
    }

    @Test
    void aHeldEndpointThatRefusesLeavesAtOnceAndStaysGone() {
        step("abcd");
        step("a");
        guard = guard.refused(endpoint('b').address());
        assertServed("acd");
        assertThat(guard.held()).isEqualTo(2);
        step("a");
        assertServed("acd");
        step("ab");
        assertServed("ab");
    }

    @Test
    void aRegisteredEndpointThatRefusesStays() {
        step("abcd");
        guard = guard.refused(endpoint('a').address());
        assertServed("abcd");
        step("a");
        guard = guard.refused(endpoint('a').address()).refused(endpoint('x').address());
        assertServed("abcd");
    }

    @Test
    void whatIsNewIsTakenAtOnce() {
        step("abcdef");
        step("a");
        step("ax");
        assertServed("abcdefx");
    }

    @Test
    void theHeldOnesLeaveWhenEnoughAreBack() {
        step("abcdef");
        step("a");
        step("axy");
        assertServed("axy");
        assertThat(guard.held()).isZero();
    }

    @Test
    void aHeldEndpointThatReturnsUnderAnotherIdIsNotServedTwice() {
        step("abcd");
        step("");
        Endpoint returned = endpoint('a').withId("a2");
        guard = guard.step(HostSet.of(returned), false, nanos);
        assertThat(guard.served()).isEqualTo(HostSet.of(returned, endpoint('b'), endpoint('c'), endpoint('d')));
    }

    @Test
    void lossesWithinTheWindowCountTogether() {
        step("abcdef");
        passes(10);
        step("abcde");
        passes(10);
        step("abc");
        passes(5);
        step("ab");
        assertServed("abc");
    }

    @Test
    void aSlowScaleDownIsFollowed() {
        step("abcdef");
        for (String left : List.of("abcde", "abcd", "abc", "ab", "a", "")) {
            passes(31);
            step(left);
            assertServed(left);
        }
    }

    @Test
    void afterARecoveryAnotherLossIsHeldAgain() {
        step("abcd");
        step("a");
        step("abcd");
        assertServed("abcd");
        step("a");
        assertServed("abcd");
    }

    @Test
    void anyLossWithAResetIsHeld() {
        step("abc");
        reset("ab");
        assertServed("abc");
        step("abc");
        assertThat(guard.held()).isZero();
    }

    @Test
    void aResetThatLosesNothingIsFollowed() {
        step("abc");
        reset("xyz");
        assertServed("xyz");
    }

    @Test
    void aResetIsAdoptedAtTheEndOfTheGrace() {
        step("ab");
        reset("");
        passes(30);
        step("");
        assertServed("");
    }

    @Test
    void switchedOffItHoldsNothing() {
        guard = LossGuard.create(new Settings(false, 0.5, 4, Duration.ofSeconds(30), Duration.ofSeconds(30)));
        step("abcdef");
        reset("");
        assertServed("");
    }

    @Test
    void settingsOutOfRangeAreRefusedByName() {
        Duration half = Duration.ofSeconds(30);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(true, Double.NaN, 4, half, half))
                .withMessage("zk-lb.membership.loss-guard.threshold must be 0..1 but was NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(true, 1.5, 4, half, half))
                .withMessage("zk-lb.membership.loss-guard.threshold must be 0..1 but was 1.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(true, 0.5, 0, half, half))
                .withMessage("zk-lb.membership.loss-guard.minimum-endpoints must be 1..1000000 but was 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(true, 0.5, 4, half.negated(), half))
                .withMessage("zk-lb.membership.loss-guard.window must be 0s..24h but was -30s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(true, 0.5, 4, half, Duration.ofDays(2)))
                .withMessage("zk-lb.membership.loss-guard.grace-period must be 0s..24h but was 48h");
    }

    private void step(String ids) {
        guard = guard.step(hosts(ids), false, nanos);
    }

    private void reset(String ids) {
        guard = guard.step(hosts(ids), true, nanos);
    }

    private void passes(double seconds) {
        nanos += (long) (seconds * 1e9);
    }

    private void assertServed(String ids) {
        assertThat(guard.served()).isEqualTo(hosts(ids));
    }

    private static HostSet hosts(String ids) {
        return HostSet.of(Arrays.stream(ids.split(""))
                .filter(id -> !id.isEmpty())
                .map(id -> endpoint(id.charAt(0)))
                .toList());
    }

    private static Endpoint endpoint(char id) {
        return Endpoint.of("10.0.0." + (int) id, 80).withId(String.valueOf(id));
    }
}

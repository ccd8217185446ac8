package io.github.zklb.zookeeper.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** When overlays are read again. */
class OverlayPaceTest {

    private static final long BEGIN = Long.MAX_VALUE - 5; // the clock may run over
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final OverlayPace pace = new OverlayPace(new Random(7), BEGIN);

    private long read(long from, long nanos) {
        pace.begun(true, from);
        pace.succeeded(from + nanos);
        return from + nanos;
    }

    @Test
    void aChangeWaitsThreeTimesAsLongAsTheReadingBeforeItTook() {
        long end = read(BEGIN, SECOND);
        assertThat(pace.change(false, end) - end).isEqualTo(3 * SECOND);
        assertThat(pace.change(false, end + 4 * SECOND) - end).isEqualTo(4 * SECOND);
    }

    @Test
    void aServiceThatHasJustComeWaitsForNothingButFailures() {
        long end = read(BEGIN, SECOND);
        assertThat(pace.first(end)).isEqualTo(end);
        pace.failed(false, end);
        assertThat(pace.first(end) - end).isEqualTo(SECOND / 2);
    }

    @Test
    void failuresBecomeRare() {
        long wait = 0;
        for (int i = 0; i < 20; i++) {
            pace.failed(true, BEGIN);
            assertThat(pace.change(false, BEGIN) - BEGIN).isGreaterThanOrEqualTo(wait);
            wait = pace.change(false, BEGIN) - BEGIN;
        }
        assertThat(wait).isEqualTo(Duration.ofMinutes(5).toNanos());
        assertThat(pace.isNew()).isTrue();
    }

    @Test
    void aConnectionIsUsedAtSomeTimeWithinTheSpread() {
        read(BEGIN, 1);
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < 1_000; i++) {
            pace.connected(Duration.ofSeconds(15), BEGIN);
            long delay = pace.renewal(BEGIN) - BEGIN;
            assertThat(pace.isRenewalDue(BEGIN + delay)).isTrue();
            assertThat(delay == 0 || !pace.isRenewalDue(BEGIN + delay - 1)).isTrue();
            least = Math.min(least, delay);
            most = Math.max(most, delay);
        }
        assertThat(least).isLessThan(SECOND);
        assertThat(most).isBetween(14 * SECOND, 15 * SECOND);
    }
}

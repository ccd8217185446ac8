package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InFlightCounterTest {

    /** The number of a reservation's term comes again after so long. */
    private static final long ROUND = 1L << 27 + 12;

    private long time;
    private Runnable meanwhile = () -> {};

    private final InFlightCounter counter = new InFlightCounter(new LongSupplier() {
        @Override
        public long getAsLong() {
            Runnable other = meanwhile;
            meanwhile = () -> {};
            other.run();
            return time;
        }
    });

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "1, 2", "2, 2", "3, 2"})
    void bothOfTwoPicksAtOnceCountWhenTheNumberOfAnOldTermComesAgain(int left, int limit) {
        for (int i = 0; i < left; i++) {
            assertThat(counter.tryReserve(left)).isTrue();
        }
        for (int round = 1; round <= 3; round++) {
            time += ROUND;
            List<Boolean> admitted = new ArrayList<>();
            meanwhile = () -> admitted.add(counter.tryReserve(limit));
            admitted.add(counter.tryReserve(limit));
            assertThat(Collections.frequency(admitted, true)).isEqualTo(Math.min(2, limit));
            assertThat(counter.taken()).isEqualTo(limit);
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "5"})
    void whatIsInFlightCountsFromRoundToRound(int inFlight) {
        for (int i = 0; i < inFlight; i++) {
            counter.start();
        }
        for (int round = 0; round < 3; round++) {
            assertThat(counter.tryReserve(inFlight + 1)).isTrue();
            assertThat(counter.taken()).isEqualTo(inFlight + 1);
            time += ROUND;
            assertThat(counter.taken()).isEqualTo(inFlight);
        }
        for (int i = 0; i < inFlight; i++) {
            counter.end();
        }
        assertThat(counter.taken()).isZero();
    }

    /** As a reservation counts for 134 ms to 268 ms; a clock may begin anywhere, below zero too. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -(1L << 50), -1, 0, 1L << 50, Long.MAX_VALUE - ROUND})
    void aReservationCountsForAWhileWhateverTheClockShows(long begin) {
        time = begin;
        InFlightCounter other = new InFlightCounter(() -> time);
        for (int round = 0; round < 3; round++) {
            time += ROUND;
            assertThat(other.tryReserve(1)).isTrue();
            assertThat(other.taken()).isEqualTo(1);
            time += 1L << 27;
            assertThat(other.tryReserve(1)).isFalse();
            assertThat(other.taken()).isEqualTo(1);
            time += 1L << 27;
            assertThat(other.taken()).isZero();
        }
    }
}

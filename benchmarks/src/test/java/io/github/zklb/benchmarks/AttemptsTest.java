package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.Attempts.Measured;
import io.github.zklb.benchmarks.Results.Cost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttemptsTest {

    private final Attempts attempts = new Attempts(Duration.ofHours(1));
    private final List<String> taken = new ArrayList<>();

    @Test
    void whatIsQuietIsMeasuredOnce() {
        measure(attempts, measured("quiet", 1, 0));
        assertThat(taken).containsExactly("quiet");
        assertThat(attempts.describe())
                .isEqualToIgnoringNewLines(
                        "Of 1 measurements, 0 attempts were disturbed, thrown away and made again; none that counts"
                                + " was.");
    }

    @Test
    void whatOthersDisturbIsThrownAway() {
        measure(attempts, measured("busy", 1, 0.5), measured("quiet", 2, 0));
        assertThat(taken).containsExactly("quiet");
        assertThat(attempts.describe()).contains("1 attempts").contains("none that counts was");
    }

    @Test
    void whatAgreesWithItselfTooLittleIsThrownAway() {
        measure(attempts, measured("torn", 40, Double.NaN), measured("quiet", 20, Double.NaN));
        assertThat(taken).containsExactly("quiet");
    }

    @Test
    void theLeastErrorCountsWhereAllAreDisturbed() {
        measure(attempts, measured("a", 40, 1), measured("b", 30, 1), measured("c", 35, 1));
        assertThat(taken).containsExactly("b");
        assertThat(attempts.describe()).contains("2 attempts").contains("were 1: row (± 30 %, others used 1.00 cores)");
    }

    @Test
    void whatIsDisturbedLateIsNotMeasuredAgain() {
        measure(new Attempts(Duration.ZERO), measured("busy", 1, 1));
        assertThat(taken).containsExactly("busy");
    }

    private void measure(Attempts by, Measured... results) {
        Iterator<Measured> next = List.of(results).iterator();
        by.measure("row", next::next);
        assertThat(next).isExhausted();
    }

    private Measured measured(String name, double percent, double others) {
        return new Measured(List.of(new Cost(100, percent, 0)), others, () -> taken.add(name));
    }
}

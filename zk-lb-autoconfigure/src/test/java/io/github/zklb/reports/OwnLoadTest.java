package io.github.zklb.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.traffic.Clock;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a server says of itself. */
class OwnLoadTest {

    private final Clock clock = new Clock();
    private long cpuNanos;
    private double application = Double.NaN;
    private OwnLoad load = load();

    private OwnLoad load() {
        return new OwnLoad(clock, () -> cpuNanos, () -> 2, () -> application);
    }

    private LoadReport report() {
        return Objects.requireNonNull(load.report());
    }

    /** So many seconds of so much processor time and so many requests each. */
    private void pass(int seconds, double cpuSeconds, int good, int bad) {
        for (int second = 0; second < seconds; second++) {
            clock.pass(Duration.ofSeconds(1));
            cpuNanos += Math.round(cpuSeconds * 1e9);
            for (int i = 0; i < good + bad; i++) {
                load.served(i < good);
            }
            load.report();
        }
    }

    @Test
    void theFirstSecondHasNoReport() {
        assertThat(load.report()).isNull();
        clock.pass(Duration.ofMillis(999));
        assertThat(load.report()).isNull();
        clock.pass(Duration.ofMillis(1));
        assertThat(load.report()).isEqualTo(new LoadReport(0, 0, 0, 0));
    }

    @Test
    void theProcessorTimeIsDividedByTheProcessors() {
        pass(1, 1, 90, 10);
        assertThat(report()).isEqualTo(new LoadReport(0.5, 0, 100, 10));
    }

    @Test
    void itAnswersInTheFormatThatIsAskedFor() {
        assertThat(load.header("TEXT")).isNull();
        pass(1, 1, 90, 10);
        assertThat(load.header("text")).isEqualTo(report().text());
        assertThat(load.header("JSON")).isEqualTo(report().json());
        assertThat(load.header("BIN")).isNull();
    }

    @Test
    void itIsMeasuredOnceASecond() {
        pass(1, 1, 100, 0);
        LoadReport first = report();
        cpuNanos += 1_000_000_000;
        clock.pass(Duration.ofMillis(999));
        assertThat(load.report()).isSameAs(first);
        clock.pass(Duration.ofMillis(1));
        assertThat(load.report()).isNotSameAs(first);
    }

    @Test
    void aChangeIsSeenForTwoThirdsWithinFiveSeconds() {
        pass(20, 0.4, 50, 0);
        assertThat(report().cpu()).isCloseTo(0.2, within(0.001));
        pass(5, 1.6, 200, 0);
        assertThat(report().cpu()).isCloseTo(0.2 + 0.632 * 0.6, within(0.001));
        assertThat(report().requestsPerSecond()).isCloseTo(50 + 0.632 * 150, within(0.1));
        assertThat(report().capacity()).isCloseTo(250, within(0.001));
    }

    @Test
    void aLongTimeWithoutAQuestionIsOneMeasurement() {
        pass(20, 1, 100, 0);
        clock.pass(Duration.ofHours(1));
        assertThat(report().cpu()).isLessThan(0.001);
        assertThat(report().requestsPerSecond()).isLessThan(0.001);
    }

    @Test
    void theApplicationsWordStandsBesideTheProcessor() {
        application = 1.25;
        pass(1, 1, 100, 0);
        assertThat(report()).isEqualTo(new LoadReport(0.5, 1.25, 100, 0));
        application = Double.POSITIVE_INFINITY;
        pass(1, 1, 100, 0);
        assertThat(report().application()).isZero();
    }

    @Test
    void withoutAProcessorTimeTheRequestsAreTold() {
        cpuNanos = -1;
        load = load();
        pass(1, 0, 100, 0);
        assertThat(report()).isEqualTo(new LoadReport(0, 0, 100, 0));
    }
}

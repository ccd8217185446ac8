package io.github.zklb.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.traffic.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** From when, and until when, a report counts. */
class CapacitiesTest {

    private static final LoadReport REPORT = new LoadReport(0.5, 0, 100, 0);
    private static final LoadReport IDLE = new LoadReport(0.01, 0, 0, 0);

    private final Clock clock = new Clock();
    private final Capacities capacities = new Capacities();

    private void note(LoadReport report) {
        capacities.note("a:1", report, clock.getAsLong());
    }

    private Map<String, Double> usable() {
        return capacities.usable(clock.getAsLong());
    }

    @Test
    void anEndpointCountsAfterTenSeconds() {
        note(REPORT);
        clock.pass(Capacities.BLACKOUT.minusNanos(1));
        note(new LoadReport(0.5, 0, 120, 0));
        assertThat(usable()).isEmpty();
        clock.pass(Duration.ofNanos(1));
        assertThat(usable()).isEqualTo(Map.of("a:1", 240.0));
    }

    @Test
    void anEndpointThatReportsNoMoreCountsForThreeMinutesAndThenBeginsAnew() {
        note(REPORT);
        clock.pass(Capacities.EXPIRY.minusNanos(1));
        assertThat(usable()).containsKey("a:1");
        clock.pass(Duration.ofNanos(1));
        assertThat(usable()).isEmpty();
        note(REPORT);
        assertThat(usable()).isEmpty();
        clock.pass(Capacities.BLACKOUT);
        assertThat(usable()).containsKey("a:1");
    }

    @Test
    void aReportOfAnIdleServerChangesNothing() {
        note(IDLE);
        clock.pass(Capacities.BLACKOUT);
        note(REPORT);
        assertThat(usable()).isEmpty();
        clock.pass(Capacities.BLACKOUT);
        note(IDLE);
        assertThat(usable()).isEqualTo(Map.of("a:1", 200.0));
        clock.pass(Capacities.EXPIRY.minus(Capacities.BLACKOUT));
        assertThat(usable()).isEmpty();
    }

    @Test
    void reportsAreAveragedOverFifteenSecondsAndALastingChangeIsFollowed() {
        for (int second = 0; second < 10; second++) {
            note(new LoadReport(0.5, 0, second % 2 == 0 ? 80 : 120, 0));
            clock.pass(Duration.ofSeconds(1));
        }
        assertThat(usable().get("a:1")).isBetween(185.0, 205.0);
        note(REPORT);
        double before = usable().getOrDefault("a:1", 0.0);
        clock.pass(Duration.ofSeconds(1));
        note(new LoadReport(1, 0, 100, 0));
        assertThat(usable().get("a:1")).isBetween(0.92 * before, 0.97 * before);
        for (int second = 0; second < 90; second++) {
            clock.pass(Duration.ofSeconds(1));
            note(new LoadReport(1, 0, 100, 0));
        }
        assertThat(usable().get("a:1")).isCloseTo(100, within(1.0));
    }

    @Test
    void oneReportOfNonsenseIsADip() {
        for (int second = 0; second < 30; second++) {
            note(REPORT);
            clock.pass(Duration.ofSeconds(1));
        }
        note(new LoadReport(0.5, 0, 1e-6, 0));
        assertThat(usable().get("a:1")).isBetween(160.0, 180.0);
        clock.pass(Duration.ofSeconds(1));
        note(new LoadReport(0.5, 0, 1e12, 0));
        assertThat(usable().get("a:1")).isBetween(190.0, 210.0);
    }

    @Test
    void whoLeavesIsForgotten() {
        note(REPORT);
        clock.pass(Capacities.BLACKOUT);
        capacities.retain("b:1"::equals);
        assertThat(usable()).isEmpty();
        note(REPORT);
        assertThat(usable()).isEmpty();
    }
}

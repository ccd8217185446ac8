package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.calls.CallLoad.Outcomes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the settings of ejection accept, and what follows from them, in numbers. */
class OutlierEjectionSettingsTest {

    private static final OutlierEjectionSettings DEFAULTS = OutlierEjectionSettings.DEFAULTS;

    /** In the order of the record, without {@code enabled}; times in milliseconds. */
    private static OutlierEjectionSettings settings(double... values) {
        return new OutlierEjectionSettings(
                (int) values[0],
                true,
                (int) values[1],
                (int) values[2],
                values[3],
                DEFAULTS.slowFactor(),
                DEFAULTS.slowFloor(),
                (int) values[4],
                Duration.ofMillis((long) values[5]),
                Duration.ofMillis((long) values[6]),
                Duration.ofMillis((long) values[7]),
                (int) values[8],
                (int) values[9]);
    }

    private static double[] defaults() {
        return new double[] {5, 5, 50, 1.9, 20, 10_000, 30_000, 300_000, 30, 50};
    }

    private static OutlierEjectionSettings with(int index, double value) {
        double[] values = defaults();
        values[index] = value;
        return settings(values);
    }

    @ParameterizedTest
    @CsvSource({
        "0, consecutive-connect-failures, 0, 10000, 0..10000",
        "1, consecutive-errors, 0, 10000, 0..10000",
        "2, error-rate-percent, 0, 100, 0..100",
        "3, outlier-factor, 0, 100, 0..100",
        "4, minimum-requests, 1, 1000000, 1..1000000",
        "5, interval, 100, 3600000, 100ms..1h",
        "6, base-ejection-time, 100, 3600000, 100ms..1h",
        "7, max-ejection-time, 100, 86400000, 100ms..24h",
        "8, max-ejected-percent, 0, 100, 0..100",
        "9, panic-threshold-percent, 0, 100, 0..100"
    })
    void aValueOutOfRangeIsRefusedByTheNameOfItsProperty(
            int index, String name, double least, double most, String range) {
        with(index, least);
        with(index, most);
        for (double beyond : new double[] {least - 1, most + 1}) {
            assertThatThrownBy(() -> with(index, beyond))
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageStartingWith("zk-lb.outlier-ejection." + name + " must be " + range + " but was ");
        }
    }

    private static Outcomes outcomes(int successes, int errors) {
        return new Outcomes(successes, errors, 0, 0);
    }

    @Test
    void anErrorRateIsOrdinaryUpToSoManyStandardDeviationsAboveTheMean() {
        // 10 % fail on average, and the standard deviation is the root of ((20² + 4 × 5²) / 5) = 10 %.
        List<Outcomes> five = new ArrayList<>(Collections.nCopies(4, outcomes(95, 5)));
        five.add(outcomes(70, 30));
        assertThat(with(3, 2).highestOrdinaryErrorRate(five)).isCloseTo(0.1 + 2 * 0.1, within(1e-9));
        assertThat(with(3, 0.5).highestOrdinaryErrorRate(five)).isCloseTo(0.1 + 0.5 * 0.1, within(1e-9));
        five.add(outcomes(0, 19)); // too few to be judged by
        assertThat(with(3, 2).highestOrdinaryErrorRate(five)).isCloseTo(0.1 + 2 * 0.1, within(1e-9));
    }

    @Test
    void whereAllDoWellOneInTwentyIsStillOrdinary() {
        assertThat(DEFAULTS.highestOrdinaryErrorRate(Collections.nCopies(5, outcomes(100, 0))))
                .isEqualTo(0.05);
        assertThat(DEFAULTS.highestOrdinaryErrorRate(Collections.nCopies(5, outcomes(20, 0))))
                .isEqualTo(0.05);
    }

    @Test
    void amongFourOrWithoutAFactorNothingIsAnOutlier() {
        assertThat(DEFAULTS.highestOrdinaryErrorRate(Collections.nCopies(4, outcomes(100, 0))))
                .isGreaterThan(1);
        assertThat(with(3, 0).highestOrdinaryErrorRate(Collections.nCopies(5, outcomes(100, 0))))
                .isGreaterThan(1);
    }

    @Test
    void errorsInARowCondemnFromTheirNumberOnIfTheLastOfThemIsNew() {
        assertThat(DEFAULTS.condemns(new Outcomes(100, 1, 0, 5), 1)).isTrue();
        assertThat(DEFAULTS.condemns(new Outcomes(100, 1, 0, 4), 1)).isFalse();
        assertThat(DEFAULTS.condemns(new Outcomes(100, 0, 0, 5), 1)).isFalse();
        assertThat(with(1, 0).condemns(new Outcomes(100, 1, 0, 5), 1)).isFalse();
    }

    @Test
    void aRateCondemnsFromItsPercentageAndTheFewestCallsOn() {
        assertThat(DEFAULTS.condemns(outcomes(10, 10), 1)).isTrue();
        assertThat(DEFAULTS.condemns(outcomes(10, 9), 1)).isFalse();
        assertThat(DEFAULTS.condemns(outcomes(0, 19), 1)).isFalse();
        assertThat(DEFAULTS.condemns(outcomes(11, 10), 1)).isFalse();
        assertThat(with(2, 0).condemns(outcomes(0, 100), 1)).isFalse();
        assertThat(with(2, 100).condemns(outcomes(0, 100), 1)).isTrue();
        assertThat(with(2, 1).condemns(outcomes(99, 1), 1)).isTrue();
        assertThat(with(2, 1).condemns(outcomes(100, 1), 1)).isFalse();
    }

    @Test
    void aRateAboveTheHighestOrdinaryOneCondemns() {
        assertThat(DEFAULTS.condemns(outcomes(80, 20), 0.19)).isTrue();
        assertThat(DEFAULTS.condemns(outcomes(80, 20), 0.2)).isFalse();
        assertThat(DEFAULTS.condemns(outcomes(10, 9), 0.1)).isFalse();
    }

    @Test
    void noMoreThanAPercentageIsEjectedAndOneOfTwoAndNeverTheLast() {
        assertThat(DEFAULTS.mostEjected(0)).isZero();
        assertThat(DEFAULTS.mostEjected(1)).isZero();
        assertThat(DEFAULTS.mostEjected(2)).isEqualTo(1);
        assertThat(DEFAULTS.mostEjected(6)).isEqualTo(1);
        assertThat(DEFAULTS.mostEjected(7)).isEqualTo(2);
        assertThat(DEFAULTS.mostEjected(10_000)).isEqualTo(3_000);
        assertThat(with(8, 100).mostEjected(10)).isEqualTo(9);
        assertThat(with(8, 0).mostEjected(10)).isZero();
    }

    @Test
    void panicBeginsBelowThePercentage() {
        assertThat(DEFAULTS.isPanic(10, 5)).isFalse();
        assertThat(DEFAULTS.isPanic(10, 4)).isTrue();
        assertThat(DEFAULTS.isPanic(11, 5)).isTrue();
        assertThat(with(9, 0).isPanic(10, 0)).isFalse();
        assertThat(DEFAULTS.isPanic(0, 0)).isFalse();
    }

    @Test
    void anEjectionLastsLongerByTheFirstOnesTimeUpToTheLongest() {
        assertThat(DEFAULTS.ejectionNanos(1)).isEqualTo(30_000_000_000L);
        assertThat(DEFAULTS.ejectionNanos(3)).isEqualTo(90_000_000_000L);
        assertThat(DEFAULTS.ejectionNanos(10)).isEqualTo(300_000_000_000L);
        assertThat(DEFAULTS.ejectionNanos(11)).isEqualTo(300_000_000_000L);
        assertThat(DEFAULTS.jitter()).isEqualTo(0.25);
    }
}

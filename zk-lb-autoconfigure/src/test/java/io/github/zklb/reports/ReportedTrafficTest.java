package io.github.zklb.reports;

import static io.github.zklb.reports.ReportingFleet.hottestOverMean;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.reports.ReportingFleet.Kind;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What reports make of the traffic to nine servers of capacities 1 : 2 : 4 and more that behave worse, in virtual time; {@code
 * -Dzklb.reports.seeds=50} takes more seeds.
 */
class ReportedTrafficTest {

    private static final int SEEDS = Integer.getInteger("zklb.reports.seeds", 1);
    private static final int FEW_SEEDS = 5;
    private static final double LOAD = 0.4;
    private static final int NINE = 9;

    /** What is promised of the hottest server's utilization, over the mean. */
    private static final double PROMISED = 1.05;

    private static ReportingFleet fleet(String strategy, boolean declared, long seed) {
        return new ReportingFleet(strategy, declared, 0, Kind.REPORTS, seed);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withinAMinuteAllServersAreEquallyBusy(boolean declared) {
        double worst = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            ReportingFleet fleet = fleet("weighted", declared, seed).run(60, LOAD);
            worst = Math.max(worst, hottestOverMean(fleet.utilization(60, LOAD), NINE));
        }
        System.out.printf(Locale.ROOT, "reports, weights declared: %s: hottest over mean %.3f%n", declared, worst);
        assertThat(worst).isLessThanOrEqualTo(PROMISED);
    }

    /** The smallest is called two to four times a second, and two clients hear of that, as in LoadReportFleetTest. */
    @ParameterizedTest
    @CsvSource({"false, 0, REPORTS", "true, 0, REPORTS", "false, 1, SILENT", "false, 1, LIES"})
    void soItIsWhereReportsAreOfAHandfulOfRequests(boolean declared, int others, Kind kind) {
        double worst = 0;
        for (int seed = 1; seed <= Math.max(FEW_SEEDS, SEEDS); seed++) {
            ReportingFleet fleet = new ReportingFleet("weighted", declared, others, kind, seed, 10, 2).run(60, LOAD);
            worst = Math.max(worst, hottestOverMean(fleet.utilization(60, LOAD), NINE));
        }
        System.out.printf(Locale.ROOT, "reports, %s declared: %s, %d others: %.3f%n", kind, declared, others, worst);
        assertThat(worst).isLessThanOrEqualTo(PROMISED);
    }

    @Test
    void byTurnsTheSmallestAreMuchBusier() {
        double[] utilization = fleet("round-robin", false, 1).run(60, LOAD).utilization(60, LOAD);
        assertThat(hottestOverMean(utilization, NINE)).isBetween(1.69, 1.74);
    }

    /** Draws by chance differ by a few percent in a minute, so that this looks at ten. */
    @ParameterizedTest
    @ValueSource(strings = {"weighted-random", "least-request", "peak-ewma"})
    void soItIsWithEveryStrategyThatGoesByWeight(String strategy) {
        for (int seed = 1; seed <= SEEDS; seed++) {
            double[] utilization = fleet(strategy, false, seed).run(60, LOAD).utilization(600, LOAD);
            assertThat(hottestOverMean(utilization, NINE)).isLessThanOrEqualTo(PROMISED);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0.1", "0, 0.9", "0.5, 0.4", "1, 0.4"})
    void itDoesNotSwing(double spread, double load) {
        for (int seed = 1; seed <= SEEDS; seed++) {
            ReportingFleet fleet = fleet("weighted", false, seed).spread(spread).run(120, load);
            double early = variance(fleet, load);
            double late = variance(fleet.run(300, load), load);
            assertThat(late).as("variance, %s before", early).isLessThanOrEqualTo(2 * early + 1e-4);
        }
    }

    /** The mean of the variances among the servers in ten times half a minute. */
    private static double variance(ReportingFleet fleet, double load) {
        return DoubleStream.generate(() -> {
                    double[] utilization = fleet.utilization(30, load);
                    double mean = DoubleStream.of(utilization).average().orElseThrow();
                    return DoubleStream.of(utilization)
                            .map(each -> Math.pow(each / mean - 1, 2))
                            .average()
                            .orElseThrow();
                })
                .limit(10)
                .average()
                .orElseThrow();
    }

    @Test
    void aServerThatLosesHalfOfItsCapacityHasItsShareAMinuteLater() {
        ReportingFleet fleet = fleet("weighted", false, 1).run(120, LOAD);
        fleet.server(2).capacity(50);
        fleet.run(60, LOAD);
        assertThat(hottestOverMean(fleet.utilization(60, LOAD), NINE)).isLessThanOrEqualTo(PROMISED);
    }

    @Test
    void thoseThatReportAreEquallyBusyBesideSomeThatDoNot() {
        ReportingFleet fleet = new ReportingFleet("weighted", false, 1, Kind.SILENT, 1).run(60, LOAD);
        double[] utilization = fleet.utilization(60, LOAD);
        assertThat(hottestOverMean(utilization, NINE)).isLessThanOrEqualTo(PROMISED);
        assertThat(ReportingFleet.share(utilization, NINE, i -> 25 << i % 3)).isBetween(0.095, 0.105);
    }

    @Test
    void aServerThatLiesGetsTenTimesTheUsualShareAndTheOthersAreEquallyBusy() {
        ReportingFleet fleet = new ReportingFleet("weighted", false, 1, Kind.LIES, 1).run(60, LOAD);
        double[] utilization = fleet.utilization(60, LOAD);
        assertThat(hottestOverMean(utilization, NINE)).isLessThanOrEqualTo(PROMISED);
        // ten times 2, among three times 1, 2 and 4
        assertThat(ReportingFleet.share(utilization, NINE, i -> 25 << i % 3)).isBetween(0.45, 0.55);
    }

    @Test
    void inTheFirstSecondsSharesAreAsDeclared() {
        double[] utilization = fleet("weighted", true, 1).utilization(9, LOAD);
        assertThat(hottestOverMean(utilization, NINE)).isLessThanOrEqualTo(1.01);
        assertThat(hottestOverMean(fleet("weighted", false, 1).utilization(9, LOAD), NINE))
                .isGreaterThan(1.6);
    }
}

package io.github.zklb.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.reports.ReportedWeights.Obstacle;
import io.github.zklb.traffic.Candidates;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What shares follow from what servers report. */
class ReportedWeightsTest {

    private static final Map<String, Double> CAPACITIES = Map.of("h:1", 100.0, "h:2", 200.0, "h:3", 400.0);

    private static HostSet hosts(double... weights) {
        return HostSet.of(IntStream.range(0, weights.length)
                .mapToObj(i -> Endpoint.of("h", i + 1).withWeight(weights[i]))
                .toList());
    }

    private static ReportedWeights weights(HostSet hosts, Map<String, Double> capacities) {
        return ReportedWeights.of(Candidates.of(hosts), Endpoint::weight, capacities);
    }

    private static double[] shares(HostSet hosts, ReportedWeights weights) {
        double[] effective = hosts.endpoints().stream()
                .mapToDouble(each ->
                        each.weight() * weights.candidates().acceptance().of(each))
                .toArray();
        double sum = IntStream.range(0, effective.length)
                .mapToDouble(i -> effective[i])
                .sum();
        return IntStream.range(0, effective.length)
                .mapToDouble(i -> effective[i] / sum)
                .toArray();
    }

    @Test
    void sharesAreInProportionToCapacityWhateverIsDeclared() {
        double[] capacity = {1.0 / 7, 2.0 / 7, 4.0 / 7};
        for (HostSet hosts : new HostSet[] {hosts(1, 1, 1), hosts(1, 2, 4), hosts(2, 1, 1)}) {
            assertThat(shares(hosts, weights(hosts, CAPACITIES))).containsExactly(capacity, within(1e-9));
        }
    }

    @Test
    void whereReportsSayWhatIsDeclaredNothingChanges() {
        HostSet hosts = hosts(1, 2, 4);
        ReportedWeights weights = weights(hosts, CAPACITIES);
        assertThat(weights.factors()).isEqualTo(Map.of("h:1", 1.0, "h:2", 1.0, "h:3", 1.0));
        assertThat(weights.candidates().reasons()).isEmpty();
    }

    @Test
    void whoseShareChangesSaysWhy() {
        HostSet hosts = hosts(1, 1, 1);
        ReportedWeights weights = weights(hosts, CAPACITIES);
        assertThat(hosts.endpoints())
                .map(weights.candidates()::state)
                .containsExactly(Reason.REPORTED, null, Reason.REPORTED);
        assertThat(weights.factor("h:1")).isEqualTo(0.5);
        assertThat(weights.factor("h:3")).isEqualTo(2);
        assertThat(weights.because()).isNull();
    }

    @Test
    void aServerThatLiesGainsOrLosesTenTimesAtMost() {
        HostSet hosts = hosts(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        Map<String, Double> capacities = new HashMap<>();
        hosts.endpoints().forEach(each -> capacities.put(each.address(), 100.0));
        capacities.put("h:1", 1e12);
        assertThat(weights(hosts, capacities).factor("h:1")).isEqualTo(ReportedWeights.MOST);
        assertThat(weights(hosts, capacities).factor("h:2")).isEqualTo(1);
        capacities.put("h:1", 1e-12);
        assertThat(weights(hosts, capacities).factor("h:1")).isEqualTo(ReportedWeights.LEAST);
    }

    @Test
    void whoDoesNotReportCountsAsTheAverage() {
        HostSet hosts = hosts(1, 1, 1, 1);
        ReportedWeights weights = weights(hosts, CAPACITIES);
        assertThat(weights.factor("h:4")).isCloseTo((0.5 + 1 + 2) / 3, within(1e-9));
        assertThat(shares(hosts, weights)[3]).isCloseTo(0.25, within(1e-9));
    }

    @Test
    void oneReportHasNothingToBeComparedWith() {
        HostSet hosts = hosts(1, 1, 1);
        ReportedWeights weights = weights(hosts, Map.of("h:1", 100.0, "elsewhere:1", 100.0));
        assertThat(weights.because()).isEqualTo(Obstacle.TOO_FEW_REPORTS);
        assertThat(weights.factors()).isEmpty();
        assertThat(weights.factor("h:1")).isOne();
        assertThat(weights.candidates()).isEqualTo(Candidates.of(hosts));
    }

    @Test
    void whatAStageBeforeTookAwayStaysAway() {
        HostSet hosts = hosts(1, 1, 1);
        Candidates passed = Candidates.of(hosts).accepting(each -> each.port() == 3 ? 0.5 : 1);
        double[] shares = shares(hosts, ReportedWeights.of(passed, Endpoint::weight, CAPACITIES));
        assertThat(shares).containsExactly(new double[] {0.2, 0.4, 0.4}, within(1e-9));
    }

    @Test
    void aDifferenceOfOnePercentIsNotNoticed() {
        HostSet hosts = hosts(1, 1, 1);
        ReportedWeights weights = weights(hosts, CAPACITIES);
        assertThat(weights.differFrom(weights(hosts, Map.of("h:1", 100.5, "h:2", 200.0, "h:3", 398.0))))
                .isFalse();
        assertThat(weights.differFrom(weights(hosts, Map.of("h:1", 102.0, "h:2", 200.0, "h:3", 400.0))))
                .isTrue();
        assertThat(weights.differFrom(weights(hosts(1, 1, 1, 1), CAPACITIES))).isTrue();
        ReportedWeights none = weights(hosts, Map.of());
        assertThat(none.differFrom(weights)).isTrue();
        assertThat(weights.differFrom(none)).isTrue();
        assertThat(none.differFrom(none)).isFalse();
    }
}

package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {

    private static final int FAULTY = 3;

    @Test
    void theSameSeedGivesTheSameOutcome() {
        assertThat(outcome(ZkLbBalancing.PEAK_EWMA_GUARDED, Scenario.COLD, 1))
                .isEqualTo(outcome(ZkLbBalancing.PEAK_EWMA_GUARDED, Scenario.COLD, 1))
                .isNotEqualTo(outcome(ZkLbBalancing.PEAK_EWMA_GUARDED, Scenario.COLD, 2));
    }

    @Test
    void roundRobinGivesTheFaultyEndpointItsShare() {
        Outcome outcome = outcome(ZkLbBalancing.ROUND_ROBIN, Scenario.FAILING, 1);
        assertThat(outcome.faultyShare()).isBetween(0.0499, 0.0501);
        assertThat(outcome.errorRate()).isEqualTo(outcome.faultyShare());
        assertThat(outcome.hottest()).isBetween(1.0, 1.01);
    }

    @ParameterizedTest
    @EnumSource(names = {"LEAST_REQUEST", "PEAK_EWMA"})
    void strategiesByLoadLeaveTheFailingEndpoint(ZkLbBalancing balancing) {
        assertThat(outcome(balancing, Scenario.FAILING, 1).faultyShare()).isLessThan(0.05);
    }

    @ParameterizedTest
    @EnumSource(names = {"LEAST_REQUEST", "PEAK_EWMA"})
    void strategiesByLoadHalveTheTailOfASlowEndpoint(ZkLbBalancing balancing) {
        assertThat(outcome(balancing, Scenario.SLOW, 1).p99())
                .isLessThanOrEqualTo(
                        outcome(ZkLbBalancing.ROUND_ROBIN, Scenario.SLOW, 1).p99() / 2);
    }

    private static Outcome outcome(Balancing balancing, Scenario scenario, long seed) {
        return Tally.outcome(List.of(Simulation.once(balancing, scenario.setup, FAULTY, seed)));
    }
}

package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** {@code -Dzklb.simulation.slow.seeds=20} prints the rows of the page. */
class SlowEjectionTargetsTest {

    @Test
    void aSlowEndpointIsEjectedUnlessAllAreSlowOrItIsBelowTheFloor() {
        int seeds = Integer.getInteger("zklb.simulation.slow.seeds", 2);
        String table = FaultTargets.slowOnes(seeds).toString();
        if (seeds > 2) {
            System.out.println(table);
        }
        assertThat(table).contains("met").doesNotContain("missed");
    }
}

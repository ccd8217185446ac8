package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlowEjectionTargetsTest {

    @Test
    void aSlowEndpointIsEjectedUnlessAllAreSlowOrItIsBelowTheFloor() {
        assertThat(FaultTargets.slowOnes(2).toString()).contains("met").doesNotContain("missed");
    }
}

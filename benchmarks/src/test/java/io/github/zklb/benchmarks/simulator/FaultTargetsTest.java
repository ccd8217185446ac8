package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@code -Dzklb.simulation.seeds=3} runs it, which takes a quarter of a minute for each seed. */
@EnabledIfSystemProperty(named = "zklb.simulation.seeds", matches = "\\d+")
class FaultTargetsTest {

    @Test
    void everyTargetIsMet() {
        assertThat(FaultTargets.table(Integer.getInteger("zklb.simulation.seeds"))
                        .toString())
                .contains("met")
                .doesNotContain("missed");
    }
}

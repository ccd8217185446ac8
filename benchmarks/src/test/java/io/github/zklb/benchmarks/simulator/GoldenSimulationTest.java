package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.MarkdownTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What a short simulation of each scenario gave last. A change of it is a change of how zk-lb balances: its commit says why.
 * {@code -Dzklb.golden.write=true} writes the file anew.
 */
class GoldenSimulationTest {

    private static final Path GOLDEN =
            Path.of("src/test/resources/io/github/zklb/benchmarks/simulator/golden-simulation.md");
    private static final double REQUESTS = 1_500;
    private static final int FAULTY = 3;

    @Test
    void theStrategiesBalanceAsTheyDidBefore() throws IOException {
        Map<Scenario, Map<Balancing, Outcome>> outcomes = new EnumMap<>(Scenario.class);
        for (Scenario scenario : Scenario.values()) {
            Map<Balancing, Outcome> rows = new LinkedHashMap<>();
            for (ZkLbBalancing balancing : ZkLbBalancing.values()) {
                rows.put(
                        balancing,
                        Tally.outcome(List.of(
                                Simulation.once(balancing, shortened(scenario.setup), FAULTY, scenario.ordinal()))));
            }
            outcomes.put(scenario, rows);
        }
        String now = new SimulationReport(outcomes, new MarkdownTable("Not here")).markdown();
        if (Boolean.getBoolean("zklb.golden.write")) {
            Files.createDirectories(GOLDEN.getParent());
            Files.writeString(GOLDEN, now);
        }
        assertThat(now)
                .as(
                        "If this change is meant, write the file anew by -Dzklb.golden.write=true, and say why in the commit")
                .isEqualTo(Files.readString(GOLDEN));
    }

    private static Setup shortened(Setup setup) {
        double seconds = REQUESTS / setup.load().perSecond();
        return new Setup(
                setup.fleet(),
                setup.load(),
                new Setup.Course(
                        0.3 * seconds, 0.4 * seconds, seconds, setup.course().faults()));
    }
}

package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.MarkdownTable;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class SimulationReportTest {

    private final Map<Scenario, Map<Balancing, Outcome>> outcomes = new EnumMap<>(Scenario.class);

    SimulationReportTest() {
        for (Scenario scenario : Scenario.values()) {
            Map<Balancing, Outcome> rows = new LinkedHashMap<>();
            for (ZkLbBalancing balancing : ZkLbBalancing.values()) {
                double p99 = balancing == ZkLbBalancing.PEAK_EWMA ? 30 : 100;
                rows.put(balancing, new Outcome(8.5, p99, 0.05, 1.25, 0.75, 0.04, 0.5, 0));
            }
            outcomes.put(scenario, rows);
        }
    }

    @Test
    void aRowShowsAnOutcome() {
        assertThat(new SimulationReport(outcomes, new MarkdownTable("Target")).markdown())
                .contains("| `ring`, bounded 1.25, guarded | 8.5 ms | 100 ms | 5 % | 1.25 | 0.75 | 4 % | 50 % |");
    }

    @Test
    void targetsAreMetOrMissed() {
        assertThat(new SimulationReport(outcomes, new MarkdownTable("Target")).markdown())
                .contains("| `peak-ewma`, one slow: p99 ÷ `round-robin` | 0.5 | 0.3 | met |")
                .contains("| `least-request`, one slow: p99 ÷ `round-robin` | 0.5 | 1 | **missed** |");
    }

    @Test
    void thePictureHasABarForEveryOutcome() throws Exception {
        byte[] svg = new Picture(outcomes).svg().getBytes(StandardCharsets.UTF_8);
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(svg));
        int background = 1;
        assertThat(document.getElementsByTagName("rect").getLength())
                .isEqualTo(Scenario.values().length * ZkLbBalancing.values().length + background);
    }
}

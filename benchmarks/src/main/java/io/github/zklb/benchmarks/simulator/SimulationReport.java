package io.github.zklb.benchmarks.simulator;

import static io.github.zklb.benchmarks.MarkdownTable.figure;

import io.github.zklb.benchmarks.MarkdownTable;
import io.github.zklb.benchmarks.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What came of the simulations, as Markdown.
 *
 * @param outcomes by scenario and strategy
 * @param faults the table of the targets for traffic as it is
 */
record SimulationReport(Map<Scenario, Map<Balancing, Outcome>> outcomes, MarkdownTable faults) {

    private static final double PERCENT = 100;

    String markdown() {
        StringBuilder text = new StringBuilder("### Targets of the simulation\n\n")
                .append(Target.table(targets()))
                .append("\n### Targets for traffic as it is\n\n")
                .append(faults);
        outcomes.forEach((scenario, rows) -> text.append("\n### ")
                .append(scenario.title)
                .append("\n\n%,.0f requests a second.\n\n"
                        .formatted(scenario.setup.load().perSecond()))
                .append(table(rows)));
        return text.toString();
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (Balancing balancing : List.of(ZkLbBalancing.LEAST_REQUEST, ZkLbBalancing.PEAK_EWMA)) {
            double slow = of(Scenario.SLOW, balancing).p99()
                    / of(Scenario.SLOW, ZkLbBalancing.ROUND_ROBIN).p99();
            double failing = of(Scenario.FAILING, balancing).faultyShare() * PERCENT;
            targets.add(new Target(balancing.code() + ", one slow: p99 ÷ `round-robin`", 0.5, slow, ""));
            targets.add(new Target(balancing.code() + ", one failing fast: its share", 5, failing, "%"));
        }
        return targets;
    }

    private Outcome of(Scenario scenario, Balancing balancing) {
        Map<Balancing, Outcome> rows = outcomes.getOrDefault(scenario, Map.of());
        return Objects.requireNonNull(rows.get(balancing));
    }

    private static MarkdownTable table(Map<Balancing, Outcome> rows) {
        MarkdownTable table = new MarkdownTable(
                "Strategy",
                "p50",
                "p99",
                "errors",
                "hottest ÷ its share",
                "coldest ÷ its share",
                "share of the faulty one",
                "at the owner");
        rows.forEach((balancing, outcome) -> table.row(List.of(
                balancing.code(),
                figure(outcome.p50(), "ms"),
                figure(outcome.p99(), "ms"),
                figure(outcome.errorRate() * PERCENT, "%"),
                figure(outcome.hottest()),
                figure(outcome.coldest()),
                figure(outcome.faultyShare() * PERCENT, "%"),
                figure(outcome.atOwner() * PERCENT, "%"))));
        return table;
    }
}

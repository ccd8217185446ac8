package io.github.zklb.benchmarks.simulator;

import static io.github.zklb.benchmarks.MarkdownTable.figure;

import io.github.zklb.benchmarks.MarkdownTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What peers made of the same scenarios, as Markdown.
 *
 * @param ours by scenario and strategy
 * @param peers by scenario and peer
 */
record PeerReport(Map<Scenario, Map<Balancing, Outcome>> ours, Map<Scenario, Map<Balancing, Outcome>> peers) {

    /** A peer's p99 below that part of our best one is worth a word. */
    private static final double CLEARLY = 0.95;

    private static final double PERCENT = 100;

    String markdown() {
        List<Balancing> all = List.copyOf(peers.values().iterator().next().keySet());
        List<String> titles = new ArrayList<>(List.of("Scenario: p99, errors", "best of zk-lb", "by"));
        all.forEach(peer -> titles.add(peer.label()));
        titles.add("more than 5 % below");
        MarkdownTable table = new MarkdownTable(titles);
        peers.forEach((scenario, rows) -> table.row(row(scenario, rows)));
        return "\n### Peers in the same scenarios\n\n" + table;
    }

    private List<String> row(Scenario scenario, Map<Balancing, Outcome> rows) {
        Map.Entry<Balancing, Outcome> best = Objects.requireNonNull(ours.get(scenario)).entrySet().stream()
                .min(Comparator.comparingDouble(entry -> entry.getValue().p99()))
                .orElseThrow();
        List<String> cells = new ArrayList<>(
                List.of(scenario.title, text(best.getValue()), best.getKey().code()));
        rows.values().forEach(outcome -> cells.add(text(outcome)));
        List<String> below = rows.entrySet().stream()
                .filter(row -> row.getValue().p99() < CLEARLY * best.getValue().p99())
                .map(row -> row.getKey().label())
                .toList();
        cells.add(below.isEmpty() ? "none" : "**" + String.join(", ", below) + "**");
        return cells;
    }

    private static String text(Outcome outcome) {
        return figure(outcome.p99(), "ms") + ", " + figure(outcome.errorRate() * PERCENT, "%");
    }
}

package io.github.zklb.benchmarks;

import static io.github.zklb.benchmarks.MarkdownTable.figure;

import io.github.zklb.benchmarks.Results.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What was measured, as Markdown.
 *
 * @param plan what was to be measured
 * @param results what JMH measured
 * @param footprints the bytes of the tables for {@value #FOOTPRINT_SIZE} endpoints
 */
record Report(Plan plan, Results results, Map<Table, Long> footprints) {

    /** The size of the fleet whose tables are weighed. */
    static final int FOOTPRINT_SIZE = 10_000;

    private static final double MEBIBYTE = 1 << 20;

    String markdown() {
        StringBuilder text = new StringBuilder("### Targets\n\n").append(Target.table(Targets.of(results, footprints)));
        for (Contender.Kind kind : Contender.Kind.values()) {
            text.append("\n### ").append(kind.title).append("\n\n").append(picks(kind));
        }
        return text.append("\n### Tables\n\n").append(tables()).toString();
    }

    private MarkdownTable picks(Contender.Kind kind) {
        List<String> titles = new ArrayList<>(List.of("Time and bytes a pick"));
        for (int size : plan.pickSizes) {
            for (int threads : plan.threads) {
                titles.add("%,d endpoints".formatted(size) + (threads == 1 ? "" : ", %d threads".formatted(threads)));
            }
        }
        MarkdownTable table = new MarkdownTable(titles);
        for (Contender contender : Contender.values()) {
            if (contender.kind == kind) {
                table.row(picks(contender));
            }
        }
        return table;
    }

    private List<String> picks(Contender contender) {
        List<String> cells = new ArrayList<>(List.of(contender.label));
        for (int size : plan.pickSizes) {
            for (int threads : plan.threads) {
                Cost cost = results.pick(contender, size, threads);
                cells.add(cost.time() + ", " + figure(Math.rint(cost.bytes()), "B"));
            }
        }
        return cells;
    }

    private MarkdownTable tables() {
        List<String> titles = new ArrayList<>(List.of("Time and allocation of a build and of a change; memory"));
        for (int size : plan.buildSizes) {
            titles.add("build, %,d".formatted(size));
            titles.add("change, %,d".formatted(size));
        }
        titles.add("held, %,d".formatted(FOOTPRINT_SIZE));
        MarkdownTable markdown = new MarkdownTable(titles);
        for (Table table : Table.values()) {
            markdown.row(builds(table));
        }
        return markdown;
    }

    private List<String> builds(Table table) {
        List<String> cells = new ArrayList<>(List.of(table.label));
        for (int size : plan.buildSizes) {
            cells.add(build(results.build(table, size)));
            cells.add(build(results.change(table, size)));
        }
        Long held = footprints.get(table);
        cells.add(figure(held == null ? Double.NaN : held / MEBIBYTE, "MiB"));
        return cells;
    }

    private static String build(Cost cost) {
        return Double.isNaN(cost.nanos())
                ? figure(cost.nanos())
                : cost.timeInMillis() + ", " + figure(cost.bytes() / MEBIBYTE, "MiB");
    }
}

package io.github.zklb.benchmarks;

import static io.github.zklb.benchmarks.MarkdownTable.figure;

import java.util.List;

/**
 * A limit that was set before anything was measured, and what was measured.
 *
 * @param what what is limited
 * @param limit the most it may be
 * @param value what it is, or not a number if it was not measured
 * @param unit of both; empty for a ratio
 */
public record Target(String what, double limit, double value, String unit) {

    /** A table of targets. */
    public static MarkdownTable table(List<Target> targets) {
        MarkdownTable table = new MarkdownTable("Target", "at most", "measured", "");
        targets.forEach(target -> table.row(List.of(
                target.what, figure(target.limit, target.unit), figure(target.value, target.unit), target.verdict())));
        return table;
    }

    private String verdict() {
        return Double.isNaN(value) ? "not measured" : value <= limit ? "met" : "**missed**";
    }
}

package io.github.zklb.benchmarks.simulator;

import io.github.zklb.benchmarks.MarkdownTable;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came of the simulations, as bars in SVG: a row for each strategy, a column for each scenario.
 *
 * @param outcomes by scenario and strategy
 */
record Picture(Map<Scenario, Map<Balancing, Outcome>> outcomes) {

    private static final int LABELS = 200;
    private static final int COLUMN = 215;
    private static final int BAR = 125;
    private static final int THICKNESS = 14;
    private static final int ROW = 24;
    private static final int TOP = 60;
    private static final int BOTTOM = 44;
    private static final int GAP = 6;
    private static final int BASELINE = 4;

    private static final String INK = "#24292f";
    private static final String FAINT = "#6e7781";
    private static final String PLAIN = "#4078c0";
    private static final String GUARDED = "#1a7f37";

    private static final int WIDTH = LABELS + COLUMN * Scenario.values().length;
    private static final int HEIGHT = TOP + ROW * Balancing.values().length + BOTTOM;

    private static final List<String> NOTES = List.of(
            "Bars of p99 are logarithmic, from 10 ms to 1 s, which is the time-out.",
            "Guarded: with outlier ejection and slow start.");

    String svg() {
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="12">
                <title>What each strategy makes of a slow, a failing and a cold endpoint</title>
                <rect width="%1$d" height="%2$d" fill="#ffffff"/>
                """.formatted(WIDTH, HEIGHT));
        for (Balancing balancing : Balancing.values()) {
            svg.append(text(LABELS - GAP, middle(balancing), "end", INK, balancing.label));
        }
        outcomes.forEach((scenario, rows) -> svg.append(column(scenario, rows)));
        for (int i = 0; i < NOTES.size(); i++) {
            svg.append(text(LABELS, HEIGHT - BOTTOM / 2 + i * BOTTOM / 3, "start", FAINT, NOTES.get(i)));
        }
        return svg.append("</svg>\n").toString();
    }

    private static StringBuilder column(Scenario scenario, Map<Balancing, Outcome> rows) {
        int left = LABELS + COLUMN * scenario.ordinal();
        boolean errors = scenario == Scenario.FAILING;
        StringBuilder svg = new StringBuilder()
                .append(text(left, TOP / 3, "start", INK, scenario.shortTitle))
                .append(text(left, TOP * 2 / 3, "start", FAINT, errors ? "errors" : "p99"));
        double most =
                rows.values().stream().mapToDouble(Outcome::errorRate).max().orElse(0);
        rows.forEach((balancing, outcome) -> {
            double part = errors ? outcome.errorRate() / most : Math.log10(outcome.p99() / 10) / 2;
            double length = Math.max(1, BAR * part);
            String value = errors
                    ? MarkdownTable.figure(outcome.errorRate() * 100, "%")
                    : MarkdownTable.figure(outcome.p99(), "ms");
            svg.append(bar(left, middle(balancing), length, balancing.guarded ? GUARDED : PLAIN))
                    .append(text(left + length + GAP, middle(balancing), "start", INK, value));
        });
        return svg;
    }

    private static int middle(Balancing balancing) {
        return TOP + ROW * balancing.ordinal() + ROW / 2;
    }

    private static String bar(int left, int middle, double length, String color) {
        return String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
                left,
                middle - THICKNESS / 2,
                length,
                THICKNESS,
                color);
    }

    /** The text must not hold what XML has a meaning for. */
    private static String text(double x, int middle, String anchor, String color, String text) {
        return String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
                x,
                middle + BASELINE,
                anchor,
                color,
                text);
    }
}

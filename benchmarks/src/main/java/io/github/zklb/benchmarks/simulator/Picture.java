package io.github.zklb.benchmarks.simulator;

import io.github.zklb.benchmarks.MarkdownTable;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came of the simulations, as bars in SVG: a panel for each scenario, with a row for each strategy.
 *
 * @param outcomes by scenario and strategy
 */
record Picture(Map<Scenario, Map<Balancing, Outcome>> outcomes) {

    private static final int PANELS_IN_A_ROW = 4;
    private static final int LABELS = 200;
    private static final int COLUMN = 240;
    private static final int BAR = 125;
    private static final int THICKNESS = 14;
    private static final int ROW = 20;
    private static final int TITLE = 60;
    private static final int BOTTOM = 60;
    private static final int GAP = 6;
    private static final int BASELINE = 4;
    private static final int LINE = 15;

    private static final double LEAST = 10;
    private static final double DECADES = 2;

    private static final String INK = "#24292f";
    private static final String FAINT = "#6e7781";
    private static final String PLAIN = "#4078c0";
    private static final String GUARDED = "#1a7f37";

    private static final int WIDTH = LABELS + COLUMN * PANELS_IN_A_ROW;

    private static final List<String> NOTES = List.of(
            "Bars of p99 are logarithmic, from 10 ms to 1 s. Bars of errors are measured by the longest one of their panel.",
            "Guarded: with outlier ejection for answers, and slow start.");

    String svg() {
        int height = panel(outcomes.size() - 1) + panelHeight() + BOTTOM;
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="12">
                <title>What each strategy makes of endpoints in trouble</title>
                <rect width="%1$d" height="%2$d" fill="#ffffff"/>
                """.formatted(WIDTH, height));
        int number = 0;
        for (Map.Entry<Scenario, Map<Balancing, Outcome>> each : outcomes.entrySet()) {
            svg.append(panel(number++, each.getKey(), each.getValue()));
        }
        for (int i = 0; i < NOTES.size(); i++) {
            svg.append(text(LABELS, height - BOTTOM / 2 + i * LINE, "start", FAINT, NOTES.get(i)));
        }
        return svg.append("</svg>\n").toString();
    }

    private int panelHeight() {
        return TITLE + ROW * outcomes.values().iterator().next().size();
    }

    private int panel(int number) {
        return number / PANELS_IN_A_ROW * panelHeight();
    }

    private StringBuilder panel(int number, Scenario scenario, Map<Balancing, Outcome> rows) {
        int left = LABELS + COLUMN * (number % PANELS_IN_A_ROW);
        int top = panel(number);
        boolean errors = scenario.isOfErrors();
        StringBuilder svg = new StringBuilder()
                .append(text(left, top + TITLE / 3, "start", INK, scenario.shortTitle))
                .append(text(left, top + TITLE * 2 / 3, "start", FAINT, errors ? "errors" : "p99"));
        double most =
                rows.values().stream().mapToDouble(Outcome::errorRate).max().orElse(0);
        int middle = top + TITLE + ROW / 2;
        for (Map.Entry<Balancing, Outcome> row : rows.entrySet()) {
            Balancing balancing = row.getKey();
            Outcome outcome = row.getValue();
            if (left == LABELS) {
                svg.append(text(LABELS - GAP, middle, "end", INK, balancing.label()));
            }
            double part = errors ? outcome.errorRate() / most : Math.log10(outcome.p99() / LEAST) / DECADES;
            double length = Math.max(1, BAR * Math.min(1, part));
            String value = errors
                    ? MarkdownTable.figure(outcome.errorRate() * 100, "%")
                    : MarkdownTable.figure(outcome.p99(), "ms");
            svg.append(bar(left, middle, length, balancing.isGuarded() ? GUARDED : PLAIN))
                    .append(text(left + length + GAP, middle, "start", INK, value));
            middle += ROW;
        }
        return svg;
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

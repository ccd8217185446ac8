package io.github.zklb.benchmarks;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A table in Markdown whose first column is text and whose others are figures. For one thread at a time. */
public final class MarkdownTable {

    private static final int LARGE = 100;
    private static final MathContext TWO_DIGITS = new MathContext(2);
    private static final MathContext TWO_DIGITS_UP = new MathContext(2, RoundingMode.UP);
    private static final MathContext THREE_DIGITS = new MathContext(3);
    private static final String NONE = "–";

    private final List<String> lines = new ArrayList<>();

    /** A table without rows. */
    public MarkdownTable(List<String> titles) {
        lines.add(line(titles));
        lines.add("|---|" + "---:|".repeat(titles.size() - 1));
    }

    /** A table without rows. */
    public MarkdownTable(String... titles) {
        this(Arrays.asList(titles));
    }

    /** Adds a row. */
    public void row(List<String> cells) {
        lines.add(line(cells));
    }

    /** A figure with all digits before its point and as many behind it as make three, or two below 1; a dash for what is not a number. */
    public static String figure(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        if (Math.abs(value) >= LARGE || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        BigDecimal exact = new BigDecimal(value);
        return value < 1
                ? exact.round(TWO_DIGITS).stripTrailingZeros().toPlainString()
                : exact.round(THREE_DIGITS).toPlainString();
    }

    /** A figure with its unit behind it, if there is one. */
    public static String figure(double value, String unit) {
        String figure = figure(value);
        return figure.equals(NONE) || unit.isEmpty() ? figure : figure + " " + unit;
    }

    /** The same with how far it may be off, if that is known. */
    public static String figure(double value, double error, String unit) {
        return Double.isNaN(value) || Double.isNaN(error)
                ? figure(value, unit)
                : figure(value) + " ± " + figure(roundedUp(error), unit);
    }

    /** To two digits: more say nothing of an error. */
    private static double roundedUp(double error) {
        return error == 0 ? 0 : new BigDecimal(error).round(TWO_DIGITS_UP).doubleValue();
    }

    private static String line(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }
}

package io.github.zklb.sample.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured, beside what it ought to be: the rows of the table, in order. Thread-safe. */
public final class Report {

    private static final Row HEAD = new Row("", "measured", "ideal", "verdict");

    private record Row(String what, String measured, String ideal, String verdict) {}

    private final List<Row> rows = new ArrayList<>();
    private boolean passed = true;

    /** Begins a group of rows. */
    synchronized void title(String title) {
        rows.add(new Row(title, "", "", ""));
    }

    /** A quantity that is right or not. */
    synchronized void row(String what, String measured, String ideal, boolean right) {
        rows.add(new Row("    " + what, measured, ideal, right ? "ok" : "FAILED"));
        passed &= right;
    }

    /** A count that has to be exact. */
    void count(String what, long measured, long ideal) {
        row(what, number(measured), number(ideal), measured == ideal);
    }

    /** A time that has a limit. */
    void millis(String what, long nanos, long limitMillis) {
        long millis = Math.round(nanos / 1e6);
        row(what, number(millis) + " ms", "< " + number(limitMillis) + " ms", millis < limitMillis);
    }

    /** Whether every row so far is right. */
    public synchronized boolean passed() {
        return passed;
    }

    /** The table. */
    @Override
    public synchronized String toString() {
        int what = 0;
        int measured = HEAD.measured().length();
        int ideal = HEAD.ideal().length();
        for (Row row : rows) {
            what = Math.max(what, row.what().length());
            measured = Math.max(measured, row.measured().length());
            ideal = Math.max(ideal, row.ideal().length());
        }
        String format = "%-" + what + "s  %" + measured + "s  %" + ideal + "s  %s";
        StringBuilder table = new StringBuilder();
        append(table, format, HEAD);
        table.append("-".repeat(what + measured + ideal + 13)).append(System.lineSeparator());
        rows.forEach(row -> append(table, format, row));
        return table.toString();
    }

    private static void append(StringBuilder table, String format, Row row) {
        String line = String.format(format, row.what(), row.measured(), row.ideal(), row.verdict());
        table.append(line.stripTrailing()).append(System.lineSeparator());
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}

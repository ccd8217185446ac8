package io.github.zklb.benchmarks;

import io.github.zklb.benchmarks.Results.Cost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which measurements are thrown away and made again: those during which something else used the processor, or whose forks and
 * iterations agree so little that something must have. Each is made {@value #MOST} times at most, and none again once a
 * section has taken too long. Of those that were all disturbed the one with the least error counts, and the page names it. For
 * one thread at a time.
 */
final class Attempts {

    /** The part of one core that others may use: less than that is the system's own daemons. */
    static final double OTHERS = 0.05;

    /** The error that is put down to chance, as a part of the time. */
    static final double ERROR = 0.25;

    private static final int MOST = 3;

    private final Duration patience;
    private final long startedAt = System.nanoTime();
    private final List<String> disturbed = new ArrayList<>();
    private int rows;
    private int again;

    /**
     * @param patience for how long from now on anything is measured again
     */
    Attempts(Duration patience) {
        this.patience = patience;
    }

    /** What is measured, once. */
    @FunctionalInterface
    interface Measurement<E extends Exception> {

        /** The costs, and what others took of the machine meanwhile, in cores. */
        Measured once() throws E;
    }

    /**
     * What one attempt gave.
     *
     * @param costs of each benchmark that it measured
     * @param others the cores that others used on average; not a number where nothing tells
     * @param take takes the costs as the result
     */
    record Measured(List<Cost> costs, double others, Runnable take) {

        boolean isDisturbed() {
            return others > OTHERS || error() > ERROR;
        }

        private double error() {
            return costs.stream()
                    .mapToDouble(cost -> cost.error() / cost.nanos())
                    .filter(error -> !Double.isNaN(error))
                    .max()
                    .orElse(0);
        }

        String why() {
            return String.format(Locale.ROOT, "± %.0f %%, others used %.2f cores", 100 * error(), others);
        }
    }

    /** Measures until it is undisturbed, or has been tried often enough. */
    <E extends Exception> void measure(String what, Measurement<E> measurement) throws E {
        rows++;
        Measured best = measurement.once();
        for (int attempt = 1; best.isDisturbed() && attempt < MOST && !isLate(); attempt++) {
            again++;
            System.out.println(what + ": again, " + best.why());
            Measured next = measurement.once();
            if (!next.isDisturbed() || next.error() < best.error()) {
                best = next;
            }
        }
        if (best.isDisturbed()) {
            disturbed.add(what + " (" + best.why() + ")");
        }
        best.take().run();
    }

    private boolean isLate() {
        return System.nanoTime() - startedAt >= patience.toNanos();
    }

    /** How many were thrown away, and which of those that count were disturbed: a paragraph. */
    String describe() {
        return "Of %,d measurements, %,d attempts were disturbed, thrown away and made again; %s.%n"
                .formatted(
                        rows,
                        again,
                        disturbed.isEmpty()
                                ? "none that counts was"
                                : "disturbed at the end of that, too, were %,d: %s"
                                        .formatted(disturbed.size(), String.join("; ", disturbed)));
    }
}

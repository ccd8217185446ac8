package io.github.zklb.benchmarks;

import static io.github.zklb.benchmarks.Contender.ARMERIA_WEIGHTED;
import static io.github.zklb.benchmarks.Contender.ARMERIA_WEIGHTED_WIDE;
import static io.github.zklb.benchmarks.Contender.D2_RING;
import static io.github.zklb.benchmarks.Contender.D2_RING_OUR_HASH;
import static io.github.zklb.benchmarks.Contender.DUBBO_HASH;
import static io.github.zklb.benchmarks.Contender.SPRING_WEIGHTED;
import static io.github.zklb.benchmarks.Contender.WEIGHTED;
import static io.github.zklb.benchmarks.Contender.WEIGHTED_WIDE;
import static io.github.zklb.benchmarks.Contender.ZONES;

import io.github.zklb.benchmarks.Results.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The targets for speed and memory, and how far they are met. For one thread at a time. */
final class Targets {

    private static final int SMALL = 10;
    private static final int USUAL = 1_000;
    private static final int LARGE = 10_000;
    private static final double MEBIBYTE = 1 << 20;

    private final List<Target> targets = new ArrayList<>();
    private final Results results;
    private final Map<Table, Long> footprints;

    private Targets(Results results, Map<Table, Long> footprints) {
        this.results = results;
        this.footprints = footprints;
    }

    /**
     * All targets.
     *
     * @param results what JMH measured
     * @param footprints the bytes of the tables for 10,000 endpoints
     */
    static List<Target> of(Results results, Map<Table, Long> footprints) {
        Targets all = new Targets(results, footprints);
        List.of(Contender.RING, Contender.MAGLEV, Contender.RENDEZVOUS).forEach(all::hash);
        List.of(Contender.MAGLEV, Contender.RENDEZVOUS).forEach(all::growth);
        List.of(1, 2).forEach(all::weighted);
        all.springWeighted();
        all.zones();
        all.table(Table.RING, 10);
        all.table(Table.MAGLEV, 10);
        all.table(Table.RENDEZVOUS, 40);
        return List.copyOf(all.targets);
    }

    private void hash(Contender contender) {
        double nanos = nanos(contender, USUAL, 1);
        String pick = contender.label + ", a pick at 1,000";
        add(pick + " ÷ D2 point ring", 0.5, nanos / nanos(D2_RING, USUAL, 1), "");
        add(pick + " ÷ D2 point ring with zk-lb's hash", 0.5, nanos / nanos(D2_RING_OUR_HASH, USUAL, 1), "");
        add(pick + " ÷ Dubbo consistent hash", 0.02, nanos / nanos(DUBBO_HASH, USUAL, 1), "");
        noBytes(contender);
    }

    private void growth(Contender contender) {
        double ratio = nanos(contender, LARGE, 1) / nanos(contender, SMALL, 1);
        add(contender.label + ", a pick at 10,000 ÷ at 10", 2, ratio, "");
    }

    private void weighted(int threads) {
        String with = threads == 1 ? "1 thread" : threads + " threads";
        double narrow = nanos(WEIGHTED, USUAL, threads) / nanos(ARMERIA_WEIGHTED, USUAL, threads);
        double wide = nanos(WEIGHTED_WIDE, USUAL, threads) / nanos(ARMERIA_WEIGHTED_WIDE, USUAL, threads);
        add(WEIGHTED.label + ", a pick at 1,000, " + with + " ÷ Armeria", 1, narrow, "");
        add(WEIGHTED_WIDE.label + ", a pick at 1,000, " + with + " ÷ Armeria", 1, wide, "");
    }

    private void springWeighted() {
        double ratio = nanos(WEIGHTED, USUAL, 1) / nanos(SPRING_WEIGHTED, USUAL, 1);
        add(WEIGHTED.label + ", a pick at 1,000 ÷ Spring weighted", 0.001, ratio, "");
        noBytes(WEIGHTED);
        noBytes(WEIGHTED_WIDE);
    }

    private void zones() {
        double more = nanos(ZONES, USUAL, 1) - nanos(WEIGHTED, USUAL, 1);
        add(ZONES.label + ", a pick at 1,000, more than without zones", 10, more, "ns");
    }

    private void table(Table table, double buildLimit) {
        add(
                table.label + ", a build at 1,000",
                buildLimit,
                results.build(table, USUAL).millis(),
                "ms");
        add(
                table.label + ", a change at 1,000",
                10,
                results.change(table, USUAL).millis(),
                "ms");
        add(
                table.label + ", a change at 10,000",
                100,
                results.change(table, LARGE).millis(),
                "ms");
        Long bytes = footprints.get(table);
        add(table.label + ", memory at 10,000", 32, bytes == null ? Double.NaN : bytes / MEBIBYTE, "MiB");
    }

    /** At whatever size and number of threads. */
    private void noBytes(Contender contender) {
        double most = IntStream.of(SMALL, USUAL, LARGE)
                .boxed()
                .flatMap(size -> IntStream.of(1, 2).mapToObj(threads -> results.pick(contender, size, threads)))
                .mapToDouble(Cost::bytes)
                .filter(bytes -> !Double.isNaN(bytes))
                .max()
                .orElse(Double.NaN);
        add(contender.label + ", bytes a pick", 0, Math.rint(most), "B");
    }

    private double nanos(Contender contender, int endpoints, int threads) {
        return results.pick(contender, endpoints, threads).nanos();
    }

    private void add(String what, double limit, double value, String unit) {
        targets.add(new Target(what, limit, value, unit));
    }
}

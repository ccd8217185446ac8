package io.github.zklb.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;

/** Measures everything in one run, prints what comes out, and writes it to a page. */
public final class Benchmarks {

    private final Plan plan;
    private final Results results = new Results();

    private Benchmarks(Plan plan) {
        this.plan = plan;
    }

    /** Takes the name of a plan, {@code short} or {@code full}, and the path of the page. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        long startedAt = System.nanoTime();
        Plan plan = Plan.valueOf(arguments[0].toUpperCase(Locale.ROOT));
        String report = new Benchmarks(plan).run().markdown();
        Duration taken = Duration.ofNanos(System.nanoTime() - startedAt);
        String section = "%s.%nA %s run of %d min %d s.%n%n%s"
                .formatted(Machine.describe(), arguments[0], taken.toMinutes(), taken.toSecondsPart(), report);
        System.out.println(section);
        new Page(Path.of(arguments[1])).write("measurements", section);
    }

    private Report run() throws RunnerException {
        Map<Table, Long> footprints = footprints();
        for (int size : plan.pickSizes) {
            for (int threads : plan.threads) {
                for (Contender contender : Contender.values()) {
                    measure(contender + " " + size + " ×" + threads, plan.picks(contender, size, threads));
                }
            }
        }
        for (int size : plan.buildSizes) {
            for (Table table : Table.values()) {
                if (table.isBuiltInTime(size)) {
                    measure("build and change " + table + " " + size, plan.builds(table, size));
                }
            }
        }
        return new Report(plan, results, footprints);
    }

    private void measure(String what, Options options) throws RunnerException {
        for (RunResult run : new Runner(options).run()) {
            results.add(run);
            System.out.println(
                    what + ": " + MarkdownTable.figure(run.getPrimaryResult().getScore(), "ns"));
        }
    }

    private static Map<Table, Long> footprints() {
        Map<Table, Long> footprints = new EnumMap<>(Table.class);
        for (Table table : Table.values()) {
            if (table.isBuiltInTime(Report.FOOTPRINT_SIZE)) {
                Fleet fleet = table.fleet(Report.FOOTPRINT_SIZE);
                footprints.put(
                        table, new Footprint().bytes(() -> table.newBuild().of(fleet)));
            }
        }
        return footprints;
    }
}

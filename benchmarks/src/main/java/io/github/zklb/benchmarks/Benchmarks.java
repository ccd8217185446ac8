package io.github.zklb.benchmarks;

import io.github.zklb.benchmarks.Results.Cost;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;

/** Measures one section of the page after the other, prints what comes out, and writes it to the page. */
public final class Benchmarks {

    private static final List<Contender> COUNTED =
            List.of(Contender.WEIGHTED, Contender.WEIGHTED_RANDOM, Contender.LEAST_REQUEST, Contender.RING);

    private final Plan plan;
    private final Results results = new Results();

    private Benchmarks(Plan plan) {
        this.plan = plan;
    }

    /**
     * Takes the name of a plan, {@code short} or {@code full}, the path of the page, and which of its sections are measured:
     * {@code measurements}, {@code requests}, {@code counting}, or several with commas.
     */
    public static void main(String[] arguments) throws RunnerException, IOException {
        Page page = new Page(Path.of(arguments[1]));
        for (String section : arguments[2].split(",")) {
            long startedAt = System.nanoTime();
            Benchmarks benchmarks = new Benchmarks(Plan.valueOf(arguments[0].toUpperCase(Locale.ROOT)));
            String report = switch (section) {
                case "measurements" -> benchmarks.picksAndBuilds().markdown();
                case "requests" -> benchmarks.requests().markdown();
                case "counting" -> benchmarks.counting();
                default ->
                    throw new IllegalArgumentException(
                            "bench.sections must be measurements, requests or counting but was '" + section + "'");
            };
            Duration taken = Duration.ofNanos(System.nanoTime() - startedAt);
            String text = "%s.%nA %s run of %d min %d s.%n%n%s"
                    .formatted(Machine.describe(), arguments[0], taken.toMinutes(), taken.toSecondsPart(), report);
            System.out.println(text);
            page.write(section, text);
        }
    }

    private RequestReport requests() throws RunnerException {
        for (Balancer balancer : Balancer.values()) {
            measure("requests " + balancer, plan.requests(balancer));
        }
        return new RequestReport(results);
    }

    private Report picksAndBuilds() throws RunnerException {
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

    /** What it costs that picks are counted. */
    private String counting() throws RunnerException {
        MarkdownTable table =
                new MarkdownTable(List.of("A pick at 1,000", "not counted", "counted", "÷", "bytes of the counted"));
        for (int threads : plan.threads) {
            for (Contender contender : COUNTED) {
                Cost plain = cost(contender, threads, plan.picks(contender, Plan.USUAL, threads));
                Cost counted = cost(contender, threads, plan.countedPicks(contender, threads));
                table.row(List.of(
                        contender.label + (threads == 1 ? "" : ", %d threads".formatted(threads)),
                        MarkdownTable.figure(plain.nanos(), "ns"),
                        MarkdownTable.figure(counted.nanos(), "ns"),
                        MarkdownTable.figure(counted.nanos() / plain.nanos(), ""),
                        MarkdownTable.figure(Math.rint(counted.bytes()), "B")));
            }
        }
        return "### Picks that are counted\n\n" + table;
    }

    private Cost cost(Contender contender, int threads, Options options) throws RunnerException {
        measure("counting " + contender + " ×" + threads, options);
        return results.pick(contender, Plan.USUAL, threads);
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

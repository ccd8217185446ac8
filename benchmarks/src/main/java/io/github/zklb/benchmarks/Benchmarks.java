package io.github.zklb.benchmarks;

import io.github.zklb.benchmarks.Results.Cost;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
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
    private final Attempts attempts;
    private final Results results = new Results();

    private Benchmarks(Plan plan, Attempts attempts) {
        this.plan = plan;
        this.attempts = attempts;
    }

    /**
     * Takes the name of a plan, {@code short} or {@code full}, the path of the page, and which of its sections are measured:
     * {@code measurements}, {@code requests}, {@code counting}, or several with commas.
     */
    public static void main(String[] arguments) throws RunnerException, IOException {
        Page page = new Page(Path.of(arguments[1]));
        for (String section : arguments[2].split(",")) {
            long startedAt = System.nanoTime();
            Plan plan = Plan.valueOf(arguments[0].toUpperCase(Locale.ROOT));
            Benchmarks benchmarks = new Benchmarks(
                    plan, new Attempts(section.equals("requests") ? plan.requestPatience : plan.patience));
            String report = switch (section) {
                case "measurements" -> benchmarks.picksAndBuilds().markdown();
                case "requests" -> benchmarks.requests().markdown();
                case "counting" -> benchmarks.counting();
                default ->
                    throw new IllegalArgumentException(
                            "bench.sections must be measurements, requests or counting but was '" + section + "'");
            };
            Duration taken = Duration.ofNanos(System.nanoTime() - startedAt);
            String text = "%s.%nA %s run of %d min %d s. %s%n%s"
                    .formatted(
                            Machine.describe(),
                            arguments[0],
                            taken.toMinutes(),
                            taken.toSecondsPart(),
                            benchmarks.attempts.describe(),
                            report);
            System.out.println(text);
            page.write(section, text);
        }
    }

    private RequestReport requests() throws RunnerException {
        for (Balancer balancer : Balancer.values()) {
            for (ClientCall call : ClientCall.values()) {
                measure(call.label + ", " + balancer.label, plan.requests(balancer, call));
            }
        }
        return new RequestReport(results);
    }

    private Report picksAndBuilds() throws RunnerException {
        Map<Table, Long> footprints = footprints();
        for (int size : plan.pickSizes) {
            for (int threads : plan.threads) {
                for (Contender contender : Contender.values()) {
                    measure(at(contender.label, size, threads), plan.picks(contender, size, threads));
                }
            }
        }
        for (int size : plan.buildSizes) {
            for (Table table : Table.values()) {
                if (table.isBuiltInTime(size)) {
                    measure("a build of " + at(table.label, size, 1), plan.builds(table, "build", size));
                    measure("a change of " + at(table.label, size, 1), plan.builds(table, "change", size));
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
                        plain.time(),
                        counted.time(),
                        MarkdownTable.figure(counted.nanos() / plain.nanos(), ""),
                        MarkdownTable.figure(Math.rint(counted.bytes()), "B")));
            }
        }
        return "### Picks that are counted\n\n" + table;
    }

    private Cost cost(Contender contender, int threads, Options options) throws RunnerException {
        measure(at(contender.label, Plan.USUAL, threads), options);
        return results.pick(contender, Plan.USUAL, threads);
    }

    private static String at(String label, int size, int threads) {
        return "%s at %,d".formatted(label, size) + (threads == 1 ? "" : " by %d threads".formatted(threads));
    }

    private void measure(String what, Options options) throws RunnerException {
        attempts.measure(what, () -> {
            OtherLoad before = OtherLoad.now();
            Collection<RunResult> runs = new Runner(options).run();
            double others = OtherLoad.now().since(before);
            List<Cost> costs = runs.stream().map(Results::cost).toList();
            costs.forEach(cost -> System.out.println(what + ": " + cost.time()));
            return new Attempts.Measured(costs, others, () -> runs.forEach(results::add));
        });
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

package io.github.zklb.benchmarks;

import java.util.List;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** How much is measured, and how long. */
enum Plan {
    /** Whether everything works. The figures are of no use. */
    SHORT(List.of(1_000), List.of(1_000), 1, 50, 50, 50),
    /** What is published. */
    FULL(List.of(10, 1_000, 10_000), List.of(1_000, 10_000), 1, 300, 600, 800);

    /** The size at which picks are compared. */
    static final int USUAL = 1_000;

    /** Dubbo's ring for 10,000 takes most of it. */
    private static final String HEAP = "-Xmx3g";

    private static final int WARMUPS = 2;
    private static final int ITERATIONS = 3;

    final List<Integer> pickSizes;
    final List<Integer> buildSizes;
    final List<Integer> threads = List.of(1, 2);
    private final int forks;
    private final int pickMillis;
    private final int buildMillis;
    private final int requestMillis;

    Plan(
            List<Integer> pickSizes,
            List<Integer> buildSizes,
            int forks,
            int pickMillis,
            int buildMillis,
            int requestMillis) {
        this.pickSizes = pickSizes;
        this.buildSizes = buildSizes;
        this.forks = forks;
        this.pickMillis = pickMillis;
        this.buildMillis = buildMillis;
        this.requestMillis = requestMillis;
    }

    /** The picks of one contender. */
    Options picks(Contender contender, int endpoints, int threads) {
        return picks(contender, endpoints, threads, false);
    }

    /** The same, each of them counted. */
    Options countedPicks(Contender contender, int threads) {
        return picks(contender, USUAL, threads, true);
    }

    private Options picks(Contender contender, int endpoints, int threads, boolean counted) {
        return options(PickBenchmark.class, pickMillis)
                .param("contender", contender.name())
                .param("endpoints", String.valueOf(endpoints))
                .param("counted", String.valueOf(counted))
                .threads(threads)
                .forks(endpoints == USUAL ? forks : 1)
                .build();
    }

    /** A build of one table, and a change. */
    Options builds(Table table, int endpoints) {
        return options(BuildBenchmark.class, buildMillis)
                .param("table", table.name())
                .param("endpoints", String.valueOf(endpoints))
                .build();
    }

    /** A request by each of the clients, balanced by one balancer. */
    Options requests(Balancer balancer) {
        return options(RequestBenchmark.class, requestMillis)
                .param("balancer", balancer.name())
                .build();
    }

    private static ChainedOptionsBuilder options(Class<?> benchmark, int millis) {
        TimeValue time = TimeValue.milliseconds(millis);
        return new OptionsBuilder()
                .include(Pattern.quote(benchmark.getName() + "."))
                .warmupIterations(WARMUPS)
                .warmupTime(time)
                .measurementIterations(ITERATIONS)
                .measurementTime(time)
                .forks(1)
                .jvmArgs(HEAP)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
    }
}

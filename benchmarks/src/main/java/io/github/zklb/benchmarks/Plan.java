package io.github.zklb.benchmarks;

import java.time.Duration;
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
    SHORT(List.of(1_000), List.of(1_000), 1, 1, 50, 50, 50, Duration.ZERO, Duration.ZERO),
    /** What is published. */
    FULL(
            List.of(10, 1_000, 10_000),
            List.of(1_000, 10_000),
            3,
            2,
            160,
            400,
            500,
            Duration.ofSeconds(750),
            Duration.ofSeconds(270));

    /** The size at which picks are compared. */
    static final int USUAL = 1_000;

    /** Dubbo's ring for 10,000 takes most of it. */
    private static final String HEAP = "-Xmx3g";

    private static final int WARMUPS = 2;
    private static final int ITERATIONS = 3;

    final List<Integer> pickSizes;
    final List<Integer> buildSizes;
    final List<Integer> threads = List.of(1, 2);

    /** What is disturbed is measured again as long as all picks and builds have not taken longer. */
    final Duration patience;

    /** The same of the requests. */
    final Duration requestPatience;

    private final int forks;
    private final int otherForks;
    private final int pickMillis;
    private final int buildMillis;
    private final int requestMillis;

    Plan(
            List<Integer> pickSizes,
            List<Integer> buildSizes,
            int forks,
            int otherForks,
            int pickMillis,
            int buildMillis,
            int requestMillis,
            Duration patience,
            Duration requestPatience) {
        this.pickSizes = pickSizes;
        this.buildSizes = buildSizes;
        this.forks = forks;
        this.otherForks = otherForks;
        this.pickMillis = pickMillis;
        this.buildMillis = buildMillis;
        this.requestMillis = requestMillis;
        this.patience = patience;
        this.requestPatience = requestPatience;
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
        return options(PickBenchmark.class, Results.Cell.PICK, pickMillis)
                .param("contender", contender.name())
                .param("endpoints", String.valueOf(endpoints))
                .param("counted", String.valueOf(counted))
                .threads(threads)
                .forks(endpoints == USUAL ? forks : otherForks)
                .build();
    }

    /** A build of one table, or a change. */
    Options builds(Table table, String operation, int endpoints) {
        return options(BuildBenchmark.class, operation, buildMillis)
                .param("table", table.name())
                .param("endpoints", String.valueOf(endpoints))
                .forks(endpoints == USUAL ? forks : otherForks)
                .build();
    }

    /** A request by one of the clients, balanced by one balancer. */
    Options requests(Balancer balancer, ClientCall call) {
        return options(RequestBenchmark.class, call.operation, requestMillis)
                .param("balancer", balancer.name())
                .forks(forks)
                .build();
    }

    private static ChainedOptionsBuilder options(Class<?> benchmark, String operation, int millis) {
        TimeValue time = TimeValue.milliseconds(millis);
        return new OptionsBuilder()
                .include(Pattern.quote(benchmark.getName() + "." + operation) + "$")
                .warmupIterations(WARMUPS)
                .warmupTime(time)
                .measurementIterations(ITERATIONS)
                .measurementTime(time)
                .jvmArgs(HEAP)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
    }
}

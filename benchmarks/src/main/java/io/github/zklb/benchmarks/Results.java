package io.github.zklb.benchmarks;

import static io.github.zklb.benchmarks.MarkdownTable.figure;

import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** What JMH measured, by what it measured. For one thread at a time. */
final class Results {

    /** The value of what was not measured: it compares with nothing. */
    private static final Cost UNKNOWN = new Cost(Double.NaN, Double.NaN, Double.NaN);

    private static final String BYTES = "gc.alloc.rate.norm";

    private final Map<Cell, Cost> costs = new HashMap<>();

    void add(RunResult run) {
        BenchmarkParams params = run.getParams();
        String operation = params.getBenchmark().substring(params.getBenchmark().lastIndexOf('.') + 1);
        String endpoints = params.getParam("endpoints");
        put(
                new Cell(
                        subject(params),
                        operation,
                        endpoints == null ? BalancedApplication.INSTANCES : Integer.parseInt(endpoints),
                        params.getThreads()),
                cost(run));
    }

    /** What one benchmark came to, over all of its forks. */
    static Cost cost(RunResult run) {
        Result<?> time = run.getPrimaryResult();
        Result<?> bytes = run.getSecondaryResults().get(BYTES);
        return new Cost(time.getScore(), time.getScoreError(), bytes == null ? Double.NaN : bytes.getScore());
    }

    private static Enum<?> subject(BenchmarkParams params) {
        String contender = params.getParam("contender");
        String table = params.getParam("table");
        if (contender != null) {
            return Contender.valueOf(contender);
        }
        return table != null ? Table.valueOf(table) : Balancer.valueOf(params.getParam("balancer"));
    }

    void put(Cell cell, Cost cost) {
        costs.put(cell, cost);
    }

    /** What a pick of one thread or of each of several costs. */
    Cost pick(Contender contender, int endpoints, int threads) {
        return costs.getOrDefault(new Cell(contender, Cell.PICK, endpoints, threads), UNKNOWN);
    }

    /** What building for a first fleet costs. */
    Cost build(Table table, int endpoints) {
        return costs.getOrDefault(new Cell(table, "build", endpoints, 1), UNKNOWN);
    }

    /** What building for the next fleet costs. */
    Cost change(Table table, int endpoints) {
        return costs.getOrDefault(new Cell(table, "change", endpoints, 1), UNKNOWN);
    }

    /** What a request costs on its way. */
    Cost request(Balancer balancer, ClientCall call) {
        return costs.getOrDefault(new Cell(balancer, call.operation, BalancedApplication.INSTANCES, 1), UNKNOWN);
    }

    /**
     * What was measured.
     *
     * @param subject a {@link Contender}, a {@link Table} or a {@link Balancer}
     * @param operation the name of the benchmark's method
     * @param endpoints the size of the fleet
     * @param threads how many threads did it at once
     */
    record Cell(Enum<?> subject, String operation, int endpoints, int threads) {

        static final String PICK = "pick";
    }

    /**
     * What one operation costs.
     *
     * @param nanos its time; with several threads, that of each
     * @param error how far the time may be off with a confidence of 99.9 %; not a number if that is not known
     * @param bytes what it allocates
     */
    record Cost(double nanos, double error, double bytes) {

        private static final double NANOS_PER_MILLI = 1e6;

        double millis() {
            return nanos / NANOS_PER_MILLI;
        }

        /** The time with its error. */
        String time() {
            return figure(nanos, error, "ns");
        }

        /** The same in milliseconds. */
        String timeInMillis() {
            return figure(millis(), error / NANOS_PER_MILLI, "ms");
        }
    }
}

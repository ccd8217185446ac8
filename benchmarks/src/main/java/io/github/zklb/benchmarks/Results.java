package io.github.zklb.benchmarks;

import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** What JMH measured, by what it measured. For one thread at a time. */
final class Results {

    /** The value of what was not measured: it compares with nothing. */
    private static final Cost UNKNOWN = new Cost(Double.NaN, Double.NaN);

    private static final String BYTES = "gc.alloc.rate.norm";

    private final Map<Cell, Cost> costs = new HashMap<>();

    void add(RunResult run) {
        BenchmarkParams params = run.getParams();
        String operation = params.getBenchmark().substring(params.getBenchmark().lastIndexOf('.') + 1);
        String endpoints = params.getParam("endpoints");
        Result<?> bytes = run.getSecondaryResults().get(BYTES);
        put(
                new Cell(
                        subject(params),
                        operation,
                        endpoints == null ? BalancedApplication.INSTANCES : Integer.parseInt(endpoints),
                        params.getThreads()),
                new Cost(run.getPrimaryResult().getScore(), bytes == null ? Double.NaN : bytes.getScore()));
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
     * @param bytes what it allocates
     */
    record Cost(double nanos, double bytes) {

        double millis() {
            return nanos / 1e6;
        }
    }
}

package io.github.zklb.benchmarks.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Counts the requests that were sent from a time on. */
final class Tally {

    private static final double MILLISECOND = 1e6;

    private final long from;
    private final int[] requests;
    private long[] latencies = new long[1 << 16];
    private int latencyCount;
    private int failures;
    private int faulty;

    /**
     * Has counted nothing yet.
     *
     * @param servers how many servers there are
     * @param from the time from which on a request counts
     */
    Tally(int servers, long from) {
        this.requests = new int[servers];
        this.from = from;
    }

    void sent(int server, boolean isFaulty, long now) {
        if (now >= from) {
            requests[server]++;
            faulty += isFaulty ? 1 : 0;
        }
    }

    /** A good answer, or none within the time-out. */
    void took(long sentAt, long now) {
        if (sentAt < from) {
            return;
        }
        if (latencyCount == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * latencyCount);
        }
        latencies[latencyCount++] = now - sentAt;
    }

    void failed(long sentAt) {
        if (sentAt >= from) {
            failures++;
        }
    }

    /** What came of simulations that are all alike. */
    static Outcome outcome(List<Tally> tallies) {
        long[] latencies = tallies.stream()
                .flatMapToLong(tally -> Arrays.stream(tally.latencies, 0, tally.latencyCount))
                .sorted()
                .toArray();
        double all = tallies.stream().mapToDouble(Tally::total).sum();
        return new Outcome(
                percentile(latencies, 50),
                percentile(latencies, 99),
                tallies.stream().mapToDouble(tally -> tally.failures).sum() / all,
                tallies.stream().mapToDouble(Tally::hottest).average().orElseThrow(),
                tallies.stream().mapToDouble(tally -> tally.faulty).sum() / all);
    }

    private int total() {
        return IntStream.of(requests).sum();
    }

    private double hottest() {
        return (double) IntStream.of(requests).max().orElseThrow() * requests.length / total();
    }

    private static double percentile(long[] sorted, int percent) {
        return sorted[(int) ((long) sorted.length * percent / 100)] / MILLISECOND;
    }
}

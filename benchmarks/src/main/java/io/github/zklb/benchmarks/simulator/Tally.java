package io.github.zklb.benchmarks.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Counts the requests that were sent from a time on. */
final class Tally {

    private static final double MILLISECOND = 1e6;

    private final long from;
    private final List<Integer> weights;
    private final int[] requests;
    private long[] latencies = new long[1 << 10];
    private int latencyCount;
    private int failures;
    private int faulty;
    private List<Client.Record> records = List.of();

    /**
     * Has counted nothing yet.
     *
     * @param weights of each server
     * @param from the time from which on a request counts
     */
    Tally(List<Integer> weights, long from) {
        this.weights = weights;
        this.requests = new int[weights.size()];
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

    /** What the clients tell at the end, of all that they sent. */
    void told(List<Client.Record> byClients) {
        records = byClients;
    }

    /** What came of simulations that are all alike. */
    static Outcome outcome(List<Tally> tallies) {
        long[] latencies = tallies.stream()
                .flatMapToLong(tally -> Arrays.stream(tally.latencies, 0, tally.latencyCount))
                .sorted()
                .toArray();
        double all = tallies.stream().mapToDouble(Tally::total).sum();
        List<Client.Record> records =
                tallies.stream().flatMap(tally -> tally.records.stream()).toList();
        double keyed = records.stream().mapToLong(Client.Record::keyed).sum();
        double spilled = records.stream().mapToLong(Client.Record::spilled).sum();
        return new Outcome(
                percentile(latencies, 50),
                percentile(latencies, 99),
                tallies.stream().mapToDouble(tally -> tally.failures).sum() / all,
                tallies.stream()
                        .mapToDouble(tally -> tally.parts().max().orElseThrow())
                        .average()
                        .orElseThrow(),
                tallies.stream()
                        .mapToDouble(tally -> tally.parts().min().orElseThrow())
                        .average()
                        .orElseThrow(),
                tallies.stream().mapToDouble(tally -> tally.faulty).sum() / all,
                1 - spilled / keyed,
                records.stream().mapToInt(Client.Record::mostCallsToEject).max().orElse(0));
    }

    /** The requests to each server, over those that it is to have by its weight. */
    DoubleStream parts() {
        double perWeight =
                (double) total() / weights.stream().mapToInt(Integer::intValue).sum();
        return IntStream.range(0, requests.length).mapToDouble(i -> requests[i] / (perWeight * weights.get(i)));
    }

    private int total() {
        return IntStream.of(requests).sum();
    }

    private static double percentile(long[] sorted, int percent) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) ((long) sorted.length * percent / 100)] / MILLISECOND;
    }
}

package io.github.zklb.strategy;

import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Admits a request to a candidate as long as its requests in flight stay within {@code bound} times its share of all:
 * consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, 2016), with weights. Lock-free.
 *
 * <p>With {@code m} requests in flight to the candidates, one of the share {@code s} of their weights has {@code ceil(bound ×
 * (m + 1) × s)} places, the request at hand being the one more, and {@value #FLOOR} at least: where few are in flight, one
 * or two at an endpoint are chance, not load. There are at least {@code m + 1} places, as the bound is at least 1 and the
 * shares add up to 1; so one of them is free. What is in flight elsewhere in the service, and to a candidate that is given
 * nothing, counts neither here nor there.
 *
 * <p><b>Why the bound holds however many threads pick.</b> A pick does not look at a count and leave it to the sender to
 * raise it: it {@linkplain EndpointLoad#tryReserve reserves} the place by one compare-and-set on the candidate's count,
 * which fails when the count has reached the limit. The limit follows from the sum of all counts, read one after the other
 * a little before: a request that is in flight all the time is in it, and none that is not at any moment since.
 *
 * <p><b>What the sum costs.</b> It is needed only where a candidate has {@value #FLOOR} in flight. Among fewer than {@value
 * #READS} times two candidates each pick reads it. Among more it is read again after an eighth as many picks that need it,
 * so that these pay for {@value #READS} counts each whatever their number; and when {@value #NANOS_FOR_EACH} ns for each
 * candidate have passed, so that what has ended since then, or came without needing the sum, soon counts. To keep one total
 * for each set of candidates would cost every call of every strategy a write that all threads share, and a total of the
 * whole service says nothing of a group of it.
 *
 * <p>{@link #anywhere} reads the sum itself. It finds all places taken only if another thread took one in between, so that
 * some thread always gets on.
 *
 * <p>Keys whose owner has a free place stay with it: the others do not count. When no request ever overflows, the mapping
 * is the plain one.
 */
final class BoundedLoad {

    /** Takes a product that is whole, but for rounding, as whole. */
    private static final double ROUNDING = 1 - 1e-12;

    /** The places of any candidate that is given a share. */
    static final int FLOOR = 4;

    /** So many counts are read for a pick that needs the sum, on average and at most, where such picks are many. */
    static final int READS = 8;

    /** A sum is out of date after so long for each count in it: that is more than a hundred times as long as to read one. */
    static final long NANOS_FOR_EACH = 10_000;

    private static final int ATTEMPTS = 1_000;

    private final double bound;
    private final double[] shares;
    private final EndpointLoad[] loads;

    /** Those of the candidates that are given a share. */
    private final EndpointLoad[] sharing;

    private final int picksForEachSum;

    /** Counts the picks that needed a sum. Threads may overwrite each other's counts: that only makes the next sum later. */
    private int picks;

    private final LongSupplier nanoTime;
    private volatile long lastSum;

    /** Written after the sum: whoever finds it recent finds that sum, or a later one. */
    private volatile long summedAt;

    /**
     * @param bound how far above its share a candidate may be loaded, at least 1; infinite for any load
     * @param parts the part of its share that each candidate is given; not all 0
     * @param all the loads of the service
     * @param nanoTime monotonic time
     */
    BoundedLoad(double bound, WeightedEndpoints candidates, double[] parts, EndpointLoads all, LongSupplier nanoTime) {
        this.bound = bound;
        this.shares = new double[parts.length];
        Arrays.setAll(shares, i -> candidates.weights()[i] * parts[i]);
        double total = Arrays.stream(shares).sum();
        Arrays.setAll(shares, i -> shares[i] / total);
        this.loads = Arrays.stream(candidates.endpoints()).map(all::of).toArray(EndpointLoad[]::new);
        this.sharing = IntStream.range(0, shares.length)
                .filter(i -> shares[i] > 0)
                .mapToObj(i -> loads[i])
                .toArray(EndpointLoad[]::new);
        this.picksForEachSum = Math.max(1, sharing.length / READS);
        this.nanoTime = nanoTime;
        this.summedAt = nanoTime.getAsLong();
        this.lastSum = sum();
    }

    /** Whether the candidate takes one more request; if so, it counts as picked. */
    boolean admits(int candidate) {
        return bound == Double.POSITIVE_INFINITY
                || shares[candidate] > 0
                        && (loads[candidate].tryReserve(FLOOR)
                                || loads[candidate].tryReserve(limit(candidate, recentSum())));
    }

    /** Whether the candidate has as many requests as it may; takes no place. */
    boolean isFull(int candidate) {
        return bound != Double.POSITIVE_INFINITY && loads[candidate].inFlight() >= limit(candidate, sum());
    }

    private int limit(int candidate, long inFlight) {
        return Math.max(FLOOR, (int) Math.ceil(bound * (inFlight + 1) * shares[candidate] * ROUNDING));
    }

    private long recentSum() {
        if (picksForEachSum == 1) {
            return sum();
        }
        long now = nanoTime.getAsLong();
        if (++picks % picksForEachSum != 0 && now - summedAt < NANOS_FOR_EACH * sharing.length) {
            return lastSum;
        }
        long sum = sum();
        lastSum = sum;
        summedAt = now;
        return sum;
    }

    private long sum() {
        long inFlight = 0;
        for (EndpointLoad load : sharing) {
            inFlight += load.inFlight();
        }
        return inFlight;
    }

    /** Whether a candidate has less in flight than another, each measured by its share. */
    boolean isLighter(int candidate, int other) {
        return loads[candidate].inFlight() * shares[other] < loads[other].inFlight() * shares[candidate];
    }

    /**
     * A candidate with a free place, the first one from a given candidate on.
     *
     * @return its index, or the given one if other threads were faster time and again
     */
    int anywhere(int start) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long inFlight = sum();
            for (int i = 0, candidate = start; i < loads.length; i++) {
                if (shares[candidate] > 0 && loads[candidate].tryReserve(limit(candidate, inFlight))) {
                    return candidate;
                }
                candidate = candidate + 1 < loads.length ? candidate + 1 : 0;
            }
        }
        return start;
    }
}

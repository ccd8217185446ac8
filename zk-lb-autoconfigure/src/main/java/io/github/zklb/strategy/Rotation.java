package io.github.zklb.strategy;

import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.WeightedEndpoints.Weighing;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;

/**
 * Smooth weighted rotation from a random start: any {@code W} picks in a row, with {@code W} the sum of the weights
 * divided by their greatest common divisor, go to the endpoints in exactly the ratios of their weights, and an endpoint's
 * picks are spread evenly over them. With equal weights it is one endpoint after the other in ring order. The cursor, a
 * count of the picks, outlives every change of the endpoints. O(1) a pick, O(n) memory whatever the weights.
 *
 * <p>A short cycle is written out so that at every moment each endpoint is less than one pick away from its ideal share.
 * A long one is computed by {@link StrideRotation}, which strays a little more.
 */
final class Rotation {

    private static final int NOBODY = -1;
    private static final int SHORT_CYCLE = 4_096;
    private static final int SHORT_CYCLE_PER_ENDPOINT = 8;

    /** Far enough below {@link Modulus#LIMIT} that no process lives to count so far. */
    private static final long STARTS = 1L << 48;

    private final long[] weights;
    private final int length;

    /** The number of the next turn of each candidate. */
    private final long[] next;

    /** The candidates whose next window opens at a turn: the first for each turn, and who follows each. */
    private final int[] firstToOpen;

    private final int[] followers;

    /** The open windows: when each closes, in the upper half, and whose it is. */
    private final PriorityQueue<Long> open = new PriorityQueue<>();

    private Rotation(long[] weights, int length) {
        this.weights = weights;
        this.length = length;
        this.next = new long[weights.length];
        this.firstToOpen = new int[length];
        this.followers = new int[weights.length];
        Arrays.fill(firstToOpen, NOBODY);
    }

    /**
     * The strategy. It starts anywhere, so that the clients of a service do not all begin with the same endpoint.
     *
     * @param weighing what counts as the weight of an endpoint
     */
    static Strategy strategy(StrategyContext context, Weighing weighing) {
        AtomicLong cursor = new AtomicLong(context.random().nextLong(STARTS));
        return new DrawStrategy(context.random(), weighing, false, candidates -> draw(candidates.weights(), cursor));
    }

    private static IntSupplier draw(long[] weights, AtomicLong cursor) {
        long divisor = Arrays.stream(weights).reduce(0, Rotation::gcd);
        long[] lowest = Arrays.stream(weights).map(weight -> weight / divisor).toArray();
        long length = Arrays.stream(lowest).sum();
        if (length >= StrideRotation.LONGEST_CYCLE) {
            return draw(coarser(lowest, length), cursor);
        }
        if (length > SHORT_CYCLE + (long) SHORT_CYCLE_PER_ENDPOINT * lowest.length) {
            return new StrideRotation(lowest, length, cursor);
        }
        int[] turns = turns(lowest, (int) length);
        Modulus cycle = Modulus.of(length);
        return () -> turns[(int) cycle.remainder(cursor.getAndIncrement())];
    }

    /** Half as far from the longest cycle, whose picks nobody will live to count. */
    private static long[] coarser(long[] weights, long length) {
        long divisor = 2 * (length / StrideRotation.LONGEST_CYCLE + 1);
        return Arrays.stream(weights)
                .map(weight -> Math.max(1, weight / divisor))
                .toArray();
    }

    private static long gcd(long a, long b) {
        return BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).longValue();
    }

    /**
     * The candidates of one cycle. Of its {@code W} turns, a candidate of weight {@code w} takes its turn number {@code u}
     * within the window from {@code floor(u × W / w)} to {@code ceil((u + 1) × W / w)}; that is the same as never being a
     * whole pick ahead or behind. Taking, at each turn, the open window that closes first meets every window: this is
     * proportionate fair scheduling on one processor (Baruah, Cohen, Plaxton and Varvel, "Proportionate progress", 1996).
     * Among windows that close together the ring's order decides, so equal weights give plain rotation. O(W log n).
     */
    static int[] turns(long[] weights, int length) {
        Rotation rotation = new Rotation(weights, length);
        IntStream.range(0, weights.length).forEach(rotation::open);
        return IntStream.range(0, length).map(rotation::take).toArray();
    }

    private int take(int turn) {
        for (int candidate = firstToOpen[turn]; candidate != NOBODY; candidate = followers[candidate]) {
            open(candidate);
        }
        int candidate = open.remove().intValue();
        if (++next[candidate] < weights[candidate]) {
            int opens = (int) (next[candidate] * length / weights[candidate]);
            if (opens <= turn) {
                open(candidate);
            } else {
                followers[candidate] = firstToOpen[opens];
                firstToOpen[opens] = candidate;
            }
        }
        return candidate;
    }

    private void open(int candidate) {
        long closes = ((next[candidate] + 1) * length + weights[candidate] - 1) / weights[candidate];
        open.add(closes << Integer.SIZE | candidate);
    }

    /**
     * The remainder of a division by a number that is known beforehand, by two multiplications: a division costs several
     * times as much as the rest of a pick.
     *
     * <p>With {@code m = floor((2^63 - 1) / d)} and {@code n < 2^62}, {@code floor(2n × m / 2^64)} falls short of {@code
     * floor(n / d)} by at most one: {@code 2^63 / d - m} is at most 2 for {@code d = 1} and less than 1 + 1/d otherwise, and
     * that times {@code n / 2^63} is at most 1. So one conditional subtraction puts the remainder right.
     *
     * @param divisor the divisor, at least 1
     * @param reciprocal the {@code m} above
     */
    record Modulus(long divisor, long reciprocal) {

        /** Dividends are less than this: 2^62. */
        static final long LIMIT = 1L << 62;

        static Modulus of(long divisor) {
            return new Modulus(divisor, Long.MAX_VALUE / divisor);
        }

        /** The remainder of {@code n}, which is from 0 to {@link #LIMIT} - 1. */
        long remainder(long n) {
            long remainder = n - Math.multiplyHigh(n << 1, reciprocal) * divisor;
            return remainder < divisor ? remainder : remainder - divisor;
        }
    }
}

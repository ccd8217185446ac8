package io.github.zklb.strategy;

import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.WeightedEndpoints.Weighing;
import java.util.Arrays;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;

/**
 * Draws at random in proportion to weight with one random number and two look-ups, however many weights there are:
 * an alias table. Immutable.
 *
 * <p>The weights are laid out in {@code n} columns of equal height; each column holds a piece of one weight and,
 * above it, a piece of another, its alias. A draw takes a column and a height. The layout is Vose's ("A linear
 * algorithm for generating random numbers with a given distribution", 1991) of Walker's method, in whole numbers: a
 * column is as high as the sum of the weights, and {@code n} times each weight is laid out, so nothing is lost
 * to rounding but the 32 bits in which a column's border is kept.
 */
final class WeightedRandom implements IntSupplier {

    private static final long LOW_32_BITS = 0xFFFF_FFFFL;

    /** A column each: the height of the border, as a fraction of 2^32, in the high half; the alias in the low half. */
    private final long[] columns;

    private final RandomGenerator random;

    /** A table of the given weights, at least one, each positive. */
    WeightedRandom(long[] weights, RandomGenerator random) {
        this.columns = columns(weights);
        this.random = random;
    }

    /**
     * The strategy that picks every endpoint with a probability in proportion to its weight.
     *
     * @param weighing what counts as the weight of an endpoint
     */
    static Strategy strategy(StrategyContext context, Weighing weighing) {
        return new DrawStrategy(
                context.random(),
                weighing,
                false,
                candidates -> new WeightedRandom(candidates.weights(), context.random()));
    }

    private static long[] columns(long[] weights) {
        int n = weights.length;
        long height = Arrays.stream(weights).sum();
        long[] rest = Arrays.stream(weights).map(weight -> weight * n).toArray();
        long[] columns = new long[n];
        int[] stack = new int[n]; // Those short of a column from the bottom, the others from the top.
        int small = 0;
        int large = n;
        for (int i = 0; i < n; i++) {
            stack[rest[i] < height ? small++ : --large] = i;
        }
        while (small > 0 && large < n) {
            int low = stack[--small];
            int high = stack[large];
            columns[low] = column(rest[low], height, high);
            rest[high] -= height - rest[low];
            if (rest[high] < height) {
                large++;
                stack[small++] = high;
            }
        }
        for (; large < n; large++) {
            columns[stack[large]] = stack[large]; // Full, so the border does not matter.
        }
        return columns;
    }

    private static long column(long border, long height, int alias) {
        return (long) ((double) border / height * (1L << 32)) << 32 | alias;
    }

    /** The index of one of the weights. */
    @Override
    public int getAsInt() {
        long bits = random.nextLong();
        int column = (int) ((bits >>> 32) * columns.length >>> 32);
        long cell = columns[column];
        return (bits & LOW_32_BITS) < cell >>> 32 ? column : (int) cell;
    }
}

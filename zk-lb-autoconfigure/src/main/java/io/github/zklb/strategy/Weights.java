package io.github.zklb.strategy;

import java.math.BigInteger;
import java.util.Arrays;

/** Arithmetic on weights, which are positive. */
final class Weights {

    private Weights() {}

    /**
     * The largest power of two not above the mean of the weights: what counts as one share. A change of one weight
     * changes it only when the mean crosses a power of two.
     */
    static long unit(long[] weights) {
        return Long.highestOneBit(Arrays.stream(weights).sum() / weights.length);
    }

    /** The smallest weights of the same ratios. */
    static long[] lowestTerms(long[] weights) {
        long divisor = Arrays.stream(weights).reduce(0, Weights::gcd);
        return Arrays.stream(weights).map(weight -> weight / divisor).toArray();
    }

    private static long gcd(long a, long b) {
        return BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).longValue();
    }
}

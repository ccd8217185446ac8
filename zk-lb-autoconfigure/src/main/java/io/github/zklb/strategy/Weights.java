package io.github.zklb.strategy;

import java.util.Arrays;

/** Arithmetic on weights. */
final class Weights {

    private Weights() {}

    /**
     * The largest power of two not above the mean of the weights: what counts as one share. A change of one weight
     * changes it only when the mean crosses a power of two.
     */
    static long unit(long[] weights) {
        return Long.highestOneBit(Arrays.stream(weights).sum() / weights.length);
    }
}

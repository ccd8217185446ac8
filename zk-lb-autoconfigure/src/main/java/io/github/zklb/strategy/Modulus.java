package io.github.zklb.strategy;

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

package io.github.zklb.strategy;

import io.github.zklb.strategy.Rotation.Modulus;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.LongStream;

/**
 * A weighted rotation whose cycle of {@code W} picks is computed, not stored.
 *
 * <p>The cycle is {@code W} slots, of which each endpoint owns as many in a row as its weight. Pick number {@code c}
 * takes slot {@code c × stride mod W}. Because the stride has no factor in common with {@code W}, any {@code W} picks in
 * a row take every slot once, which makes the ratios exact. Because it divides {@code W} nearly as the golden ratio
 * does, the picks of an endpoint are spread evenly: the gaps between them take at most three lengths (Steinhaus), and
 * the running share strays from the ideal by no more than a fraction of the sum of the partial quotients of {@code
 * stride / W}, which is why the stride is the one near {@code W / φ} for which that sum is least.
 *
 * <p>The owner of a slot is found by a table of two to four buckets for each endpoint, which tells the owners that a
 * bucket's slots can have; among these by binary search. Most buckets have one or two. O(n) memory; a draw costs O(1)
 * on average over the cycle and never more than O(log n).
 */
final class StrideRotation implements IntSupplier {

    /** The sums of weights are less than this. */
    static final long LONGEST_CYCLE = 1L << 44;

    private static final double GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;

    /** Of any 66 numbers in a row one has no factor in common with a number below 2^44 (Jacobsthal's function). */
    private static final int STRIDES_EITHER_SIDE = 64;

    /** {@code slot × stride} fits {@link Modulus#LIMIT} when taken in pieces of so many bits of the stride. */
    private static final int PIECE_BITS = 17;

    private static final long ONE_PIECE_CYCLE = 1L << 31;

    private final long[] ends;
    private final int[] firstOwners;
    private final int bucketBits;
    private final Modulus cycle;
    private final long strideHigh;
    private final long strideLow;
    private final AtomicLong cursor;

    /**
     * @param weights the candidates' weights, each at least 1
     * @param length the sum of the weights, at least 256 and less than 2^44
     * @param cursor counts the picks
     */
    StrideRotation(long[] weights, long length, AtomicLong cursor) {
        this.ends = weights.clone();
        for (int i = 1; i < ends.length; i++) {
            ends[i] += ends[i - 1];
        }
        this.bucketBits = Math.max(0, 63 - Long.numberOfLeadingZeros(length / (2L * weights.length)));
        this.firstOwners = firstOwners(ends, bucketBits);
        this.cycle = Modulus.of(length);
        this.cursor = cursor;
        long stride = stride(length);
        boolean onePiece = length <= ONE_PIECE_CYCLE;
        this.strideHigh = onePiece ? 0 : stride >>> PIECE_BITS;
        this.strideLow = onePiece ? stride : stride & ((1L << PIECE_BITS) - 1);
    }

    /** The owner of each bucket's first slot, and once more the last owner. */
    private static int[] firstOwners(long[] ends, int bucketBits) {
        int last = ends.length - 1;
        int[] owners = new int[(int) (ends[last] - 1 >>> bucketBits) + 2];
        int owner = 0;
        for (int bucket = 0; bucket < owners.length - 1; bucket++) {
            while (ends[owner] <= (long) bucket << bucketBits) {
                owner++;
            }
            owners[bucket] = owner;
        }
        owners[owners.length - 1] = last;
        return owners;
    }

    private static long stride(long length) {
        long golden = Math.round(length / GOLDEN_RATIO);
        return LongStream.rangeClosed(golden - STRIDES_EITHER_SIDE, golden + STRIDES_EITHER_SIDE)
                .boxed()
                .min(Comparator.comparingLong(stride -> partialQuotients(length, stride)))
                .orElseThrow();
    }

    /** The sum of the partial quotients of a / b; as good as infinite when the two have a common factor. */
    private static long partialQuotients(long a, long b) {
        long sum = 0;
        while (b != 0) {
            sum += a / b;
            long rest = a % b;
            a = b;
            b = rest;
        }
        return a == 1 ? sum : Long.MAX_VALUE;
    }

    @Override
    public int getAsInt() {
        long slot = slot(cursor.getAndIncrement());
        int bucket = (int) (slot >>> bucketBits);
        int found = Arrays.binarySearch(ends, firstOwners[bucket], firstOwners[bucket + 1], slot);
        return found < 0 ? -found - 1 : found + 1; // The first whose end is after the slot.
    }

    private long slot(long count) {
        long turn = cycle.remainder(count);
        long high = strideHigh == 0 ? 0 : cycle.remainder(turn * strideHigh) << PIECE_BITS;
        return cycle.remainder(high + turn * strideLow);
    }
}

package io.github.zklb.strategy;

/**
 * The borders of the buckets into which hashes in unsigned order fall by their leading bits.
 *
 * @param starts the index of the first hash of each bucket, and the number of hashes
 * @param shift what makes a hash the number of its bucket
 */
record Guide(int[] starts, int shift) {

    /** A guide with one or two hashes in a bucket on average, and at least two buckets. */
    static Guide of(long[] hashes) {
        return of(hashes, Math.max(1, 31 - Integer.numberOfLeadingZeros(hashes.length)));
    }

    /** A guide with {@code 2^bits} buckets; the hashes may have any order. */
    static Guide of(long[] hashes, int bits) {
        int shift = Long.SIZE - bits;
        int[] starts = new int[(1 << bits) + 1];
        for (long hash : hashes) {
            starts[(int) (hash >>> shift) + 1]++;
        }
        for (int bucket = 1; bucket < starts.length; bucket++) {
            starts[bucket] += starts[bucket - 1];
        }
        return new Guide(starts, shift);
    }

    int bucket(long hash) {
        return (int) (hash >>> shift);
    }

    int start(long hash) {
        return starts[bucket(hash)];
    }
}

package io.github.zklb.strategy;

import java.util.Arrays;

/**
 * The virtual nodes of a ring, in unsigned order. Those with equal hashes have the order of their owners, which is that
 * of the identities.
 *
 * @param hashes where they are
 * @param marks the first half of each hash and, in the other half, the index of its owner: what a look-up reads, in one
 *     place, unless the hash of a key begins as that of a point does
 */
record Points(long[] hashes, long[] marks) {

    private static final long FIRST_HALF = -1L << 32;

    /** Few enough buckets that writing to all of them in turn stays within the cache. */
    private static final int COARSE_BITS = 10;

    /** The first so many points of the candidates with the given seeds. */
    static Points of(long[] seeds, long[] counts) {
        Points points = empty((int) Arrays.stream(counts).sum());
        int place = 0;
        for (int owner = 0; owner < counts.length; owner++) {
            for (int i = 0; i < counts[owner]; i++) {
                points.put(place++, Hashing.ofIndex(seeds[owner], i), owner);
            }
        }
        points = points.distribute(Buckets.of(points.hashes, COARSE_BITS)).distribute(Buckets.of(points.hashes));
        points.order();
        return points;
    }

    private static Points empty(int size) {
        return new Points(new long[size], new long[size]);
    }

    private void put(int place, long hash, int owner) {
        hashes[place] = hash;
        marks[place] = hash & FIRST_HALF | owner;
    }

    int owner(int place) {
        return (int) marks[place];
    }

    /** The first point at or after a hash, or their number if there is none. Those before {@code from} are not looked at. */
    int firstFrom(long hash, int from) {
        int next = from;
        while (next < marks.length && Long.compareUnsigned(marks[next], hash & FIRST_HALF) < 0) {
            next++;
        }
        while (next < marks.length && ((marks[next] ^ hash) & FIRST_HALF) == 0 && isBefore(next, hash, 0)) {
            next++;
        }
        return next;
    }

    /** Into the buckets, otherwise in the order they have. */
    private Points distribute(Buckets buckets) {
        Points result = empty(size());
        int[] next = buckets.starts().clone();
        for (int i = 0; i < size(); i++) {
            result.put(next[buckets.bucket(hashes[i])]++, hashes[i], owner(i));
        }
        return result;
    }

    /** By insertion, which takes linear time once each point is in the right bucket. */
    private void order() {
        for (int i = 1; i < size(); i++) {
            long hash = hashes[i];
            int owner = owner(i);
            int place = i;
            for (; place > 0 && Long.compareUnsigned(hashes[place - 1], hash) > 0; place--) {
                put(place, hashes[place - 1], owner(place - 1));
            }
            put(place, hash, owner);
        }
    }

    /** These points, but for those whose owners have gone, together with others. */
    Points merge(int[] indexes, Points others) {
        int kept = 0;
        for (int i = 0; i < size(); i++) {
            kept += indexes[owner(i)] == WeightedEndpoints.GONE ? 0 : 1;
        }
        Points result = empty(kept + others.size());
        int place = 0;
        int other = 0;
        for (int i = 0; i < size(); i++) {
            int owner = indexes[owner(i)];
            if (owner != WeightedEndpoints.GONE) {
                while (other < others.size() && others.isBefore(other, hashes[i], owner)) {
                    result.put(place++, others.hashes[other], others.owner(other++));
                }
                result.put(place++, hashes[i], owner);
            }
        }
        for (; other < others.size(); other++) {
            result.put(place++, others.hashes[other], others.owner(other));
        }
        return result;
    }

    private boolean isBefore(int place, long hash, int owner) {
        int order = Long.compareUnsigned(hashes[place], hash);
        return order < 0 || order == 0 && owner(place) < owner;
    }

    int size() {
        return hashes.length;
    }

    /**
     * The borders of the buckets into which hashes in unsigned order fall by their leading bits.
     *
     * @param starts the index of the first hash of each bucket, and the number of hashes
     * @param shift what makes a hash the number of its bucket
     */
    record Buckets(int[] starts, int shift) {

        /** As many that one or two hashes are in a bucket on average, and at least two. */
        static Buckets of(long[] hashes) {
            return of(hashes, Math.max(1, 31 - Integer.numberOfLeadingZeros(hashes.length)));
        }

        /** {@code 2^bits} buckets; the hashes may have any order. */
        static Buckets of(long[] hashes, int bits) {
            int shift = Long.SIZE - bits;
            int[] starts = new int[(1 << bits) + 1];
            for (long hash : hashes) {
                starts[(int) (hash >>> shift) + 1]++;
            }
            for (int bucket = 1; bucket < starts.length; bucket++) {
                starts[bucket] += starts[bucket - 1];
            }
            return new Buckets(starts, shift);
        }

        int bucket(long hash) {
            return (int) (hash >>> shift);
        }

        int start(long hash) {
            return starts[bucket(hash)];
        }
    }
}

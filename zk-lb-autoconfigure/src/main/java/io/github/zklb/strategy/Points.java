package io.github.zklb.strategy;

/**
 * The virtual nodes of a ring, in unsigned order. Those with equal hashes have the order of their owners, which is that
 * of the identities.
 *
 * @param hashes where they are
 * @param owners whose they are
 */
record Points(long[] hashes, int[] owners) {

    /** Few enough buckets that writing to all of them in turn stays within the cache. */
    private static final int COARSE_BITS = 10;

    /** The first so many points of the candidates with the given seeds. */
    static Points of(long[] seeds, long[] counts) {
        long size = 0;
        for (long count : counts) {
            size += count;
        }
        Points points = empty((int) size);
        int place = 0;
        for (int owner = 0; owner < counts.length; owner++) {
            for (int i = 0; i < counts[owner]; i++) {
                points.put(place++, Hashing.XXH3.ofIndex(seeds[owner], i), owner);
            }
        }
        points = points.distribute(Guide.of(points.hashes, COARSE_BITS)).distribute(Guide.of(points.hashes));
        points.order();
        return points;
    }

    private static Points empty(int size) {
        return new Points(new long[size], new int[size]);
    }

    private void put(int place, long hash, int owner) {
        hashes[place] = hash;
        owners[place] = owner;
    }

    /** Into the buckets of the guide, otherwise in the order they have. */
    private Points distribute(Guide guide) {
        Points result = empty(size());
        int[] next = guide.starts().clone();
        for (int i = 0; i < size(); i++) {
            result.put(next[guide.bucket(hashes[i])]++, hashes[i], owners[i]);
        }
        return result;
    }

    /** By insertion, which takes linear time once each point is in the right bucket. */
    private void order() {
        for (int i = 1; i < size(); i++) {
            long hash = hashes[i];
            int owner = owners[i];
            int place = i;
            for (; place > 0 && Long.compareUnsigned(hashes[place - 1], hash) > 0; place--) {
                put(place, hashes[place - 1], owners[place - 1]);
            }
            put(place, hash, owner);
        }
    }

    /** These points, but for those whose owners have gone, together with others. */
    Points merge(int[] moved, Points others) {
        int kept = 0;
        for (int owner : owners) {
            kept += moved[owner] == Moves.GONE ? 0 : 1;
        }
        Points result = empty(kept + others.size());
        int place = 0;
        int other = 0;
        for (int i = 0; i < size(); i++) {
            int owner = moved[owners[i]];
            if (owner != Moves.GONE) {
                while (other < others.size() && others.isBefore(other, hashes[i], owner)) {
                    result.put(place++, others.hashes[other], others.owners[other++]);
                }
                result.put(place++, hashes[i], owner);
            }
        }
        for (; other < others.size(); other++) {
            result.put(place++, others.hashes[other], others.owners[other]);
        }
        return result;
    }

    private boolean isBefore(int place, long hash, int owner) {
        int order = Long.compareUnsigned(hashes[place], hash);
        return order < 0 || order == 0 && owners[place] < owner;
    }

    int size() {
        return hashes.length;
    }
}

package io.github.zklb.strategy;

import java.util.Arrays;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * A consistent hash ring (Karger et al., 1997): each candidate owns virtual nodes, points given by the hashes of its
 * identity and a number, and a key belongs to the first virtual node at or after its hash, in unsigned order, wrapping
 * at the end. Immutable.
 *
 * <p><b>Weights.</b> A candidate has {@code virtualNodes × share} virtual nodes, rounded, and at least one; the {@linkplain
 * WeightedEndpoints#shares share} is the weight in a unit that is a power of 16 near the median, so a change of one
 * candidate changes the virtual nodes of no other unless it makes the median cross one of few borders. Where there would be
 * more than {@value #MAX_POINTS}, {@code virtualNodes} is halved until there are not: a function of the candidates alone, so
 * all clients agree.
 *
 * <p><b>Memory.</b> A point is one number: the first 40 bits of its hash, and the index of its owner. The rest of the hash
 * is computed again in the rare case that it decides, because a key or another point begins in the same way. With the
 * buckets, 10 to 12 bytes a point.
 *
 * <p><b>Cost.</b> Linear to build, since hashes are uniform: the points are put into buckets by their leading bits. The
 * borders of the buckets remain, by which a look-up passes one or two points on average instead of searching. A ring that
 * follows another one takes over the points of the candidates that are the same, in the order that they have.
 */
final class Ring implements KeyTable {

    /** At most 48 MiB. */
    static final int MAX_POINTS = 1 << 22;

    private static final int OWNER_BITS = 24;
    private static final long OWNER = (1L << OWNER_BITS) - 1;

    /** Few enough buckets that writing to all of them in turn stays within the cache. */
    private static final int COARSE_BITS = 10;

    private final WeightedEndpoints candidates;
    private final long[] counts;
    private final long[] points;
    private final int bucketBits;
    private final int[] starts;

    private Ring(WeightedEndpoints candidates, long[] counts, long[] kept, long[] missing) {
        this.candidates = candidates;
        this.counts = counts;
        this.points = merged(kept, sorted(pointsOf(candidates.seeds(), missing)));
        this.bucketBits = bits(points.length);
        this.starts = starts(points, bucketBits);
    }

    /**
     * A ring of at least one candidate.
     *
     * @param counts how many virtual nodes each has
     */
    static Ring of(WeightedEndpoints candidates, long[] counts) {
        return new Ring(candidates, counts, new long[0], counts);
    }

    /** The ring of other candidates, equal to {@link #of} but made from this one as far as they are the same. */
    Ring next(WeightedEndpoints others, long[] nextCounts) {
        int[] indexes = candidates.indexesAmong(others, counts, nextCounts);
        long[] missing = nextCounts.clone();
        Arrays.stream(indexes).filter(index -> index != WeightedEndpoints.GONE).forEach(index -> missing[index] = 0);
        long[] kept = Arrays.stream(points)
                .filter(point -> indexes[ownerOf(point)] != WeightedEndpoints.GONE)
                .map(point -> point & ~OWNER | indexes[ownerOf(point)])
                .toArray();
        return new Ring(others, nextCounts, kept, missing);
    }

    /**
     * How many virtual nodes each candidate has.
     *
     * @param virtualNodes the virtual nodes of a candidate whose share is 1
     * @param most the most that all have together, unless one for each is more
     */
    static long[] counts(WeightedEndpoints candidates, int virtualNodes, int most) {
        double[] shares = candidates.shares();
        double all = Arrays.stream(shares).sum();
        double perShare = virtualNodes;
        while (perShare * all + shares.length > most && perShare * all > 1) {
            perShare /= 2;
        }
        double fitting = perShare;
        return Arrays.stream(shares)
                .mapToLong(share -> Math.max(1, Math.round(fitting * share)))
                .toArray();
    }

    private static long[] pointsOf(long[] seeds, long[] counts) {
        long[] points = new long[(int) Arrays.stream(counts).sum()];
        int place = 0;
        for (int owner = 0; owner < counts.length; owner++) {
            for (int i = 0; i < counts[owner]; i++) {
                points[place++] = Hashing.ofIndex(seeds[owner], i) & ~OWNER | owner;
            }
        }
        return points;
    }

    /** In order, by insertion, which takes linear time once each point is in the right bucket. */
    private long[] sorted(long[] some) {
        long[] sorted = distributed(distributed(some, COARSE_BITS), bits(some.length));
        for (int i = 1; i < sorted.length; i++) {
            long point = sorted[i];
            int place = i;
            for (; place > 0 && isBefore(point, sorted[place - 1]); place--) {
                sorted[place] = sorted[place - 1];
            }
            sorted[place] = point;
        }
        return sorted;
    }

    private long[] merged(long[] some, long[] others) {
        if (some.length == 0) {
            return others;
        }
        long[] merged = new long[some.length + others.length];
        int other = 0;
        for (int i = 0; i < some.length; i++) {
            while (other < others.length && isBefore(others[other], some[i])) {
                merged[i + other] = others[other++];
            }
            merged[i + other] = some[i];
        }
        System.arraycopy(others, other, merged, some.length + other, others.length - other);
        return merged;
    }

    private boolean isBefore(long point, long other) {
        if (((point ^ other) & ~OWNER) != 0) {
            return Long.compareUnsigned(point, other) < 0;
        }
        int order = Long.compareUnsigned(hash(point), hash(other));
        return order < 0 || order == 0 && ownerOf(point) < ownerOf(other); // Which is the order of the identities.
    }

    /** The whole hash of a point: that of its owner which begins so. */
    private long hash(long point) {
        long seed = candidates.seeds()[ownerOf(point)];
        long hash = Hashing.ofIndex(seed, 0);
        for (int i = 1; ((hash ^ point) & ~OWNER) != 0; i++) {
            hash = Hashing.ofIndex(seed, i);
        }
        return hash;
    }

    private static int ownerOf(long point) {
        return (int) (point & OWNER);
    }

    /** For as many buckets that one or two points are in each on average, and for two at least. */
    private static int bits(int size) {
        return Math.max(1, 31 - Integer.numberOfLeadingZeros(size));
    }

    /** The index of the first point of each bucket, and the number of points; these may have any order. */
    private static int[] starts(long[] points, int bits) {
        int[] starts = new int[(1 << bits) + 1];
        for (long point : points) {
            starts[bucket(point, bits) + 1]++;
        }
        for (int bucket = 1; bucket < starts.length; bucket++) {
            starts[bucket] += starts[bucket - 1];
        }
        return starts;
    }

    /** Into their buckets, otherwise in the order they have. */
    private static long[] distributed(long[] points, int bits) {
        int[] next = starts(points, bits);
        long[] result = new long[points.length];
        for (long point : points) {
            result[next[bucket(point, bits)]++] = point;
        }
        return result;
    }

    private static int bucket(long hash, int bits) {
        return (int) (hash >>> Long.SIZE - bits);
    }

    @Override
    public int size() {
        return points.length;
    }

    @Override
    public int find(long hash) {
        long beginning = hash & ~OWNER;
        int place = starts[bucket(hash, bucketBits)];
        while (place < points.length && Long.compareUnsigned(points[place], beginning) < 0) {
            place++;
        }
        while (place < points.length
                && (points[place] & ~OWNER) == beginning
                && Long.compareUnsigned(hash(points[place]), hash) < 0) {
            place++;
        }
        return place < points.length ? place : 0;
    }

    @Override
    public int owner(int place) {
        return ownerOf(points[place]);
    }

    /** To the 40 bits of a point that are kept, which are the same in every ring that has the point. */
    @Override
    public double end(int arc) {
        return (points[arc] >>> OWNER_BITS) * 0x1p-40;
    }

    /**
     * What the rings of a client may have in points together. Each new one gets what it asks for, but no more than half of
     * what is left, so that there is always something for the next; what it once got it keeps. Thread-safe.
     */
    static final class Budget {

        /** At most 400 MB, but for the one point of each endpoint of each ring. */
        static final int MOST = 1 << 25;

        private final int most;
        private final Map<Object, Integer> granted = new WeakHashMap<>();

        Budget(int most) {
            this.most = most;
        }

        /**
         * How many points a ring may have.
         *
         * @param owner who has the ring; a former one of its is given back. Known as long as somebody holds it
         */
        synchronized int grant(Object owner, int wanted) {
            int before = granted.getOrDefault(owner, 0);
            int grant = Math.min(wanted, Math.max(before, (most - total() + before) / 2));
            granted.put(owner, grant);
            return grant;
        }

        /** Whether so much is granted that further rings may be cut. */
        synchronized boolean isShort() {
            return total() > most / 4 * 3;
        }

        private int total() {
            return granted.values().stream().mapToInt(Integer::intValue).sum();
        }
    }
}

package io.github.zklb.strategy;

/**
 * A consistent hash ring (Karger et al., 1997): each candidate owns virtual nodes, points given by the hashes of its
 * identity and a number, and a key belongs to the first virtual node at or after its hash, in unsigned order, wrapping
 * at the end.
 *
 * <p><b>Weights.</b> A candidate has {@code virtualNodes × weight / unit} virtual nodes, rounded, and at least one. The
 * unit is the largest power of two not above the mean weight; so a change of one candidate changes the virtual nodes of
 * no other, except when it makes the mean cross a power of two. The mean is less than two units, so that there are at
 * most {@code 2n × virtualNodes + n} virtual nodes however far the weights are apart. Where that would exceed
 * {@value #MAX_POINTS}, {@code virtualNodes} is halved until it does not: a function of the number of candidates alone,
 * so all clients agree.
 *
 * <p><b>Layout.</b> Hashes are uniform, hence a bucket sort by their leading bits orders the points in linear time, and
 * its bucket borders remain as the guide to a look-up: one or two points on average instead of a binary search. Points
 * with equal hashes keep the order of their owners, which is that of the identities. About 15 bytes a virtual node.
 */
final class Ring implements KeyTable {

    /** At most 64 MiB. */
    static final int MAX_POINTS = 1 << 22;

    private final long[] points;
    private final int[] owners;
    private final int[] guide;
    private final int bucketShift;

    private Ring(long[] points, int[] owners, int[] guide, int bucketShift) {
        this.points = points;
        this.owners = owners;
        this.guide = guide;
        this.bucketShift = bucketShift;
    }

    /**
     * A ring of at least one candidate.
     *
     * @param virtualNodes the virtual nodes of a candidate whose weight is one unit
     */
    static Ring of(Candidates candidates, int virtualNodes) {
        int[] counts = virtualNodes(candidates.weights(), virtualNodes);
        int size = 0;
        for (int count : counts) {
            size += count;
        }
        int buckets = Math.max(2, Integer.highestOneBit(size));
        int bucketShift = Long.numberOfLeadingZeros(buckets) + 1;

        long[] hashes = new long[size];
        int[] guide = new int[buckets + 1];
        long[] seeds = candidates.hashes();
        int made = 0;
        for (int owner = 0; owner < counts.length; owner++) {
            for (int i = 0; i < counts[owner]; i++) {
                long hash = Hashing.XXH3.ofIndex(seeds[owner], i);
                hashes[made++] = hash;
                guide[(int) (hash >>> bucketShift)]++;
            }
        }
        return sort(hashes, counts, guide, bucketShift);
    }

    private static int[] virtualNodes(long[] weights, int virtualNodes) {
        long total = 0;
        for (long weight : weights) {
            total += weight;
        }
        long unit = Long.highestOneBit(total / weights.length);
        long perUnit = virtualNodes;
        while (perUnit > 1 && (2 * perUnit + 1) * weights.length > MAX_POINTS) {
            perUnit >>= 1;
        }
        int[] counts = new int[weights.length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (int) Math.max(1, (perUnit * weights[i] + unit / 2) / unit);
        }
        return counts;
    }

    /** Puts each hash into its bucket, in the order of owners, then orders each bucket by insertion. */
    private static Ring sort(long[] hashes, int[] counts, int[] guide, int bucketShift) {
        int start = 0;
        for (int bucket = 0; bucket < guide.length; bucket++) {
            int count = guide[bucket];
            guide[bucket] = start;
            start += count;
        }
        int[] ends = guide.clone();
        long[] points = new long[hashes.length];
        int[] owners = new int[hashes.length];
        int taken = 0;
        for (int owner = 0; owner < counts.length; owner++) {
            for (int i = 0; i < counts[owner]; i++) {
                long hash = hashes[taken++];
                int bucket = (int) (hash >>> bucketShift);
                int place = ends[bucket]++;
                while (place > guide[bucket] && points[place - 1] > hash) {
                    points[place] = points[place - 1];
                    owners[place] = owners[place - 1];
                    place--;
                }
                points[place] = hash;
                owners[place] = owner;
            }
        }
        return new Ring(points, owners, guide, bucketShift);
    }

    @Override
    public int size() {
        return points.length;
    }

    @Override
    public int find(long hash) {
        int bucket = (int) (hash >>> bucketShift);
        int place = guide[bucket];
        int end = guide[bucket + 1];
        while (place < end && points[place] < hash) { // Within a bucket the sign is one, so this is unsigned order.
            place++;
        }
        return place < points.length ? place : 0;
    }

    @Override
    public int owner(int place) {
        return owners[place];
    }
}

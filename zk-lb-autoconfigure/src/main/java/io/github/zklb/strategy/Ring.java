package io.github.zklb.strategy;

import java.util.Arrays;

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
 * <p><b>Cost.</b> Linear to build, since hashes are uniform: the points are put into buckets by their leading bits. The
 * borders of the buckets remain, by which a look-up passes one or two points on average instead of searching. A ring that
 * follows another one takes over the points of the candidates that are the same. About 19 bytes a point.
 *
 * @param candidates the candidates
 * @param counts how many virtual nodes each has
 * @param points the virtual nodes
 * @param buckets the buckets of their hashes
 */
record Ring(WeightedEndpoints candidates, long[] counts, Points points, Points.Buckets buckets) implements KeyTable {

    /** At most 80 MiB. */
    static final int MAX_POINTS = 1 << 22;

    /**
     * A ring of at least one candidate.
     *
     * @param virtualNodes the virtual nodes of a candidate whose share is 1
     */
    static Ring of(WeightedEndpoints candidates, int virtualNodes) {
        long[] counts = counts(candidates, virtualNodes);
        return of(candidates, counts, Points.of(candidates.seeds(), counts));
    }

    private static Ring of(WeightedEndpoints candidates, long[] counts, Points points) {
        return new Ring(candidates, counts, points, Points.Buckets.of(points.hashes()));
    }

    /** The ring of other candidates, equal to {@link #of} but made from this one as far as they are the same. */
    Ring next(WeightedEndpoints others, int virtualNodes) {
        long[] nextCounts = counts(others, virtualNodes);
        int[] indexes = candidates.indexesAmong(others, counts, nextCounts);
        long[] missing = nextCounts.clone();
        Arrays.stream(indexes).filter(index -> index != WeightedEndpoints.GONE).forEach(index -> missing[index] = 0);
        return of(others, nextCounts, points.merge(indexes, Points.of(others.seeds(), missing)));
    }

    private static long[] counts(WeightedEndpoints candidates, int virtualNodes) {
        double[] shares = candidates.shares();
        double all = Arrays.stream(shares).sum();
        double perShare = virtualNodes;
        while (perShare * all + shares.length > MAX_POINTS && perShare * all > 1) {
            perShare /= 2;
        }
        double fitting = perShare;
        return Arrays.stream(shares)
                .mapToLong(share -> Math.max(1, Math.round(fitting * share)))
                .toArray();
    }

    @Override
    public int size() {
        return points.size();
    }

    @Override
    public int find(long hash) {
        int place = points.firstFrom(hash, buckets.start(hash));
        return place < points.size() ? place : 0;
    }

    @Override
    public int owner(int place) {
        return points.owner(place);
    }
}

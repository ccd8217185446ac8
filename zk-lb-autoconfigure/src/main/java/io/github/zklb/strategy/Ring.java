package io.github.zklb.strategy;

import java.util.Arrays;

/**
 * A consistent hash ring (Karger et al., 1997): each candidate owns virtual nodes, points given by the hashes of its
 * identity and a number, and a key belongs to the first virtual node at or after its hash, in unsigned order, wrapping
 * at the end. Immutable.
 *
 * <p><b>Weights.</b> A candidate has {@code virtualNodes × weight / unit} virtual nodes, rounded, and at least one; the
 * {@linkplain Weights#unit unit} is a power of two near the mean, so a change of one candidate changes the virtual nodes
 * of no other unless it makes the mean cross a power of two. The mean is less than two units, so that there are at most
 * {@code 2n × virtualNodes + n} virtual nodes however far the weights are apart. Where that would exceed
 * {@value #MAX_POINTS}, {@code virtualNodes} is halved until it does not: a function of the number of candidates alone,
 * so all clients agree.
 *
 * <p><b>Cost.</b> Linear to build, since hashes are uniform: the points are put into buckets by their leading bits. The
 * borders of the buckets remain as a guide, by which a look-up passes one or two points on average instead of searching.
 * A ring that follows another one takes over the points of the candidates that are the same. About 19 bytes a point.
 */
final class Ring implements KeyTable {

    /** At most 80 MiB. */
    static final int MAX_POINTS = 1 << 22;

    private final long[] seeds;
    private final long[] counts;
    private final Points points;
    private final Guide guide;

    private Ring(long[] seeds, long[] counts, Points points) {
        this.seeds = seeds;
        this.counts = counts;
        this.points = points;
        this.guide = Guide.of(points.hashes());
    }

    /**
     * A ring of at least one candidate.
     *
     * @param virtualNodes the virtual nodes of a candidate whose weight is one unit
     */
    static Ring of(Candidates candidates, int virtualNodes) {
        long[] seeds = candidates.hashes();
        long[] counts = counts(candidates.weights(), virtualNodes);
        return new Ring(seeds, counts, Points.of(seeds, counts));
    }

    /** The ring of other candidates, equal to {@link #of} but made from this one as far as they are the same. */
    Ring next(Candidates candidates, int virtualNodes) {
        long[] nextSeeds = candidates.hashes();
        long[] nextCounts = counts(candidates.weights(), virtualNodes);
        int[] moved = Moves.between(seeds, counts, nextSeeds, nextCounts);
        long[] missing = nextCounts.clone();
        Arrays.stream(moved).filter(index -> index != Moves.GONE).forEach(index -> missing[index] = 0);
        return new Ring(nextSeeds, nextCounts, points.merge(moved, Points.of(nextSeeds, missing)));
    }

    private static long[] counts(long[] weights, int virtualNodes) {
        long unit = Weights.unit(weights);
        long perUnit = virtualNodes;
        while (perUnit > 1 && (2 * perUnit + 1) * weights.length > MAX_POINTS) {
            perUnit >>= 1;
        }
        long fitting = perUnit;
        return Arrays.stream(weights)
                .map(weight -> Math.max(1, (fitting * weight + unit / 2) / unit))
                .toArray();
    }

    @Override
    public int size() {
        return points.size();
    }

    @Override
    public int find(long hash) {
        int place = points.firstFrom(hash, guide.start(hash));
        return place < points.size() ? place : 0;
    }

    @Override
    public int owner(int place) {
        return points.owner(place);
    }
}

package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import java.util.Arrays;

/**
 * Admits to a candidate the part of its keys that it accepts. Which keys these are follows from key and candidate, so
 * that a key changes its endpoint once while the candidate accepts more and more, and only to the candidate.
 */
final class PartialAcceptance implements Admission {

    private final double[] parts;
    private final long[] seeds;

    private PartialAcceptance(double[] parts, long[] seeds) {
        this.parts = parts;
        this.seeds = seeds;
    }

    /** The part of its share that each endpoint accepts, in proportion to the one that accepts most, which gets 1. */
    static double[] parts(Endpoint[] endpoints, Acceptance acceptance) {
        double[] parts = Arrays.stream(endpoints).mapToDouble(acceptance::of).toArray();
        double most = Arrays.stream(parts).max().orElse(0);
        return Arrays.stream(parts).map(part -> most > 0 ? part / most : 1).toArray();
    }

    /**
     * The admission by parts.
     *
     * @param parts the part that each candidate accepts
     * @param seeds the hashes of the candidates' identities
     */
    static Admission of(double[] parts, long[] seeds) {
        return Arrays.stream(parts).allMatch(part -> part >= 1) ? FREE : new PartialAcceptance(parts, seeds);
    }

    @Override
    public boolean admits(int candidate, long hash) {
        double part = parts[candidate];
        return part >= 1 || (Hashing.XXH3.ofIndex(seeds[candidate], hash) >>> 11) * 0x1p-53 < part;
    }
}

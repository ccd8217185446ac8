package io.github.zklb.strategy;

/** What becomes of the candidates of one table in the next one. */
final class Moves {

    /** In place of an index: the candidate is not there any more, or not with the same share. */
    static final int GONE = -1;

    private Moves() {}

    /**
     * The new index of each candidate.
     *
     * @param seeds the hashes of the candidates' identities, ascending
     * @param shares what they have to have again to be the same
     * @param nextSeeds the hashes of the next candidates' identities, ascending
     * @param nextShares what those have
     */
    static int[] between(long[] seeds, long[] shares, long[] nextSeeds, long[] nextShares) {
        int[] moved = new int[seeds.length];
        for (int i = 0, j = 0; i < seeds.length; i++) {
            while (j < nextSeeds.length && nextSeeds[j] < seeds[i]) {
                j++;
            }
            boolean same = j < nextSeeds.length && nextSeeds[j] == seeds[i] && nextShares[j] == shares[i];
            moved[i] = same ? j++ : GONE;
        }
        return moved;
    }
}

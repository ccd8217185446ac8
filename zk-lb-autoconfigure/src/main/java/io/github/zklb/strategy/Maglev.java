package io.github.zklb.strategy;

import java.util.Arrays;

/**
 * Fills a slot table as in "Maglev: A Fast and Reliable Software Network Load Balancer" (Eisenbud et al., 2016), section
 * 3.4: the candidates take turns, and at its turn each takes the first free slot of a permutation of the slots that is
 * its own. Shares are as even as whole slots allow; a change of the candidates moves a few slots of the others too.
 *
 * <p>A heavier candidate takes more turns. Time goes in rounds, in which a candidate earns its {@linkplain
 * WeightedEndpoints#shares share} and spends 1 on a turn; so the turns of one candidate do not depend on the weight of
 * another as long as the unit of the shares stays. After any number of rounds each has had the turns it
 * earned, rounded, but at least one, since all begin with a turn. A round costs no more than the turns taken in it, so
 * that filling takes O(slots × log slots) however far the weights are apart.
 */
final class Maglev {

    private static final int FREE = -1;

    private final double[] shares;
    private final int[] offsets;
    private final int[] skips;
    private final int[] owners;
    private int taken;

    private Maglev(WeightedEndpoints candidates, int slots) {
        shares = candidates.shares();
        long[] seeds = candidates.seeds();
        offsets = Arrays.stream(seeds).mapToInt(seed -> below(slots, seed, 0)).toArray();
        skips = Arrays.stream(seeds)
                .mapToInt(seed -> 1 + below(slots - 1, seed, 1))
                .toArray();
        owners = new int[slots];
        Arrays.fill(owners, FREE);
    }

    private static int below(int bound, long seed, int index) {
        return (int) Long.remainderUnsigned(Hashing.ofIndex(seed, index), bound);
    }

    /**
     * A table of at least one candidate.
     *
     * @param slots the number of slots, a prime
     */
    static KeyTable table(WeightedEndpoints candidates, int slots) {
        Maglev maglev = new Maglev(candidates, slots);
        maglev.fill();
        return new KeyTable.Slots(maglev.owners, slots, 1);
    }

    private void fill() {
        double[] credit = new double[shares.length];
        for (int i = 0; i < shares.length; i++) {
            takeTurn(i);
            credit[i] = -0.5;
        }
        while (taken < owners.length) {
            for (int i = 0; i < shares.length; i++) {
                for (credit[i] += shares[i]; credit[i] >= 1; credit[i]--) {
                    takeTurn(i);
                }
            }
        }
    }

    private void takeTurn(int candidate) {
        if (taken == owners.length) {
            return;
        }
        int slot = offsets[candidate];
        int skip = skips[candidate];
        while (owners[slot] != FREE) {
            slot = slot < owners.length - skip ? slot + skip : slot + skip - owners.length;
        }
        owners[slot] = candidate;
        offsets[candidate] = slot;
        taken++;
    }
}

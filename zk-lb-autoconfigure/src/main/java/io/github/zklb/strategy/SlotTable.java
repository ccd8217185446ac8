package io.github.zklb.strategy;

import java.math.BigInteger;

/**
 * A {@link KeyTable} of equal slots: a key's slot is found by one multiplication. A slot is one place or several, the
 * first of which is its owner's.
 */
final class SlotTable implements KeyTable {

    /** The most slots of a table whose size follows from the number of endpoints. */
    private static final int MOST_DOUBLINGS = 4;

    private static final int SMALLEST = 1 << 16;
    private static final int ENDPOINTS_OF_SMALLEST = 655;

    private final int[] owners;
    private final int slots;
    private final int placesPerSlot;

    /**
     * @param owners the owners of all places, slot after slot; not copied
     * @param placesPerSlot the number of places in each slot
     */
    SlotTable(int[] owners, int placesPerSlot) {
        this.owners = owners;
        this.slots = owners.length / placesPerSlot;
        this.placesPerSlot = placesPerSlot;
    }

    /**
     * The number of slots for so many candidates: 65,537 up to 655 candidates, and about twice as many at each doubling
     * from there, up to 1,048,583. A prime, and a function of the number alone, so that all clients agree on it.
     */
    static int slotsFor(int candidates) {
        int doublings = 0;
        while (doublings < MOST_DOUBLINGS && candidates > ENDPOINTS_OF_SMALLEST << doublings) {
            doublings++;
        }
        return primeFrom(SMALLEST << doublings);
    }

    /** The smallest prime that is not less than the number. */
    static int primeFrom(int number) {
        return BigInteger.valueOf(number - 1L).nextProbablePrime().intValueExact();
    }

    /** The slot of a hash, by its leading 32 bits. */
    static int slot(long hash, int slots) {
        return (int) ((hash >>> 32) * slots >>> 32);
    }

    @Override
    public int size() {
        return owners.length;
    }

    @Override
    public int find(long hash) {
        return slot(hash, slots) * placesPerSlot;
    }

    @Override
    public int owner(int place) {
        return owners[place];
    }
}

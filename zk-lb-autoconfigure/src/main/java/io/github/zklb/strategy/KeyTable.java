package io.github.zklb.strategy;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A circle of places, each owned by a candidate. A key enters it at the place that its hash determines; the owners met
 * from there on are the key's sequence: its owner, the one to take over when that one cannot serve, and so on.
 * Immutable, allocates nothing.
 */
interface KeyTable {

    /** The most often that a table whose size follows from the number of endpoints is doubled. */
    int MOST_DOUBLINGS = 4;

    int SMALLEST = 1 << 16;
    int ENDPOINTS_OF_SMALLEST = 655;

    /** The number of places, at least 1. */
    int size();

    /** The place where a key of the given hash enters, from 0. */
    int find(long hash);

    /** The index of the candidate that owns a place. */
    int owner(int place);

    /** Where an arc ends, as a part of all hashes; it begins where the one before ends. Keys after the last are the first's. */
    double end(int arc);

    /** How many places belong to an arc, which keys enter at the first of them. */
    default int placesPerArc() {
        return 1;
    }

    /** The number of arcs, the ranges of hashes that enter at one place. */
    default int arcs() {
        return size() / placesPerArc();
    }

    /**
     * A table of equal slots: a key's slot is found by one multiplication. A slot is one place or several, the first of
     * which is its owner's.
     *
     * @param owners the owners of all places, slot after slot; not copied
     * @param slots the number of slots
     * @param placesPerArc the number of places in each slot
     */
    record Slots(int[] owners, int slots, int placesPerArc) implements KeyTable {

        @Override
        public int size() {
            return owners.length;
        }

        @Override
        public int find(long hash) {
            return slot(hash, slots) * placesPerArc;
        }

        @Override
        public int owner(int place) {
            return owners[place];
        }

        /** Exact: the slot of a hash follows from its leading 32 bits. */
        @Override
        public double end(int arc) {
            long hash = (((arc + 1L) << 32) + slots - 1) / slots;
            return hash * 0x1p-32;
        }
    }

    /**
     * The number of slots for so many candidates: 65,537 up to 655 candidates, and about twice as many at each doubling
     * from there, up to 1,048,583. A prime, and a function of the number alone, so that all clients agree on it.
     *
     * @param least the least number of slots, or null for one that follows from the number of candidates
     */
    static int slots(int candidates, @Nullable Integer least) {
        int doublings = 0;
        while (doublings < MOST_DOUBLINGS && candidates > ENDPOINTS_OF_SMALLEST << doublings) {
            doublings++;
        }
        int number = least == null ? SMALLEST << doublings : least;
        return BigInteger.valueOf(number - 1L).nextProbablePrime().intValueExact();
    }

    /** The slot of a hash, by its leading 32 bits. */
    static int slot(long hash, int slots) {
        return (int) ((hash >>> 32) * slots >>> 32);
    }
}

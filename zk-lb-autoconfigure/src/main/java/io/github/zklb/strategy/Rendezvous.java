package io.github.zklb.strategy;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Weighted rendezvous hashing (highest random weight; Thaler and Ravishankar, 1998), answered from a table: each slot
 * knows the two candidates that come first for it. Removing or adding a candidate, or changing its weight, moves only
 * slots from or to it, without exception. Immutable.
 *
 * <p><b>Idea.</b> In rendezvous hashing each candidate arrives at each slot once, at a time drawn from an exponential
 * distribution whose rate is the candidate's weight, and the earliest owns the slot. That takes a hash for each candidate
 * and slot. Here a candidate of weight {@code w} makes one journey through all slots instead: it divides time into
 * intervals of {@code 1 / w} and arrives once in each, at a slot and a moment that its identity and the interval's number
 * determine. Of that, one slot among tens of thousands sees rare arrivals at random, a Poisson process at a rate in
 * proportion to {@code w}, whose first arrival has the exponential distribution. Journeys do not depend on each other;
 * hence the property above.
 *
 * <p><b>Cost.</b> All slots have had two arrivals after about {@code slots × (ln slots + ln ln slots)} of them, however many
 * candidates there are. A table that follows another one keeps what did not change: a new candidate costs the arrivals
 * of its own share; when one has gone, the arrivals of the others are looked through for the slots that it held.
 *
 * <p>24 bytes a slot.
 *
 * @param candidates the candidates
 * @param slots the number of slots
 * @param owners the places of the slots, two each: who arrived first and second
 * @param times when these arrived
 */
record Rendezvous(WeightedEndpoints candidates, int slots, int[] owners, double[] times) {

    /** A slot's owner and the one that owns it when the owner has gone. */
    private static final int PER_SLOT = 2;

    private static final int NOBODY = WeightedEndpoints.GONE;

    /** Arrivals after the horizon may have times below it by rounding, so what is nearer than this is not yet sure. */
    private static final double SURE = 1 - 1e-9;

    /** A table of at least one candidate. */
    static Rendezvous of(WeightedEndpoints candidates, int slots) {
        int[] owners = new int[PER_SLOT * slots];
        double[] times = new double[PER_SLOT * slots];
        Arrays.fill(owners, NOBODY);
        Arrays.fill(times, Double.POSITIVE_INFINITY);
        Rendezvous table = new Rendezvous(candidates, slots, owners, times);
        table.settle(all(candidates.weights().length), all(slots));
        return table;
    }

    /** The table of other candidates, equal to {@link #of} but made from this one as far as they are the same. */
    Rendezvous next(WeightedEndpoints others, int newSlots) {
        int[] indexes = candidates.indexesAmong(others, candidates.weights(), others.weights());
        BitSet kept = new BitSet();
        Arrays.stream(indexes).filter(index -> index != WeightedEndpoints.GONE).forEach(kept::set);
        if (newSlots != slots || kept.cardinality() < PER_SLOT) {
            return of(others, newSlots);
        }
        Rendezvous next = new Rendezvous(others, slots, owners.clone(), times.clone());
        BitSet added = all(others.weights().length);
        added.andNot(kept);
        next.rename(indexes);
        next.settle(kept, next.free());
        next.settle(added, all(slots));
        return next;
    }

    private static BitSet all(int size) {
        BitSet all = new BitSet(size);
        all.set(0, size);
        return all;
    }

    KeyTable table() {
        return candidates.weights().length == 1
                ? new KeyTable.Slots(new int[slots], slots, 1)
                : new KeyTable.Slots(owners, slots, PER_SLOT);
    }

    /** Renames the candidates, and takes their places from those who have gone. */
    private void rename(int[] indexes) {
        for (int first = 0; first < owners.length; first += PER_SLOT) {
            int second = first + 1;
            int wasSecond = indexes[owners[second]];
            put(second, wasSecond, times[second]);
            put(first, indexes[owners[first]], times[first]);
            if (owners[first] == NOBODY) {
                put(first, wasSecond, times[second]);
                put(second, NOBODY, 0);
            }
        }
    }

    private void put(int place, int owner, double time) {
        owners[place] = owner;
        times[place] = owner == NOBODY ? Double.POSITIVE_INFINITY : time;
    }

    /** The slots that have a free place. */
    private BitSet free() {
        BitSet free = new BitSet(slots);
        for (int slot = 0; slot < slots; slot++) {
            free.set(slot, owners[PER_SLOT * slot + 1] == NOBODY);
        }
        return free;
    }

    /**
     * Lets candidates travel, a while at a time, until no further arrival of theirs can change one of the given slots:
     * because both places were taken before now, or because those still to come are there already.
     */
    private void settle(BitSet travellers, BitSet open) {
        long[] weights = candidates.weights();
        long[] arrived = new long[weights.length];
        double now = 0;
        while (!open.isEmpty() && !travellers.isEmpty()) {
            now += slots
                    / (double) travellers.stream().mapToLong(i -> weights[i]).sum();
            for (int i = travellers.nextSetBit(0); i >= 0; i = travellers.nextSetBit(i + 1)) {
                arrived[i] = arrive(i, arrived[i], now, open);
            }
            for (int slot = open.nextSetBit(0); slot >= 0; slot = open.nextSetBit(slot + 1)) {
                open.set(slot, times[PER_SLOT * slot + 1] > now * SURE);
            }
            travellers.andNot(inAll(open));
        }
    }

    /** The candidates that have a place in every one of the given slots. */
    private BitSet inAll(BitSet open) {
        BitSet inAll = all(candidates.weights().length);
        for (int slot = open.nextSetBit(0); slot >= 0 && !inAll.isEmpty(); slot = open.nextSetBit(slot + 1)) {
            BitSet inSlot = new BitSet();
            IntStream.of(owners[PER_SLOT * slot], owners[PER_SLOT * slot + 1])
                    .filter(owner -> owner != NOBODY)
                    .forEach(inSlot::set);
            inAll.and(inSlot);
        }
        return inAll;
    }

    /** Lets a candidate travel until a time, and gives the number of its next arrival. */
    private long arrive(int candidate, long from, double horizon, BitSet open) {
        long seed = candidates.seeds()[candidate];
        long weight = candidates.weights()[candidate];
        double interval = 1.0 / weight;
        long end = (long) Math.ceil(horizon * weight);
        for (long k = from; k < end; k++) {
            long hash = Hashing.ofIndex(seed, k);
            int slot = KeyTable.slot(hash, slots);
            if (open.get(slot)) {
                offer(slot, candidate, (k + (hash & 0xFFFF_FFFFL) * 0x1p-32) * interval);
            }
        }
        return Math.max(from, end);
    }

    private void offer(int slot, int candidate, double time) {
        int first = PER_SLOT * slot;
        int second = first + 1;
        if (!isBefore(second, candidate, time) || owners[first] == candidate) {
            return;
        }
        if (isBefore(first, candidate, time)) {
            put(second, owners[first], times[first]);
            put(first, candidate, time);
        } else if (owners[second] != candidate) {
            put(second, candidate, time);
        }
    }

    /** Whether the candidate comes before the one that has the place; at the same time, ring order decides. */
    private boolean isBefore(int place, int candidate, double time) {
        return time < times[place] || time == times[place] && candidate < owners[place];
    }
}

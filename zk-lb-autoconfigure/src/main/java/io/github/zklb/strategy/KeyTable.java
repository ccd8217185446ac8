package io.github.zklb.strategy;

/**
 * A circle of places, each owned by a candidate. A key enters it at the place that its hash determines; the owners met
 * from there on are the key's sequence: its owner, the one to take over when that one cannot serve, and so on.
 * Immutable, allocates nothing.
 */
interface KeyTable {

    /** The number of places, at least 1. */
    int size();

    /** The place where a key of the given hash enters, from 0. */
    int find(long hash);

    /** The index of the candidate that owns a place. */
    int owner(int place);
}

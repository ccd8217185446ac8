package io.github.zklb.strategy;

/**
 * Decides whether a candidate takes a request whose key leads to it. If not, the request goes on to the next candidate of
 * the key's sequence. Thread-safe, allocates nothing.
 */
@FunctionalInterface
interface Admission {

    /** Every candidate takes every request. */
    Admission FREE = (candidate, hash) -> true;

    /**
     * Whether the candidate takes the request; if so, it counts as picked.
     *
     * @param candidate the candidate's index
     * @param hash the hash of the request's key
     */
    boolean admits(int candidate, long hash);
}

package io.github.zklb.strategy;

import com.dynatrace.hash4j.hashing.Hasher64;

/**
 * The one hash function behind everything that must come out the same in every client, JVM and release: the 64-bit variant
 * of XXH3. Golden vectors pin it. Thread-safe, allocates nothing.
 */
public final class Hashing {

    /** A text longer than this counts by its beginning only, so that a huge key costs no more than a long one. */
    static final int MAX_LENGTH = 4_096;

    private static final Hasher64 XXH3 = com.dynatrace.hash4j.hashing.Hashing.xxh3_64();

    private Hashing() {}

    /** The hash of a text's UTF-16 code units, the first {@value #MAX_LENGTH} of them. */
    public static long ofText(CharSequence text) {
        return XXH3.hashCharsToLong(text.length() <= MAX_LENGTH ? text : text.subSequence(0, MAX_LENGTH));
    }

    /** The hash number {@code index} of the family that the seed names. */
    public static long ofIndex(long seed, long index) {
        return XXH3.hashLongLongToLong(seed, index);
    }
}

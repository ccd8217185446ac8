package io.github.zklb.strategy;

import com.dynatrace.hash4j.hashing.Hasher64;

/**
 * The one hash function behind everything that must come out the same in every client, JVM and release. Golden vectors
 * pin it. Thread-safe, allocates nothing.
 */
interface Hashing {

    /** The 64-bit variant of XXH3. */
    Hashing XXH3 = new Xxh3(com.dynatrace.hash4j.hashing.Hashing.xxh3_64());

    /** A text longer than this counts by its beginning only, so that a huge key costs no more than a long one. */
    int MAX_LENGTH = 4_096;

    /** The hash of a text's UTF-16 code units, the first {@value #MAX_LENGTH} of them. */
    long ofText(CharSequence text);

    /** The hash number {@code index} of the family that the seed names. */
    long ofIndex(long seed, long index);

    /** {@link Hashing} by hash4j. */
    record Xxh3(Hasher64 hasher) implements Hashing {

        @Override
        public long ofText(CharSequence text) {
            return hasher.hashCharsToLong(text.length() <= MAX_LENGTH ? text : text.subSequence(0, MAX_LENGTH));
        }

        @Override
        public long ofIndex(long seed, long index) {
            return hasher.hashLongLongToLong(seed, index);
        }
    }
}

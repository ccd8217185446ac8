package io.github.zklb.strategy;

import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Counts the picks of one strategy, across every change of its endpoints. Starts anywhere, so that the clients of a
 * service do not all begin with the same endpoint. Thread-safe.
 */
final class Cursor {

    private static final long STARTS = 1L << 48;

    private final AtomicLong next;

    Cursor(RandomGenerator random) {
        next = new AtomicLong(random.nextLong(STARTS));
    }

    /** The next number, which is below {@link Modulus#LIMIT} for longer than any process lives. */
    long next() {
        return next.getAndIncrement();
    }
}

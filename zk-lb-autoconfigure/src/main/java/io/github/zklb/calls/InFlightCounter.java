package io.github.zklb.calls;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Counts the requests in flight to one endpoint, and the reservations that picks made a moment ago for requests to come.
 * Exact and lock-free: everything is in one word and changes by compare-and-set.
 *
 * <p>A reservation is for a request that is about to be sent, which takes it over. There may be none: a caller may choose
 * an endpoint and not call it. So time is divided into terms of 134 ms, and a reservation not taken over by the end of the
 * term after its own is void. The word holds, from the top: a bit, 23 bits of requests in flight, 12 bits of the term, and 14
 * bits each of the reservations of the term before and of this one. The term begins again at 0 after nine minutes; whether that
 * has happened is known by the time of the last reservation, which is kept beside the word. The bit changes with the first
 * reservation from then on: else this could give the word that an old one has left, and of two at once only one would count.
 */
final class InFlightCounter {

    private static final int TERM_NANOS_BITS = 27;
    private static final int RESERVED_BITS = 14;
    private static final int RESERVED = (1 << RESERVED_BITS) - 1;
    private static final long ALL_RESERVED = (1L << 2 * RESERVED_BITS) - 1;
    private static final int TERM_SHIFT = 2 * RESERVED_BITS;
    private static final int TERM_BITS = 12;
    private static final int TERM = (1 << TERM_BITS) - 1;
    private static final int IN_FLIGHT_SHIFT = TERM_SHIFT + TERM_BITS;
    private static final long ONE_IN_FLIGHT = 1L << IN_FLIGHT_SHIFT;
    private static final long OTHER_ROUND = 1L << Long.SIZE - 1;
    private static final long ONE_BEFORE = 1L << RESERVED_BITS;

    private static final long TERM_NANOS = 1L << TERM_NANOS_BITS;

    /** Half the time after which the term has the same number again: no reservation is valid for nearly as long. */
    private static final long LONG_AGO = TERM_NANOS << TERM_BITS - 1;

    private final AtomicLong state = new AtomicLong();
    private final LongSupplier nanoTime;

    /** When there was a reservation last, exact to a term. Written before the word, and read after it. */
    private volatile long reservedAt;

    /**
     * @param nanoTime monotonic time
     */
    InFlightCounter(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.reservedAt = nanoTime.getAsLong();
    }

    int taken() {
        long word = state.get();
        if ((word & ALL_RESERVED) == 0) {
            return taken(word);
        }
        long time = nanoTime.getAsLong();
        return taken(renewed(word, time, isLongAgo(time)));
    }

    /** Reserves for one request if fewer than so many are counted. */
    boolean tryReserve(int limit) {
        while (true) {
            long old = state.get();
            long time = nanoTime.getAsLong();
            boolean longAgo = isLongAgo(time);
            long now = renewed(old, time, longAgo) ^ (longAgo ? OTHER_ROUND : 0);
            if (taken(now) >= limit) {
                if (state.get() == old) {
                    return false;
                }
                continue;
            }
            if (time - reservedAt >= TERM_NANOS) {
                reservedAt = time;
            }
            if ((now & RESERVED) == RESERVED || state.compareAndSet(old, now + 1)) { // More are not worth counting.
                return true;
            }
        }
    }

    /**
     * A request is sent: it takes over a reservation if there is one.
     *
     * @return the time of that
     */
    long start() {
        while (true) {
            long old = state.get();
            long time = nanoTime.getAsLong();
            long now = renewed(old, time, isLongAgo(time));
            long reserved = before(now) > 0 ? ONE_BEFORE : Math.min(1, now & RESERVED);
            if (state.compareAndSet(old, now + ONE_IN_FLIGHT - reserved)) {
                return time;
            }
        }
    }

    /** A request has ended. */
    void end() {
        state.getAndAdd(-ONE_IN_FLIGHT);
    }

    /** Whether the last reservation was so long ago that its term's number says nothing. */
    private boolean isLongAgo(long time) {
        return time - reservedAt > LONG_AGO;
    }

    /** The word without the reservations that are void by now. */
    private static long renewed(long word, long time, boolean longAgo) {
        long term = time >>> TERM_NANOS_BITS & TERM;
        long passed = term - (word >>> TERM_SHIFT) & TERM;
        boolean allVoid = passed > 1 || longAgo;
        if (passed == 0 && !allVoid) {
            return word;
        }
        long before = allVoid ? 0 : word & RESERVED;
        return word >>> IN_FLIGHT_SHIFT << IN_FLIGHT_SHIFT | term << TERM_SHIFT | before << RESERVED_BITS;
    }

    private static int taken(long word) {
        return (int) ((word & ~OTHER_ROUND) >>> IN_FLIGHT_SHIFT) + before(word) + (int) (word & RESERVED);
    }

    private static int before(long word) {
        return (int) (word >>> RESERVED_BITS) & RESERVED;
    }
}

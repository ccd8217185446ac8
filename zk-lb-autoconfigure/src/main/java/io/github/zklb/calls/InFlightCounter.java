package io.github.zklb.calls;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Counts the requests in flight to one endpoint, and the reservations that picks made a moment ago for requests to come.
 * Exact and lock-free: everything is in one word and changes by compare-and-set.
 *
 * <p>A reservation is for a request that is about to be sent, which takes it over. There may be none: a caller may choose
 * an endpoint and not call it. So time is divided into terms of 134 ms, and a reservation not taken over by the end of the
 * term after its own is void. The word holds, from the top: a bit that is set while the endpoint is left out of the total, 23
 * bits of requests in flight, 12 bits of the term, and 14 bits each of the reservations of the term before and of this one.
 *
 * <p>Every change is also made to the total of the service: raised after the word is, lowered before, so that the total is
 * never more than the sum of what is in flight.
 */
final class InFlightCounter {

    private static final int TERM_NANOS_BITS = 27;
    private static final int RESERVED_BITS = 14;
    private static final int RESERVED = (1 << RESERVED_BITS) - 1;
    private static final long ALL_RESERVED = (1L << 2 * RESERVED_BITS) - 1;
    private static final int TERM_SHIFT = 2 * RESERVED_BITS;
    private static final int TERM = (1 << 12) - 1;
    private static final int IN_FLIGHT_SHIFT = TERM_SHIFT + 12;
    private static final long ONE_IN_FLIGHT = 1L << IN_FLIGHT_SHIFT;
    private static final int IN_FLIGHT = (1 << 23) - 1;
    private static final long LEFT_OUT = 1L << 63;
    private static final long ONE_BEFORE = 1L << RESERVED_BITS;

    private final AtomicLong state = new AtomicLong();
    private final AtomicLong total;
    private final LongSupplier nanoTime;

    /**
     * @param total the requests in flight and reservations at all endpoints together
     * @param nanoTime monotonic time
     */
    InFlightCounter(AtomicLong total, LongSupplier nanoTime) {
        this.total = total;
        this.nanoTime = nanoTime;
    }

    int taken() {
        long word = state.get();
        return (word & ALL_RESERVED) == 0 ? taken(word) : taken(renewed(word));
    }

    /** Notices which reservations are void by now. */
    void renew() {
        long old = state.get();
        replace(old, renewed(old));
    }

    /** Reserves for one request if fewer than so many are counted. */
    boolean tryReserve(int limit) {
        while (true) {
            long old = state.get();
            long now = renewed(old);
            if (taken(now) >= limit) {
                return false;
            }
            if ((now & RESERVED) == RESERVED || replace(old, now + 1)) { // More than that are not worth counting.
                return true;
            }
        }
    }

    /** A request is sent: it takes over a reservation if there is one. */
    void start() {
        while (true) {
            long old = state.get();
            long now = renewed(old);
            long reserved = before(now) > 0 ? ONE_BEFORE : Math.min(1, now & RESERVED);
            if (replace(old, now + ONE_IN_FLIGHT - reserved)) {
                return;
            }
        }
    }

    /** A request has ended. */
    void end() {
        boolean lowered = !isLeftOut(state.get());
        if (lowered) {
            total.decrementAndGet();
        }
        boolean counted = !isLeftOut(state.getAndAdd(-ONE_IN_FLIGHT));
        if (counted != lowered) { // That has changed meanwhile, and this call with it.
            total.addAndGet(counted ? -1 : 1);
        }
    }

    /** Whether this counts in the total from now on: what is in flight, and what will be. */
    void countInTotal(boolean counts) {
        long old;
        do {
            old = state.get();
        } while (!replace(old, counts ? old & ~LEFT_OUT : old | LEFT_OUT));
    }

    private boolean replace(long old, long next) {
        if (!state.compareAndSet(old, next)) {
            return false;
        }
        int change = counted(next) - counted(old);
        if (change != 0) {
            total.addAndGet(change);
        }
        return true;
    }

    /** The word without the reservations that are void by now. */
    private long renewed(long word) {
        long term = nanoTime.getAsLong() >>> TERM_NANOS_BITS & TERM;
        long passed = term - (word >>> TERM_SHIFT) & TERM;
        if (passed == 0) {
            return word;
        }
        long before = passed == 1 ? word & RESERVED : 0;
        return word >>> IN_FLIGHT_SHIFT << IN_FLIGHT_SHIFT | term << TERM_SHIFT | before << RESERVED_BITS;
    }

    private static boolean isLeftOut(long word) {
        return (word & LEFT_OUT) != 0;
    }

    private static int counted(long word) {
        return isLeftOut(word) ? 0 : taken(word);
    }

    private static int taken(long word) {
        return (int) (word >>> IN_FLIGHT_SHIFT & IN_FLIGHT) + before(word) + (int) (word & RESERVED);
    }

    private static int before(long word) {
        return (int) (word >>> RESERVED_BITS) & RESERVED;
    }
}

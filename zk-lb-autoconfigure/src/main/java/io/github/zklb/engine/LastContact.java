package io.github.zklb.engine;

import java.util.function.LongSupplier;

/**
 * When this client last reached anything, whatever the service: an endpoint answered a call, or took a probe's connection.
 * Who reaches nothing at all must not conclude that the others are gone. Thread-safe; a call reads the clock and one field.
 */
public final class LastContact {

    /** A busy client need not write at each call. */
    private static final long RESOLUTION_NANOS = 1_000_000;

    private final LongSupplier nanoTime;
    private volatile long at;

    /** Nothing was reached yet: that counts as an eternity ago. */
    public LastContact(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.at = nanoTime.getAsLong() - Long.MAX_VALUE / 2;
    }

    /** Something is reached now. */
    public void now() {
        long now = nanoTime.getAsLong();
        if (now - at >= RESOLUTION_NANOS) {
            at = now;
        }
    }

    /** When that was last, in monotonic time, to a millisecond. */
    public long nanoTime() {
        return at;
    }
}

package io.github.zklb.traffic;

import java.time.Duration;
import java.util.function.LongSupplier;

/** A clock that a test sets. Begins close to the overflow of its numbers, as {@link System#nanoTime()} may. */
public final class Clock implements LongSupplier {

    private volatile long now = Long.MAX_VALUE - Duration.ofSeconds(3).toNanos();

    public void pass(Duration time) {
        now += time.toNanos();
    }

    @Override
    public long getAsLong() {
        return now;
    }
}

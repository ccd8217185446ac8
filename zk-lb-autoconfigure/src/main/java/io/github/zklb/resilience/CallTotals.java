package io.github.zklb.resilience;

import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** How the calls to one endpoint ended, and how long they took. Thread-safe; grows for ever. */
public final class CallTotals {

    private final LongAdder[] counts = adders();
    private final LongAdder[] nanos = adders();

    CallTotals() {}

    private static LongAdder[] adders() {
        return Stream.generate(LongAdder::new).limit(End.values().length).toArray(LongAdder[]::new);
    }

    void add(End end, long took) {
        nanos[end.ordinal()].add(took);
        counts[end.ordinal()].increment();
    }

    /** How many calls ended so. */
    public long count(End end) {
        return counts[end.ordinal()].sum();
    }

    /** The time that these took in all, in nanoseconds. */
    public long nanos(End end) {
        return nanos[end.ordinal()].sum();
    }

    /** How a call can end. */
    public enum End {
        /** The endpoint answered, and well. */
        SUCCEEDED,
        /** The endpoint answered with an error, refused, broke off, or let the time run out. */
        FAILED,
        /** The caller gave up for a reason of its own. */
        CANCELLED
    }
}

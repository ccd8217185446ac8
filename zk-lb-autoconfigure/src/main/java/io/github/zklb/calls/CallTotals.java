package io.github.zklb.calls;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How the calls to one endpoint ended, and how long they took. Thread-safe; grows for ever. */
public final class CallTotals {

    private final Map<End, Total> totals = new EnumMap<>(End.class);

    CallTotals() {
        for (End end : End.values()) {
            totals.put(end, new Total(new LongAdder(), new LongAdder()));
        }
    }

    void add(End end, long took) {
        Total total = of(end);
        total.nanos().add(took);
        total.count().increment();
    }

    /** How many calls ended so. */
    public long count(End end) {
        return of(end).count().sum();
    }

    /** The time that these took in all, in nanoseconds. */
    public long nanos(End end) {
        return of(end).nanos().sum();
    }

    private Total of(End end) {
        return Objects.requireNonNull(totals.get(end));
    }

    private record Total(LongAdder count, LongAdder nanos) {}

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

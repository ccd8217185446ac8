package io.github.zklb.benchmarks.simulator;

import java.util.PriorityQueue;

/** Time that passes from event to event, without waiting. Events of the same time happen in the order of their making. */
public final class VirtualTime {

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long now;
    private long made;

    /** The present, in nanoseconds from the beginning. */
    public long nanos() {
        return now;
    }

    /** Lets something happen after a time. */
    public void after(long nanos, Runnable action) {
        events.add(new Event(now + nanos, made++, action));
    }

    /** Lets everything happen that happens up to a time. */
    void runUntil(long nanos) {
        for (Event next = events.peek(); next != null && next.nanos <= nanos; next = events.peek()) {
            events.remove();
            now = next.nanos;
            next.action.run();
        }
        now = nanos;
    }

    private record Event(long nanos, long number, Runnable action) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(number, other.number);
        }
    }
}

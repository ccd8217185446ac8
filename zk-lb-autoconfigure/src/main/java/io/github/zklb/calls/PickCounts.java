package io.github.zklb.calls;

import io.github.zklb.PickListener;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the picks of one service by outcome, from the moment when somebody wants to know. A pick then costs one addition
 * to a striped counter, and before that one look at a flag. Lock-free.
 *
 * <p>A strategy tells only of what is out of the ordinary, and the balancer only whether there is an endpoint; the
 * ordinary picks are the difference. A strategy tells first, so that what it told of is read last: the difference then is
 * at most too low, by picks that are under way. It never falls, as a counter must not.
 */
public final class PickCounts implements PickListener {

    /** What can become of a pick. Each pick has one outcome: where two would do, the one that stands further down. */
    public enum Outcome {
        /** The strategy gave an endpoint in the ordinary way. */
        PICKED,
        /** The request had no key, and the strategy for such requests gave the endpoint. */
        FALLBACK,
        /** The owner of the request's key was full, ejected or warming up, and another endpoint was given. */
        SPILLED,
        /** An endpoint was given while the panic threshold ignored the ejections. */
        PANIC,
        /** There was no endpoint to give. */
        EMPTY
    }

    private final LongAdder given = new LongAdder();
    private final LongAdder fallback = new LongAdder();
    private final LongAdder spilled = new LongAdder();
    private final LongAdder panic = new LongAdder();
    private final LongAdder empty = new LongAdder();
    private final AtomicLong picked = new AtomicLong();
    private volatile boolean counting;
    private volatile boolean panicking;
    private volatile boolean asked;

    /** Counts from now on. */
    public void begin() {
        counting = true;
    }

    /** Whether the panic threshold ignores ejections from now on. */
    public void panic(boolean now) {
        panicking = now;
    }

    /** A pick gave an endpoint. */
    public void given() {
        if (counting) {
            (panicking ? panic : given).increment();
        }
    }

    /** A request had no endpoint. */
    public void empty() {
        asked = true;
        if (counting) {
            empty.increment();
        }
    }

    /** Whether any request had no endpoint since this was asked last. */
    public boolean wasAskedInVain() {
        boolean was = asked;
        asked = false;
        return was;
    }

    @Override
    public void fallback() {
        if (counting && !panicking) {
            fallback.increment();
        }
    }

    @Override
    public void spilled() {
        if (counting && !panicking) {
            spilled.increment();
        }
    }

    public long of(Outcome outcome) {
        return switch (outcome) {
            case PICKED -> picked();
            case FALLBACK -> fallback.sum();
            case SPILLED -> spilled.sum();
            case PANIC -> panic.sum();
            case EMPTY -> empty.sum();
        };
    }

    private long picked() {
        long all = given.sum();
        return picked.accumulateAndGet(all - fallback.sum() - spilled.sum(), Math::max);
    }
}

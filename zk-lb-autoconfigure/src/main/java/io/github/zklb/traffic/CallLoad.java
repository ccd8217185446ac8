package io.github.zklb.traffic;

import io.github.zklb.EndpointLoad;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The accounting of the calls to one endpoint. Lock-free; the count of requests in flight is exact. */
public final class CallLoad implements EndpointLoad {

    private final InFlightCounter counter;
    private final DecayingValue latency = new DecayingValue();
    private final DecayingValue failing = new DecayingValue();
    private final AtomicInteger errorsInARow = new AtomicInteger();
    private final AtomicLong outcomes = new AtomicLong();
    private final LongSupplier nanoTime;
    private final Supplier<LoadSettings> settings;
    private volatile @Nullable CallTotals totals;

    CallLoad(AtomicLong total, LongSupplier nanoTime, Supplier<LoadSettings> settings) {
        this.counter = new InFlightCounter(total, nanoTime);
        this.nanoTime = nanoTime;
        this.settings = settings;
    }

    /** A request is sent. */
    public Call start() {
        counter.start();
        return new Call(this, nanoTime.getAsLong());
    }

    void end(CallTotals.End end, long startedAt) {
        counter.end();
        long now = nanoTime.getAsLong();
        CallTotals asked = totals;
        if (asked != null) {
            asked.add(end, now - startedAt);
        }
        if (end == CallTotals.End.CANCELLED) {
            return;
        }
        LoadSettings present = settings.get();
        long least = 1;
        if (end == CallTotals.End.FAILED) {
            errorsInARow.incrementAndGet();
            outcomes.addAndGet(Outcomes.ONE_ERROR);
            least = present.failurePenalty().toNanos();
            failing.add(1, now, least);
        } else {
            errorsInARow.set(0);
            outcomes.addAndGet(Outcomes.ONE_SUCCESS);
        }
        latency.observe(
                (double) Math.max(least, now - startedAt), now, present.decay().toNanos());
    }

    /** How the calls ended since this was asked for the first time; the same object each time. */
    public synchronized CallTotals totals() {
        CallTotals known = totals;
        if (known == null) {
            known = new CallTotals();
            totals = known;
        }
        return known;
    }

    @Override
    public int inFlight() {
        return counter.taken();
    }

    @Override
    public boolean tryReserve(int limit) {
        return counter.tryReserve(limit);
    }

    @Override
    public double failing() {
        if (failing.isZero()) {
            return 0;
        }
        return failing.get(nanoTime.getAsLong(), settings.get().failurePenalty().toNanos());
    }

    @Override
    public double latency() {
        if (latency.isZero()) {
            return inFlight() == 0 ? 0 : settings.get().failurePenalty().toNanos();
        }
        return latency.get(nanoTime.getAsLong(), settings.get().decay().toNanos());
    }

    /** How many of the last calls failed, without one between them that did not. */
    public int errorsInARow() {
        return errorsInARow.get();
    }

    /** Whether nothing is in flight; what was reserved and is void by now leaves the total. */
    boolean isIdle() {
        counter.renew();
        return counter.taken() == 0;
    }

    /** Begins to count the errors in a row anew. */
    void forgetErrors() {
        errorsInARow.set(0);
    }

    /** How the calls ended since this was asked last. */
    Outcomes takeOutcomes() {
        return Outcomes.of(outcomes.getAndSet(0), errorsInARow.get());
    }

    /**
     * How the calls to an endpoint ended during a time.
     *
     * @param successes how many ended well
     * @param errors how many ended badly
     * @param errorsInARow how many of the last ones ended badly, without one between them that ended well; these may have
     *     begun before that time
     */
    record Outcomes(int successes, int errors, int errorsInARow) {

        /** What a success adds to the packed number that {@link #of} takes apart. */
        static final long ONE_SUCCESS = 1L << 32;

        /** What an error adds to it. */
        static final long ONE_ERROR = 1;

        static Outcomes of(long packed, int errorsInARow) {
            return new Outcomes((int) (packed >>> 32), (int) packed, errorsInARow);
        }

        int calls() {
            return successes + errors;
        }
    }
}

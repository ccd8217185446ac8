package io.github.zklb.traffic;

import io.github.zklb.EndpointLoad;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The accounting of the calls to one endpoint. Lock-free; the count of requests in flight is exact. */
public final class CallLoad implements EndpointLoad {

    private final InFlightCounter counter;
    private final AtomicReference<CallHistory> history = new AtomicReference<>(CallHistory.NONE);

    /** When a call began last. */
    private final AtomicLong startedAt = new AtomicLong();

    private final LongSupplier nanoTime;
    private final Supplier<LoadSettings> settings;
    private CallHistory taken = CallHistory.NONE;
    private volatile @Nullable CallTotals totals;

    CallLoad(AtomicLong total, LongSupplier nanoTime, Supplier<LoadSettings> settings) {
        this.counter = new InFlightCounter(total, nanoTime);
        this.nanoTime = nanoTime;
        this.settings = settings;
    }

    /** A request is sent. */
    public Call start() {
        counter.start();
        long now = nanoTime.getAsLong();
        startedAt.lazySet(now);
        return new Call(this, now);
    }

    /**
     * A call has ended.
     *
     * @param teaches whether that says something of the endpoint: a caller that gives up says that it is slow, if he has
     *     waited for longer than an answer is expected to take
     */
    void end(CallTotals.End end, boolean teaches, long began) {
        counter.end();
        long now = nanoTime.getAsLong();
        CallTotals asked = totals;
        if (asked != null) {
            asked.add(end, now - began);
        }
        if (teaches) {
            learn(end, now - began, now);
        }
    }

    private void learn(CallTotals.End end, long took, long now) {
        while (true) {
            CallHistory last = history.get();
            if (end == CallTotals.End.CANCELLED && took <= last.latency()) {
                return;
            }
            boolean failed = end != CallTotals.End.SUCCEEDED;
            if (history.compareAndSet(last, last.and(failed, took, now, decay()))) {
                return;
            }
        }
    }

    private long decay() {
        return settings.get().decay().toNanos();
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
    public double errorRate() {
        CallHistory known = history.get();
        double rate = known.errorRate();
        return rate == 0 ? 0 : rate * left(known);
    }

    @Override
    public double latency() {
        CallHistory known = history.get();
        long penalty = settings.get().failurePenalty().toNanos();
        if (known.isEmpty()) {
            return inFlight() == 0 ? 0 : penalty;
        }
        return (known.latency() + known.errorRate() * penalty) * left(known);
    }

    private double left(CallHistory known) {
        long now = nanoTime.getAsLong();
        return known.left(Math.min(now - known.at(), now - startedAt.get()), decay());
    }

    /** How many of the last calls failed, without one between them that did not. */
    public int errorsInARow() {
        return history.get().errorsInARow();
    }

    /** Whether nothing is in flight; what was reserved and is void by now leaves the total. */
    boolean isIdle() {
        counter.renew();
        return counter.taken() == 0;
    }

    /** Whether what is in flight counts in the total of the service. */
    void countInTotal(boolean counts) {
        counter.countInTotal(counts);
    }

    /** Begins to count the errors in a row anew. */
    void forgetErrors() {
        history.updateAndGet(CallHistory::withoutErrorsInARow);
    }

    /** How the calls ended since this was asked last; for one thread at a time. */
    Outcomes takeOutcomes() {
        CallHistory now = history.get();
        Outcomes outcomes = new Outcomes(
                (int) (now.successes() - taken.successes()),
                (int) (now.failures() - taken.failures()),
                now.errorsInARow());
        taken = now;
        return outcomes;
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

        int calls() {
            return successes + errors;
        }
    }
}

package io.github.zklb.calls;

import io.github.zklb.EndpointLoad;
import io.github.zklb.calls.CallHistory.Contact;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The accounting of the calls to one endpoint. Lock-free; the count of requests in flight is exact. */
public final class CallLoad implements EndpointLoad {

    private final InFlightCounter counter;
    private final AtomicReference<CallHistory> history = new AtomicReference<>(CallHistory.NONE);

    /** How many of the calls in flight have an answer, whose body is being read. */
    private final AtomicInteger answered = new AtomicInteger();

    /** When a call began last. */
    private final AtomicLong startedAt = new AtomicLong();

    private final LongSupplier nanoTime;
    private final Supplier<LoadSettings> settings;
    private final String address;
    private final Listener listener;
    private final DoubleSupplier othersAnswerTime;
    private final OpenBodies bodies;
    private final LongSupplier slowAfter;
    private final AtomicReference<@Nullable String> report = new AtomicReference<>();
    private CallHistory taken = CallHistory.NONE;
    private volatile @Nullable CallTotals totals;
    private volatile boolean serving = true;

    /** Hears of what may be a reason to eject an endpoint, or to take it back, on the thread whose call shows it. */
    @FunctionalInterface
    public interface Listener {

        /** A call failed, or there was an answer where connections had failed. It must not wait. */
        void changed(String address, CallHistory after);
    }

    /**
     * @param othersAnswerTime the time that an answer of this service takes at the endpoint in the middle; 0 if there was none
     * @param bodies those of all answers of this service
     * @param slowAfter the time after which an answer of this service is slow
     */
    CallLoad(
            String address,
            LongSupplier nanoTime,
            Supplier<LoadSettings> settings,
            Listener listener,
            DoubleSupplier othersAnswerTime,
            OpenBodies bodies,
            LongSupplier slowAfter) {
        this.bodies = bodies;
        this.slowAfter = slowAfter;
        this.othersAnswerTime = othersAnswerTime;
        this.address = address;
        this.listener = listener;
        this.counter = new InFlightCounter(nanoTime);
        this.nanoTime = nanoTime;
        this.settings = settings;
    }

    /** A request is sent. */
    public Call start() {
        bodies.endDropped();
        long now = counter.start();
        startedAt.lazySet(now);
        return new Call(this, now);
    }

    /** The body of an answer is being read: what the call tells is known, and it is still in flight. */
    OpenBodies.Body opened(Call call, Object reader) {
        answered.incrementAndGet();
        return bodies.opened(call, reader);
    }

    /** The body of an answer has ended. */
    void closed() {
        released();
        answered.decrementAndGet();
    }

    /** A call is no longer in flight. */
    void released() {
        counter.end();
    }

    /** How many calls were made to it, those included to which there was no answer yet. */
    public long calls() {
        CallHistory known = history.get();
        return known.successes() + known.failures() + Math.max(0, inFlight() - answered.get());
    }

    /**
     * A call has ended, or it is known how it will.
     *
     * @param contact what that says of the connection; null if it says nothing of the endpoint. A caller that gives up, or a
     *     time-out, says that it is slow if that was later than an answer was expected
     */
    void taught(CallTotals.End end, @Nullable Contact contact, long began) {
        long now = nanoTime.getAsLong();
        CallTotals asked = totals;
        if (asked != null) {
            asked.add(end, now - began);
        }
        if (contact != null) {
            learn(end, contact, now - began, now);
        }
    }

    private void learn(CallTotals.End end, Contact contact, long took, long now) {
        boolean failed = end != CallTotals.End.SUCCEEDED;
        if (contact == Contact.WAITED && isEarly(end, took, history.get())) {
            return;
        }
        while (true) {
            CallHistory last = history.get();
            CallHistory next = last.and(failed, contact, took, slowAfter.getAsLong(), now, decay());
            if (history.compareAndSet(last, next)) {
                if (failed || last.lostInARow() > 0) {
                    listener.changed(address, next);
                }
                return;
            }
        }
    }

    /**
     * Whether the caller gave up before an answer was to be expected: from an endpoint that has not answered yet, one as late as
     * the others' are. Where none has answered, a time-out that is over still tells that something is wrong.
     */
    private boolean isEarly(CallTotals.End end, long took, CallHistory last) {
        double expected = last.answerTime() > 0 ? last.answerTime() : othersAnswerTime.getAsDouble();
        return expected == 0 ? end == CallTotals.End.CANCELLED : took <= expected;
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
        if (known.isEmpty()) {
            return inFlight() == 0 ? 0 : penalty();
        }
        double rate = known.errorRate();
        return (rate == 0 ? known.latency() : known.latency() + rate * penalty()) * left(known);
    }

    private long penalty() {
        return settings.get().failurePenalty().toNanos();
    }

    private double left(CallHistory known) {
        long now = nanoTime.getAsLong();
        return known.left(Math.min(now - known.at(), now - startedAt.get()), decay());
    }

    /** The endpoint has told its own load: what it told last counts, and is read when somebody takes it. */
    void reported(String text) {
        report.lazySet(text);
    }

    /** What the endpoint told last of its own load; null if it has told nothing since this was asked last. */
    public @Nullable String takeReport() {
        return report.get() == null ? null : report.getAndSet(null);
    }

    /** How many of the last calls failed, without one between them that did not. */
    public int errorsInARow() {
        return history.get().errorsInARow();
    }

    /** Whether the endpoint is one of those that serve. */
    boolean isServing() {
        return serving;
    }

    void serve(boolean now) {
        serving = now;
    }

    /** What the calls have taught so far. */
    public CallHistory history() {
        return history.get();
    }

    /** Begins anew, as though nothing had been learned. */
    void forget() {
        history.set(CallHistory.NONE);
        taken = CallHistory.NONE;
    }

    /** How the calls ended since this was asked last; for one thread at a time. */
    public Outcomes takeOutcomes() {
        CallHistory now = history.get();
        Outcomes outcomes = new Outcomes(
                (int) (now.successes() - taken.successes()),
                (int) (now.failures() - taken.failures()),
                (int) (now.slow() - taken.slow()),
                now.errorsInARow());
        taken = now;
        return outcomes;
    }

    /**
     * How the calls to an endpoint ended during a time.
     *
     * @param successes how many ended well
     * @param errors how many ended badly
     * @param slow how many of all these were slow
     * @param errorsInARow how many of the last ones ended badly, without one between them that ended well; these may have
     *     begun before that time
     */
    public record Outcomes(int successes, int errors, int slow, int errorsInARow) {

        public int calls() {
            return successes + errors;
        }

        public double errorRate() {
            return calls() == 0 ? 0 : (double) errors / calls();
        }
    }
}

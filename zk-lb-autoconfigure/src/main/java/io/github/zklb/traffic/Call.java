package io.github.zklb.traffic;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request to an endpoint, from sending it to its end. It ends once: whichever of the methods below is called first
 * counts, and the others do nothing. Thread-safe.
 */
public final class Call {

    private final CallLoad load;
    private final long startedAt;
    private final AtomicBoolean ended = new AtomicBoolean();

    Call(CallLoad load, long startedAt) {
        this.load = load;
        this.startedAt = startedAt;
    }

    /** The endpoint answered, and well. */
    public void succeeded() {
        end(CallTotals.End.SUCCEEDED, true);
    }

    /** The endpoint answered with an error, refused, broke off, or let the time run out. */
    public void failed() {
        end(CallTotals.End.FAILED, true);
    }

    /** The caller gave up. That speaks against the endpoint if an answer was to be expected by then. */
    public void cancelled() {
        end(CallTotals.End.CANCELLED, true);
    }

    /** It ended for a reason that has nothing to do with the endpoint, or for one that nobody knows. */
    public void ignored() {
        end(CallTotals.End.CANCELLED, false);
    }

    private void end(CallTotals.End end, boolean teaches) {
        if (ended.compareAndSet(false, true)) {
            load.end(end, teaches, startedAt);
        }
    }
}

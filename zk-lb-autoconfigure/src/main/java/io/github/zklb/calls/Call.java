package io.github.zklb.calls;

import io.github.zklb.calls.CallHistory.Contact;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

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
        answered(true);
    }

    /** The endpoint answered, well or with an error. */
    public void answered(boolean well) {
        end(well ? CallTotals.End.SUCCEEDED : CallTotals.End.FAILED, Contact.ANSWERED);
    }

    /** The endpoint gave no answer that could be read. */
    public void failed() {
        end(CallTotals.End.FAILED, Contact.UNKNOWN);
    }

    /** The connection to the endpoint broke off before there was an answer. */
    public void brokeOff() {
        end(CallTotals.End.FAILED, Contact.BROKEN);
    }

    /** The client's own time-out was over. That speaks against the endpoint if an answer was to be expected by then. */
    public void timedOut() {
        end(CallTotals.End.FAILED, Contact.WAITED);
    }

    /** No connection to the endpoint came about, and the caller is not to blame. */
    public void unreached() {
        end(CallTotals.End.FAILED, Contact.UNREACHED);
    }

    /** The caller gave up. That speaks against the endpoint if an answer was to be expected by then. */
    public void cancelled() {
        end(CallTotals.End.CANCELLED, Contact.WAITED);
    }

    /** It ended for a reason that has nothing to do with the endpoint, or for one that nobody knows. */
    public void ignored() {
        end(CallTotals.End.CANCELLED, null);
    }

    /** The endpoint has told its own load. */
    void reported(String report) {
        load.reported(report);
    }

    private void end(CallTotals.End end, @Nullable Contact contact) {
        if (ended.compareAndSet(false, true)) {
            load.end(end, contact, startedAt);
        }
    }
}

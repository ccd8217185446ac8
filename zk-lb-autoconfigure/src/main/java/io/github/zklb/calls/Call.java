package io.github.zklb.calls;

import io.github.zklb.calls.CallHistory.Contact;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request to an endpoint, from sending it to its end. It ends once: whichever of the methods below is called first
 * counts, and the others do nothing. Only an answer whose body is read for a while has two steps: it teaches what there is to
 * learn when its head is there, and is in flight until the body has ended. Thread-safe.
 */
public final class Call {

    private final CallLoad load;
    private final long startedAt;
    private final AtomicReference<State> state = new AtomicReference<>(State.SENT);
    private volatile OpenBodies.@Nullable Body body;

    private enum State {
        SENT,
        READ,
        ENDED
    }

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
        end(end(well), Contact.ANSWERED);
    }

    /**
     * The endpoint answered, well or with an error, and somebody reads the body of that now. Who says this says
     * {@link #bodyEnded()}.
     *
     * @param reader what is reachable as long as somebody can read the body
     */
    public void answered(boolean well, Object reader) {
        if (state.compareAndSet(State.SENT, State.READ)) {
            body = load.opened(this, reader);
            load.taught(end(well), Contact.ANSWERED, startedAt);
        }
    }

    /** The body of the answer has ended, well or not, or nobody reads it any more. */
    public void bodyEnded() {
        if (state.compareAndSet(State.READ, State.ENDED)) {
            OpenBodies.Body read = body;
            if (read != null) {
                read.ended();
            }
            load.closed();
        }
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

    private static CallTotals.End end(boolean well) {
        return well ? CallTotals.End.SUCCEEDED : CallTotals.End.FAILED;
    }

    private void end(CallTotals.End end, @Nullable Contact contact) {
        if (state.compareAndSet(State.SENT, State.ENDED)) {
            load.released();
            load.taught(end, contact, startedAt);
        }
    }
}

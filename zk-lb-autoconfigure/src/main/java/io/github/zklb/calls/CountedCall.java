package io.github.zklb.calls;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * A call, and which of its ends speak against the endpoint. It ends once, with the first of the methods that is called.
 *
 * @param call the call
 * @param failures the ends that speak against the endpoint
 * @param address where it goes
 * @param listener hears of the end, if that says anything of the endpoint
 * @param asksForLoad whether the request is to ask the endpoint for its own load
 */
public record CountedCall(Call call, Failures failures, String address, Listener listener, boolean asksForLoad) {

    /** Longer reports are not looked at. */
    public static final int LONGEST_REPORT = 512;

    /** Hears how calls end. Called on the callers' threads, at each call: it must not wait. */
    public interface Listener {

        /** Nobody listens. */
        Listener NONE = new Listener() {
            @Override
            public void answered(String address, int status) {}

            @Override
            public void failed(String address, boolean refused) {}
        };

        /** An endpoint has answered. */
        void answered(String address, int status);

        /**
         * An endpoint has not answered, or the connection has failed.
         *
         * @param refused whether the connection was refused
         */
        void failed(String address, boolean refused);
    }

    /** A call that does not ask the endpoint for its own load. */
    public CountedCall(Call call, Failures failures, String address, Listener listener) {
        this(call, failures, address, listener, false);
    }

    /** The endpoint has told its own load, as a header of its response; null if there is none. */
    public void reported(@Nullable String report) {
        if (asksForLoad && report != null && report.length() <= LONGEST_REPORT) {
            call.reported(report);
        }
    }

    /** It brought a response which is as good as any. */
    public void succeeded() {
        call.succeeded();
        listener.answered(address, 200);
    }

    /** It brought a response. */
    public void end(int status) {
        listener.answered(address, status);
        call.answered(!failures.include(status));
    }

    /**
     * It brought the head of a response, whose body is read from now on: the call is in flight until {@link #bodyEnded()}.
     *
     * @param reader what is reachable as long as somebody can read the body
     */
    public void answered(int status, Object reader) {
        listener.answered(address, status);
        call.answered(!failures.include(status), reader);
    }

    /** The body of the response has ended, well or not, or nobody reads it any more. */
    public void bodyEnded() {
        call.bodyEnded();
    }

    /** It brought none. */
    public void end(Throwable error) {
        end(error, ConnectFailure.isRefusal(error));
    }

    private void end(Throwable error, boolean refused) {
        boolean failed = failures.include(error);
        if (!failed) {
            call.ignored();
        } else if (ConnectFailure.isCauseOf(error)) {
            call.unreached();
        } else {
            failed(error);
        }
        if (failed || refused) {
            listener.failed(address, refused);
        }
    }

    /**
     * The client that sends the request threw this. An I/O error is that of its connection. Anything else may come from
     * another client, which fetches a token on the way, say: its causes count only if its message names the endpoint.
     */
    public void thrown(Exception error) {
        thrown(error, true);
    }

    /**
     * The same of a client that may connect to others too.
     *
     * @param only whether it connects to nobody but the endpoint. Else a refusal that does not name this one is no more than a
     *     failure: whether it was the endpoint that refused, a probe will tell
     */
    public void thrown(Exception error, boolean only) {
        boolean named = isNamedIn(error);
        if (error instanceof IOException || error instanceof UncheckedIOException || named) {
            end(error, ConnectFailure.isRefusal(error) && (only || named));
        } else if (failures.includeItself(error)) {
            failed(error);
            listener.failed(address, false);
        }
    }

    private void failed(Throwable error) {
        if (Failures.isTimeOut(error)) {
            call.timedOut();
        } else if (ConnectFailure.isBreak(error)) {
            call.brokeOff();
        } else {
            call.failed();
        }
    }

    /** Whether an error's message has the endpoint's URL in it, as those of clients that say what they called have. */
    public boolean isNamedIn(Exception error) {
        String message = error.getMessage();
        int end = message == null ? -1 : message.indexOf('/' + address) + 1 + address.length();
        return message != null
                && end > address.length()
                && (end == message.length() || !Character.isDigit(message.charAt(end)));
    }
}

package io.github.zklb.traffic;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/**
 * A call, and which of its ends speak against the endpoint. It ends once, with the first of the methods that is called.
 *
 * @param call the call
 * @param failures the ends that speak against the endpoint
 * @param address where it goes
 * @param refused is told the address if the connection is refused
 */
public record CountedCall(Call call, Failures failures, String address, Consumer<String> refused) {

    /** It brought a response. */
    public void end(int status) {
        if (failures.include(status)) {
            call.failed();
        } else {
            call.succeeded();
        }
    }

    /** It brought none. */
    public void end(Throwable error) {
        if (failures.include(error)) {
            call.failed();
        } else {
            call.ignored();
        }
        tellRefusal(error);
    }

    /**
     * The client that sends the request threw this. An I/O error is that of its connection. Anything else may come from
     * another client, which fetches a token on the way, say: its causes count only if its message names the endpoint.
     */
    public void thrown(Exception error) {
        if (error instanceof IOException || error instanceof UncheckedIOException || isNamedIn(error)) {
            end(error);
        } else if (failures.includeItself(error)) {
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

    private void tellRefusal(Throwable error) {
        if (Refusal.isCauseOf(error)) {
            refused.accept(address);
        }
    }
}

package io.github.zklb.traffic;

import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;

/**
 * Tells a connection that the endpoint's host refused, since nobody listens there, from one that did not come about for
 * another reason: all of these are a {@link ConnectException} of one client or another. A time-out, a route or a name
 * that is missing may be the caller's own trouble, and says nothing of the endpoint.
 */
public final class Refusal {

    private Refusal() {}

    /** Whether a call came to nothing because the connection was refused. */
    public static boolean isCauseOf(Throwable error) {
        return Failures.causes(error).anyMatch(cause -> cause instanceof ConnectException failed && isRefusal(failed));
    }

    /** The JDK's HttpClient keeps the message to itself, and shows a channel that it has closed. */
    private static boolean isRefusal(ConnectException failed) {
        String message = failed.getMessage();
        return message == null
                ? failed.getCause() instanceof ClosedChannelException
                : message.toLowerCase(Locale.ROOT).contains("refused");
    }
}

package io.github.zklb.calls;

import java.io.EOFException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Tells a connection that did not come about, because the endpoint's host refused it or did not answer, from one that the
 * caller could not even try: it found no address for the name, had no descriptor, port or network, waited for its own pool,
 * or does not trust the endpoint; and from one that came about and then broke off. Clients wrap all of these in many ways.
 */
public final class ConnectFailure {

    /** What Reactor Netty and Apache's client throw, by their names, since there may be neither. */
    private static final Set<String> BREAKS = Set.of("PrematureCloseException", "NoHttpResponseException");

    private ConnectFailure() {}

    /**
     * Whether a call came to nothing because nobody listens at the endpoint, whose host is there. All else that fails while
     * connecting may be the caller's own trouble, and says nothing of the endpoint by itself.
     */
    public static boolean isRefusal(Throwable error) {
        return Failures.causes(error).anyMatch(cause -> cause instanceof ConnectException failed && isRefused(failed));
    }

    /** The JDK's HttpClient keeps the message to itself, and shows a channel that it has closed. */
    private static boolean isRefused(ConnectException failed) {
        return failed.getMessage() == null
                ? failed.getCause() instanceof ClosedChannelException
                : message(failed).contains("refused");
    }

    /** Whether there was no connection, whoever is to blame for that. */
    public static boolean isWithoutConnection(Throwable error) {
        return Failures.causes(error).anyMatch(ConnectFailure::isOfConnecting)
                || Failures.causes(error)
                        .anyMatch(cause ->
                                cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException);
    }

    /** Whether a call came to nothing because its connection did, and the caller is not to blame. */
    static boolean isCauseOf(Throwable error) {
        return Failures.causes(error).anyMatch(ConnectFailure::isOfConnecting)
                && Failures.causes(error).noneMatch(ConnectFailure::isLocal);
    }

    private static boolean isOfConnecting(Throwable cause) {
        return cause instanceof ConnectException // Netty's and Apache's are among its subclasses
                || cause instanceof NoRouteToHostException
                || cause instanceof HttpConnectTimeoutException
                || cause instanceof SocketTimeoutException && message(cause).contains("connect");
    }

    /** Whether the endpoint broke off a connection that had come about. */
    static boolean isBreak(Throwable error) {
        return Failures.causes(error).anyMatch(ConnectFailure::isOfBreaking)
                && Failures.causes(error).noneMatch(ConnectFailure::isLocal);
    }

    private static boolean isOfBreaking(Throwable cause) {
        return cause instanceof EOFException
                || BREAKS.contains(cause.getClass().getSimpleName())
                || Stream.of(
                                "connection reset",
                                "broken pipe",
                                "unexpected end of file", // HttpURLConnection
                                "received no bytes", // the JDK's HttpClient
                                "connection was aborted",
                                "forcibly closed")
                        .anyMatch(message(cause)::contains);
    }

    private static boolean isLocal(Throwable cause) {
        return cause instanceof UnknownHostException
                || cause instanceof UnresolvedAddressException
                || cause instanceof BindException
                || cause instanceof SSLException
                || Stream.of(
                                "too many open files",
                                "cannot assign requested address",
                                "can't assign requested address",
                                "network is unreachable",
                                "network is down",
                                "permission denied")
                        .anyMatch(message(cause)::contains);
    }

    private static String message(Throwable cause) {
        return String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    }
}

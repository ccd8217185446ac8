package io.github.zklb.engine.probes;

import io.github.zklb.Endpoint;
import java.time.Duration;
import java.util.function.Consumer;

/** Opens TCP connections to endpoints off the request path, to see whether anybody listens there. Thread-safe. */
@FunctionalInterface
public interface Probes extends AutoCloseable {

    /**
     * Connects to an endpoint, closes the connection again, and tells what came of it. Returns at once.
     *
     * @param delay how long to wait before that
     * @param verdict is told once, on a thread that must not wait; never after the probes are closed
     */
    void probe(Endpoint endpoint, Duration delay, Consumer<Verdict> verdict);

    /** Tells no verdict any more. */
    @Override
    default void close() {}

    /** What came of the attempt to connect. */
    enum Verdict {
        /** Somebody listens there. */
        CONNECTED,
        /** The host is there, and nobody listens. */
        REFUSED,
        /** No answer came in time, or the network says that there is no such host. */
        TIMED_OUT,
        /** It failed at this client: no descriptor, no port, no network, no answer to the name. That says nothing. */
        LOCAL_TROUBLE
    }
}

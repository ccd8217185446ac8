package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Verdict;
import java.time.Duration;
import java.util.function.Consumer;

/** Opens TCP connections to endpoints off the request path, to see whether anybody listens there. Thread-safe. */
@FunctionalInterface
public interface Probes {

    /**
     * Connects to an endpoint, closes the connection again, and tells what came of it. Returns at once.
     *
     * @param delay how long to wait before that
     * @param verdict is told once, on a thread that must not wait; never after the probes are closed
     */
    void probe(Endpoint endpoint, Duration delay, Consumer<Verdict> verdict);
}

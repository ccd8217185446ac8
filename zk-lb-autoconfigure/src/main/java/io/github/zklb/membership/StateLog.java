package io.github.zklb.membership;

import io.github.zklb.membership.Membership.State;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what becomes of a service: a change of its state at once, another cause of a trouble too, but each state at most
 * once a minute. The last line is never out of date for longer than that. Used by the worker only.
 */
final class StateLog {

    /** The least time between two lines about the same state. */
    static final Duration INTERVAL = Duration.ofMinutes(1);

    private static final Logger log = LoggerFactory.getLogger(ServiceMembership.class);

    private final Worker worker;
    private final Alarm next;
    private final Map<State, Long> loggedNanos = new EnumMap<>(State.class);
    private @Nullable Membership latest;
    private @Nullable Membership logged;

    StateLog(Worker worker) {
        this.worker = worker;
        this.next = new Alarm(worker, this::catchUp);
    }

    void published(Membership membership) {
        latest = membership;
        catchUp();
    }

    void close() {
        next.clear();
    }

    private void catchUp() {
        Membership now = latest;
        if (now == null || says(logged, now)) {
            return;
        }
        long nanoTime = worker.nanoTime();
        Long before = loggedNanos.get(now.state());
        if (before != null && nanoTime - before < INTERVAL.toNanos()) {
            next.setFor(before + INTERVAL.toNanos());
            return;
        }
        loggedNanos.put(now.state(), nanoTime);
        logged = now;
        if (isTrouble(now.state())) {
            log.warn("{}", now.cause());
        } else {
            log.info("{}", now.cause());
        }
    }

    private static boolean says(@Nullable Membership line, Membership now) {
        return line != null
                && line.state() == now.state()
                && (!isTrouble(now.state()) || line.cause().equals(now.cause()));
    }

    private static boolean isTrouble(State state) {
        return switch (state) {
            case LOADING, STALE, DENIED, GUARDED -> true;
            case SYNCED, ABSENT -> false;
        };
    }
}

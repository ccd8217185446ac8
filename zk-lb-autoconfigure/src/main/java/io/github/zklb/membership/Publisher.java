package io.github.zklb.membership;

import io.github.zklb.membership.Causes.StateLines;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Worker.Alarm;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publishes memberships of one service: only what differs, the first change at once, and others so far apart that it takes
 * a quarter of the time at most. Used by the worker only.
 */
final class Publisher {

    private final Worker worker;
    private final ServiceMembership target;
    private final Alarm next;
    private final StateLog log;
    private @Nullable Membership pending;
    private long earliestNanos;

    Publisher(Worker worker, ServiceMembership target, Causes causes) {
        this.worker = worker;
        this.target = target;
        this.next = new Alarm(worker, this::publishPending);
        this.log = new StateLog(worker, causes.serviceId(), causes.lines());
        log.begins(target.current());
        this.earliestNanos = worker.nanoTime();
    }

    /**
     * Publishes a membership, now or as soon as its time has come, unless another one replaces it until then.
     *
     * @param draft the membership, since when it holds if its state is another one than before, and no version
     * @param invalidNodes how many nodes have no valid content, which is told at once and published with nothing
     * @param resets how many times there were signs that the ensemble lost its data, told in the same way
     */
    void offer(Membership draft, int invalidNodes, int resets) {
        target.tell(invalidNodes, resets);
        pending = draft;
        if (earliestNanos - worker.nanoTime() <= 0) {
            publishPending();
        } else {
            next.setFor(earliestNanos);
        }
    }

    /** Publishes nothing more. */
    void close() {
        pending = null;
        next.clear();
        log.close();
    }

    private void publishPending() {
        Membership draft = pending;
        Membership last = target.current();
        pending = null;
        if (draft == null || saysTheSame(draft, last)) {
            return;
        }
        Membership membership = new Membership(
                draft.hosts().equals(last.hosts()) ? last.hosts() : draft.hosts(),
                draft.state(),
                draft.cause(),
                draft.state() == last.state() ? last.since() : draft.since(),
                last.version() + 1);
        long start = worker.nanoTime();
        log.published(membership);
        target.publish(membership);
        long end = worker.nanoTime();
        earliestNanos = end + Math.min(PassPace.REST * (end - start), PassPace.LONGEST_REST.toNanos());
    }

    private static boolean saysTheSame(Membership one, Membership other) {
        return one.state() == other.state()
                && one.cause().equals(other.cause())
                && one.hosts().equals(other.hosts());
    }

    /**
     * Logs what becomes of a service: a change of its state at once, another cause of a trouble too, but each state at
     * most once a minute. The last line is never out of date for longer than that. Used by the worker only.
     */
    static final class StateLog {

        /** The least time between two lines about the same state. */
        static final Duration INTERVAL = Duration.ofMinutes(1);

        /** How long nothing need be known at the start, of which nobody is told. */
        static final Duration STARTING = Duration.ofSeconds(5);

        private final Worker worker;
        private final String serviceId;
        private final StateLines lines;
        private final Alarm next;
        private final Map<State, Long> loggedNanos = new EnumMap<>(State.class);
        private @Nullable Membership latest;
        private @Nullable Membership logged;

        StateLog(Worker worker, String serviceId, StateLines lines) {
            this.worker = worker;
            this.serviceId = serviceId;
            this.lines = lines;
            this.next = new Alarm(worker, this::catchUp);
        }

        /** What is the case at the start is a line only if it lasts. */
        void begins(Membership membership) {
            latest = membership;
            next.setFor(worker.nanoTime() + STARTING.toNanos());
        }

        void published(Membership membership) {
            latest = membership;
            catchUp();
        }

        void close() {
            next.clear();
            lines.forget(serviceId);
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
            boolean ended = logged != null && logged.state() == State.STALE && now.state() == State.SYNCED;
            loggedNanos.put(now.state(), nanoTime);
            logged = now;
            lines.tell(serviceId, now, ended);
        }

        private static boolean says(@Nullable Membership line, Membership now) {
            return line != null
                    && line.state() == now.state()
                    && (!StateLines.isTrouble(now.state()) || line.cause().equals(now.cause()));
        }
    }
}

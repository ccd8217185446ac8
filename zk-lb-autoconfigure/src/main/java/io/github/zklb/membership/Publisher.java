package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Membership.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Publishes memberships of one service: only what differs, the first change at once, and at most one each
 * {@link #INTERVAL}. Used by the worker only.
 */
public final class Publisher {

    /** The least time between two publications of a service. */
    static final Duration INTERVAL = Duration.ofMillis(100);

    private final Worker worker;
    private final ServiceMembership target;
    private final Alarm next;
    private final StateLog log;
    private @Nullable Draft pending;
    private long earliestNanos;

    public Publisher(Worker worker, ServiceMembership target) {
        this.worker = worker;
        this.target = target;
        this.next = new Alarm(worker, this::publishPending);
        this.log = new StateLog(worker);
        this.earliestNanos = worker.nanoTime();
    }

    /**
     * What is to be published.
     *
     * @param hosts the endpoints
     * @param state the state
     * @param cause the cause
     * @param invalidNodes how many nodes have no valid content, which is told at once and published with nothing
     * @param held which of the endpoints are held by the loss guard, told in the same way
     * @param since when the state begins, if it is another one than before
     */
    record Draft(HostSet hosts, State state, String cause, int invalidNodes, Set<Endpoint> held, Instant since) {

        boolean says(Membership membership) {
            return state == membership.state() && cause.equals(membership.cause()) && hosts.equals(membership.hosts());
        }
    }

    /** Publishes the draft, now or as soon as its time has come, unless another one replaces it until then. */
    void offer(Draft draft) {
        target.tell(draft.invalidNodes(), draft.held());
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
        Draft draft = pending;
        Membership last = target.current();
        pending = null;
        if (draft == null || draft.says(last)) {
            return;
        }
        boolean turned = draft.state() != last.state();
        Membership membership = new Membership(
                draft.hosts().equals(last.hosts()) ? last.hosts() : draft.hosts(),
                draft.state(),
                draft.cause(),
                turned ? draft.since() : last.since(),
                last.version() + 1);
        earliestNanos = worker.nanoTime() + INTERVAL.toNanos();
        log.published(membership);
        target.publish(membership);
    }
}

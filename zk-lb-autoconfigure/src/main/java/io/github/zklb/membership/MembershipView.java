package io.github.zklb.membership;

import io.github.zklb.HostSet;
import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.DirectoryReader.Known;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.Reading.Denied;
import io.github.zklb.membership.Registrations.Relation;
import io.github.zklb.membership.Worker.Alarm;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns readings, failures and the passing of time into what is published of one service. While ZooKeeper is silent or
 * denies the service, the list of endpoints stands still. Used by the worker only.
 */
final class MembershipView {

    /** How long a server may show an older state than was seen before that counts as a reset of the ensemble. */
    static final Duration LONGEST_LAG = Duration.ofSeconds(10);

    /** How long ZooKeeper's first answer may take before stored endpoints stand in for it. */
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(ServiceMembership.class);

    private final Worker worker;
    private final Causes causes;
    private final Publisher publisher;
    private final AllowList allowed;
    private final Alarm settling;
    private final Alarm patience;

    private MembershipState state;
    private Instant silentSince;
    private @Nullable String silence;
    private @Nullable Stored stored;
    private boolean loaded;
    private boolean denied;
    private @Nullable Long lagsSince;
    private int resetCount;

    MembershipView(MembershipSettings settings, Worker worker, Causes causes, Publisher publisher) {
        this.worker = worker;
        this.causes = causes;
        this.publisher = publisher;
        this.allowed = settings.allowed();
        this.settling = new Alarm(worker, this::settle);
        this.patience = new Alarm(worker, this::offer);
        this.state = MembershipState.initial(settings);
        this.silentSince = worker.wallClock();
        this.silence = causes.noAnswer(silentSince);
    }

    /** The list of children as it was last read, or null while there is none. */
    @Nullable Known known() {
        Registrations last = state.registrations();
        return last.directory()
                .map(version -> new Known(version, last.byId().keySet()))
                .orElse(null);
    }

    /** The names of the children that are registered at some addresses. */
    Set<String> idsAt(Set<String> addresses) {
        return state.registrations().idsAt(addresses);
    }

    /** The names of the children that may not be read. */
    Set<String> unreadable() {
        return state.registrations().unreadable();
    }

    /** Gives what is served until ZooKeeper's first answer, if that does not come very soon. */
    void restore(Stored lastGood) {
        if (loaded) {
            return;
        }
        stored = lastGood;
        if (denied) {
            offer();
        } else {
            patience.setFor(worker.nanoTime() + PATIENCE.toNanos());
        }
    }

    /** There is no connection, perhaps for another reason than before. */
    void disconnected() {
        lagsSince = null;
        silent();
        silence = causes.noAnswer(silentSince);
        offer();
    }

    /** A reading failed. */
    void failed(String failure) {
        silent();
        silence = causes.noReading(failure);
        offer();
    }

    /**
     * Takes an answer, if it follows from what was seen before.
     *
     * @return whether it is taken; if not, everything is to be read again
     */
    boolean take(Reading answer) {
        if (answer instanceof Denied) {
            silence = null;
            denied = true;
            settle();
            return false;
        }
        Relation relation = state.registrations().relationOf(answer);
        if (relation == Relation.FALLS_SHORT) {
            return false;
        }
        if (relation == Relation.LAGS && !lagsTooLong()) {
            failed("its answer is older than what was read before");
            return false;
        }
        boolean resets = relation != Relation.FOLLOWS;
        resetCount += resets ? 1 : 0;
        Registrations before = resets ? state.registrations().outOfHistory() : state.registrations();
        state = state.with(before.take(answer, allowed, this::remark), resets, worker.nanoTime());
        silence = null;
        stored = null;
        patience.clear();
        loaded = true;
        denied = false;
        lagsSince = null;
        settle();
        return true;
    }

    void close() {
        settling.clear();
        patience.clear();
        publisher.close();
    }

    private boolean lagsTooLong() {
        long now = worker.nanoTime();
        lagsSince = lagsSince == null ? now : lagsSince;
        return now - lagsSince >= LONGEST_LAG.toNanos();
    }

    private void silent() {
        settling.clear();
        if (silence == null) {
            silentSince = worker.wallClock();
        }
    }

    private void settle() {
        if (silence == null && !denied) {
            state = state.settle(worker.nanoTime());
            state.dueNanos().ifPresent(settling::setFor);
        }
        offer();
    }

    private void offer() {
        State current = currentState();
        HostSet hosts = stored == null ? state.hosts() : stored.hosts();
        String cause = causes.of(current, silence, stored, hosts.size());
        publisher.offer(
                new Membership(hosts, current, cause, since(current), 0),
                state.registrations().invalid(),
                resetCount);
    }

    /** Stored endpoints are as old as the store says, not as this process. */
    private Instant since(State current) {
        return stored != null && current == State.STALE ? stored.confirmed() : worker.wallClock();
    }

    private State currentState() {
        if (!loaded && stored == null) {
            return denied ? State.DENIED : State.LOADING;
        }
        if (silence != null) {
            return State.STALE;
        }
        if (denied) {
            return State.DENIED;
        }
        boolean missing = state.registrations().directory().isEmpty();
        return missing && state.hosts().isEmpty() ? State.ABSENT : State.SYNCED;
    }

    private void remark(String remark) {
        log.warn("{}: {}", causes.serviceId(), remark);
    }
}

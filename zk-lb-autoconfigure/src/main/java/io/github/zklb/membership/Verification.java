package io.github.zklb.membership;

import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Worker.Alarm;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * When to read what nothing was signalled of. At each tick of a quiet service some of the nodes are due, those that were
 * read longest ago, so that each of them is read within an interval. Nodes that may not be read are due soon, then less
 * and less often, since a right that is granted is signalled by nothing. Used by the worker only.
 */
final class Verification {

    /** How many times as often a service is looked at that is not watched. */
    static final int POLLS = 12;

    private final MembershipSettings settings;
    private final PassPace pace;
    private final BooleanSupplier watched;
    private final Consumer<Collection<String>> due;
    private final Alarm tick;
    private final Alarm retry;
    private final Set<String> longestAgoFirst = new LinkedHashSet<>();
    private Set<String> unreadable = Set.of();
    private int retries;

    /**
     * Of a service that was not read yet.
     *
     * @param watched whether changes are signalled
     * @param due is given the nodes to read, perhaps none: then the directory itself is to be looked at
     */
    Verification(
            MembershipSettings settings,
            Worker worker,
            PassPace pace,
            BooleanSupplier watched,
            Consumer<Collection<String>> due) {
        this.settings = settings;
        this.pace = pace;
        this.watched = watched;
        this.due = due;
        this.tick = new Alarm(worker, this::tick);
        this.retry = new Alarm(worker, this::retry);
    }

    /**
     * An answer was taken.
     *
     * @param refused the nodes that may not be read
     */
    void taken(Reading answer, Set<String> refused, long nanoTime) {
        if (answer instanceof Listed listed) {
            read(listed.nodes().keySet(), listed.ids());
        }
        tick.setFor(pace.tickNanos(tickInterval(), nanoTime));
        if (!refused.equals(unreadable)) {
            unreadable = refused;
            retries = 0;
            retry.clear();
        }
        if (!refused.isEmpty()) {
            retry.setFor(pace.retryNanos(retries, nanoTime));
        }
    }

    private void read(Collection<String> nodes, Set<String> ids) {
        Set<String> there = new HashSet<>(nodes);
        there.retainAll(ids);
        longestAgoFirst.removeAll(there);
        longestAgoFirst.addAll(there);
        if (longestAgoFirst.size() > ids.size()) {
            longestAgoFirst.retainAll(ids);
        }
    }

    /** Nothing can be read. */
    void disconnected() {
        retry.clear();
    }

    void close() {
        tick.clear();
        retry.clear();
    }

    private void tick() {
        double share = (double) tickInterval().toNanos() / verifyInterval().toNanos();
        List<String> nodes = longestAgoFirst.stream()
                .limit((long) Math.ceil(longestAgoFirst.size() * share))
                .toList();
        due.accept(nodes);
    }

    private void retry() {
        retries++;
        due.accept(unreadable);
    }

    private Duration tickInterval() {
        Duration resync = often(settings.resyncInterval());
        return resync.compareTo(verifyInterval()) < 0 ? resync : verifyInterval();
    }

    private Duration verifyInterval() {
        return often(settings.verifyInterval(longestAgoFirst.size()));
    }

    private Duration often(Duration interval) {
        return watched.getAsBoolean() ? interval : interval.dividedBy(POLLS);
    }
}

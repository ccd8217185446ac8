package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.EventLog.Kind;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.policy.KnownOverlays.Overview;
import io.github.zklb.policy.KnownPolicy.Known;
import io.github.zklb.policy.Steering;
import io.github.zklb.reports.ReportedWeights;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.Zones;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one change of a service has made, published by one write: whoever sees a part of it sees all. Immutable.
 *
 * @param snapshot what requests read; null before the registry's first answer
 * @param known all endpoints, whether they serve or not, with the weights that count
 * @param overlays what operators have set, whether it is in effect or not
 * @param steering what overlays have made of their weights
 * @param candidates what the stages made of them
 * @param ejections who is ejected
 * @param zones whether zones count, and how; with routes, in the base
 * @param reports what the endpoints' reports of their load make of their weights
 * @param settings those that it was made by
 * @param rebuilds the changes so far
 */
public record Published(
        @Nullable Snapshot snapshot,
        HostSet known,
        Overview overlays,
        Steering steering,
        Candidates candidates,
        Ejections ejections,
        Zones.State zones,
        ReportedWeights reports,
        EngineSettings settings,
        Rebuilds rebuilds) {

    /** Nothing has been published yet. */
    static Published nothing(EngineSettings settings) {
        Candidates none = Candidates.of(HostSet.EMPTY);
        return new Published(
                null,
                HostSet.EMPTY,
                Overview.NONE,
                Steering.NONE,
                none,
                Ejections.NONE,
                Zones.State.OFF,
                ReportedWeights.none(none, null),
                settings,
                new Rebuilds(0, 0, 0));
    }

    /** What the stages have come to, and the snapshot that was made of it. */
    static Published of(@Nullable Snapshot snapshot, Stages.Staged staged, EngineSettings settings, Rebuilds rebuilds) {
        return new Published(
                snapshot,
                staged.all(),
                staged.overlays(),
                staged.steering(),
                staged.candidates(),
                staged.ejections(),
                staged.zones(),
                staged.reports(),
                settings,
                rebuilds);
    }

    /**
     * One difference between two publications.
     *
     * @param address the endpoint's, fit for a log; null if it is about the service
     */
    record Change(
            Kind kind, @Nullable String address, @Nullable String detail) {}

    /** What is compared of an endpoint: its weight, whether it is UP, how it is held, and why it is ejected. */
    private record Seen(
            double weight,
            boolean up,
            @Nullable Kind held,
            @Nullable String ejected) {}

    /** The same endpoints, with what the membership says of itself now. */
    Published with(Snapshot newSnapshot) {
        return with(newSnapshot, settings);
    }

    /** Whether the registry has an endpoint of the service, or hides whether it has. */
    boolean isRegistered() {
        Membership now = membership();
        return now != null && (!now.hosts().isEmpty() || now.state() == State.DENIED);
    }

    /** The same endpoints, by settings that make no difference to them. */
    Published with(EngineSettings newSettings) {
        return with(snapshot, newSettings);
    }

    private Published with(@Nullable Snapshot newSnapshot, EngineSettings newSettings) {
        return new Published(
                newSnapshot, known, overlays, steering, candidates, ejections, zones, reports, newSettings, rebuilds);
    }

    /**
     * What is compared to find clients that pick differently. Who is not registered any more, and gone by what this client's own
     * probes have found, is not in it. O(n log n).
     */
    public Digest digest() {
        return Digest.of(known.filter(each -> !reasons(each).contains(Reason.HELD_GONE)), steering, settings);
    }

    private Set<Reason> reasons(Endpoint endpoint) {
        return candidates.reasons().getOrDefault(endpoint, Set.of());
    }

    /** All endpoints with the weights that they declare. */
    public HostSet declared() {
        return steering.byResult().isEmpty()
                ? known
                : HostSet.of(known.endpoints().stream().map(steering::declared).toList());
    }

    /** How many endpoints are given requests. */
    int serving() {
        return (int) candidates.hosts().endpoints().stream()
                .filter(each -> candidates.acceptance().of(each) > 0)
                .count();
    }

    /** What is different from an earlier publication: first of the service, then of each endpoint. O(n). */
    @SuppressWarnings("ReferenceEquality") // where only the membership's words are others, nothing is compared
    List<Change> since(Published before) {
        List<Change> changes = new ArrayList<>();
        if (!settings.equals(before.settings)) {
            changes.add(new Change(Kind.SETTINGS, null, settings.since(before.settings)));
        }
        Membership now = membership();
        Membership then = before.membership();
        boolean same = now == null || then != null && then.state() == now.state();
        if (now != null && !same && now.state() != State.HELD) { // of that, each endpoint that is held tells
            changes.add(new Change(Kind.valueOf(now.state().name()), null, now.cause()));
        }
        if (ejections.panic() != before.ejections.panic()) {
            changes.add(new Change(ejections.panic() ? Kind.PANIC : Kind.PANIC_ENDED, null, null));
        }
        String mode = words(zones);
        if (!mode.equals(words(before.zones))) {
            changes.add(new Change(Kind.ZONE_MODE, null, mode));
        }
        steering.since(before.steering)
                .forEach((id, is) -> changes.add(new Change(Kind.OVERLAY_ON, null, id + ": " + is)));
        before.steering.since(steering).keySet().forEach(id -> changes.add(new Change(Kind.OVERLAY_OFF, null, id)));
        compare(before.overlays.policy(), overlays.policy(), changes);
        if (candidates != before.candidates) {
            Map<String, Seen> were = before.seen();
            Map<String, Seen> are = seen();
            are.forEach((address, is) -> compare(Printable.of(address), were.get(address), is, changes));
            were.keySet().stream()
                    .filter(address -> !are.containsKey(address))
                    .forEach(address -> changes.add(new Change(Kind.LEFT, Printable.of(address), null)));
        }
        return changes;
    }

    private static void compare(@Nullable Known was, @Nullable Known is, List<Change> changes) {
        if (!Objects.equals(was == null ? null : was.entry(), is == null ? null : is.entry())) {
            String words = is == null ? null : is.words();
            changes.add(new Change(words == null ? Kind.POLICY_OFF : Kind.POLICY_ON, null, words));
        }
        String problem = is == null ? null : is.because();
        if (problem != null && !problem.equals(was == null ? null : was.because())) {
            changes.add(new Change(Kind.POLICY_INVALID, null, problem));
        }
    }

    /** What the registry says, and who is held; null before its first answer. */
    public @Nullable Membership membership() {
        return snapshot == null ? null : snapshot.membership();
    }

    private static String words(Zones.State zones) {
        return zones.mode()
                + (zones.inEffect()
                        ? " in effect"
                        : zones.because() == null ? "" : " not in effect: " + zones.because());
    }

    private Map<String, Seen> seen() {
        Map<String, Seen> seen = new LinkedHashMap<>();
        known.endpoints().forEach(each -> {
            Set<Reason> why = reasons(each);
            seen.put(each.address(), new Seen(each.weight(), !why.contains(Reason.NOT_UP), held(why), ejected(each)));
        });
        return seen;
    }

    private static @Nullable Kind held(Set<Reason> why) {
        return why.contains(Reason.HELD_GONE)
                ? Kind.GONE
                : why.contains(Reason.HELD_DEMOTED) ? Kind.DEMOTED : why.contains(Reason.HELD) ? Kind.HELD : null;
    }

    private @Nullable String ejected(Endpoint endpoint) {
        return ejections.unreached().contains(endpoint.address())
                ? "accepts no connection"
                : ejections.slow().contains(endpoint.address())
                        ? "answers slowly"
                        : ejections.failing().contains(endpoint.address()) ? "gives failing answers" : null;
    }

    private static void compare(String address, @Nullable Seen was, Seen is, List<Change> changes) {
        if (was == null) {
            changes.add(new Change(Kind.JOINED, address, is.weight == 1 ? null : "weight " + number(is.weight)));
        } else if (was.weight != is.weight) {
            changes.add(new Change(Kind.REWEIGHED, address, number(was.weight) + " to " + number(is.weight)));
        }
        if (is.up != (was == null || was.up)) {
            changes.add(new Change(is.up ? Kind.UP : Kind.NOT_UP, address, null));
        }
        Kind wasHeld = was == null ? null : was.held;
        if (is.held != null && is.held != wasHeld) {
            changes.add(new Change(is.held, address, null));
        } else if (is.held == null && wasHeld != null) {
            changes.add(new Change(Kind.RETURNED, address, "is registered again"));
        }
        boolean wasEjected = was != null && was.ejected != null;
        if (is.ejected != null && !wasEjected) {
            changes.add(new Change(Kind.EJECTED, address, is.ejected));
        } else if (is.ejected == null && wasEjected) {
            changes.add(new Change(Kind.RETURNED, address, "is not ejected any more"));
        }
    }

    /** As it is written in a registration: without a fraction that is 0. */
    private static String number(double weight) {
        return weight == Math.rint(weight) ? Long.toString((long) weight) : Double.toString(weight);
    }

    /**
     * The changes that were worked in so far.
     *
     * @param count how many
     * @param nanos the time that this took
     * @param lastAt when the last was finished, by the monotonic clock
     */
    public record Rebuilds(long count, long nanos, long lastAt) {

        Rebuilds and(long begun, long finished) {
            return new Rebuilds(count + 1, nanos + finished - begun, finished);
        }
    }
}

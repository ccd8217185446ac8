package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.InvalidSettingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds endpoints back from a sudden mass loss for a bounded time. Immutable: {@link #step} gives the guard that
 * follows, so that time and input alone decide.
 *
 * <p>A hold begins when fewer endpoints are registered than the threshold's share of the most that were registered
 * within the window, or when any endpoint goes together with signs of a reset ensemble. From then on an endpoint that
 * goes is still served; what is new is taken at once, and an endpoint that had left before stays gone. The hold ends
 * when enough endpoints are registered again (after a reset: as many as before), or when the grace period is over; then
 * the registered endpoints are served as they are.
 */
public final class LossGuard {

    private final Settings settings;
    private final HostSet served;
    private final Set<String> held;
    private final List<Peak> peaks;
    private final @Nullable Hold hold;

    private LossGuard(Settings settings, HostSet served, Set<String> held, List<Peak> peaks, @Nullable Hold hold) {
        this.settings = settings;
        this.served = served;
        this.held = held;
        this.peaks = peaks;
        this.hold = hold;
    }

    /** A guard that has seen nothing yet and serves nothing. */
    static LossGuard create(Settings settings) {
        return new LossGuard(settings, HostSet.EMPTY, Set.of(), List.of(), null);
    }

    /**
     * The guard after one more answer of ZooKeeper, or after some time. O(n).
     *
     * @param registered the endpoints that are registered now
     * @param reset whether there are signs that the ensemble lost its data
     * @param nanoTime monotonic time, never less than at the step before
     */
    LossGuard step(HostSet registered, boolean reset, long nanoTime) {
        if (!settings.enabled()) {
            return new LossGuard(settings, registered, Set.of(), List.of(), null);
        }
        List<Peak> recent = recentPeaks(registered.size(), nanoTime);
        Hold next = hold == null ? holdThatBegins(registered, recent, reset, nanoTime) : hold;
        if (next == null || registered.size() >= next.required()) {
            return new LossGuard(settings, registered, Set.of(), recent, null);
        }
        if (nanoTime - next.endNanos() >= 0) {
            return new LossGuard(settings, registered, Set.of(), List.of(new Peak(registered.size(), nanoTime)), null);
        }
        Set<String> ids = distinct(registered, Endpoint::id);
        Set<String> addresses = distinct(registered, Endpoint::address);
        HostSet missing = served.filter(each -> !ids.contains(each.id()) && !addresses.contains(each.address()));
        List<Endpoint> all = new ArrayList<>(registered.endpoints());
        all.addAll(missing.endpoints());
        return new LossGuard(settings, HostSet.of(all), distinct(missing, Endpoint::address), recent, next);
    }

    /**
     * The guard without the endpoint that refuses connections at an address, if it is a held one. A registered one stays,
     * and the guard is the same.
     */
    LossGuard refused(String address) {
        if (!held.contains(address)) {
            return this;
        }
        Set<String> others = new HashSet<>(held);
        others.remove(address);
        return new LossGuard(settings, served.filter(each -> !each.address().equals(address)), others, peaks, hold);
    }

    /** The endpoints to serve: the registered ones, and the held ones. */
    HostSet served() {
        return served;
    }

    /** How many of the served endpoints are held: they are not registered any more. */
    int held() {
        return held.size();
    }

    /** Which of the served endpoints these are. */
    Set<Endpoint> heldEndpoints() {
        return Set.copyOf(
                served.filter(endpoint -> held.contains(endpoint.address())).endpoints());
    }

    /** When a step is due even if nothing changes: the end of the grace period. */
    OptionalLong dueNanos() {
        return hold == null ? OptionalLong.empty() : OptionalLong.of(hold.endNanos());
    }

    private @Nullable Hold holdThatBegins(HostSet registered, List<Peak> recent, boolean reset, long nanoTime) {
        int most = recent.stream().mapToInt(Peak::size).max().orElse(0);
        long end = nanoTime + settings.gracePeriod().toNanos();
        if (reset && registered.size() < served.size()) {
            return new Hold(end, served.size());
        }
        int required = (int) Math.ceil(most * settings.threshold());
        boolean massLoss = most >= settings.minimumEndpoints() && registered.size() < required;
        return massLoss ? new Hold(end, required) : null;
    }

    private static Set<String> distinct(HostSet hosts, Function<Endpoint, String> property) {
        return hosts.endpoints().stream().map(property).collect(Collectors.toUnmodifiableSet());
    }

    private List<Peak> recentPeaks(int size, long nanoTime) {
        List<Peak> recent = new ArrayList<>(peaks);
        if (!recent.isEmpty()) {
            int untilNow = recent.remove(recent.size() - 1).size();
            recent.add(new Peak(untilNow, nanoTime));
        }
        long oldest = nanoTime - settings.window().toNanos();
        recent.removeIf(peak -> peak.size() <= size || peak.untilNanos() - oldest < 0);
        recent.add(new Peak(size, nanoTime));
        return List.copyOf(recent);
    }

    /** The number of endpoints registered until a point in time. Peaks fall: a smaller one before a larger says nothing. */
    private record Peak(int size, long untilNanos) {}

    private record Hold(long endNanos, int required) {}

    /**
     * When the guard holds, and for how long.
     *
     * @param enabled whether to hold anything at all
     * @param threshold the share of the endpoints, 0 to 1, that must stay registered for a loss to be an ordinary one
     * @param minimumEndpoints the size from which on a service is guarded against a mass loss
     * @param window the time within which endpoints that go count as one loss
     * @param gracePeriod the time after which ZooKeeper's word is adopted whatever it is
     */
    public record Settings(
            boolean enabled, double threshold, int minimumEndpoints, Duration window, Duration gracePeriod) {

        private static final String PREFIX = "membership.loss-guard.";
        private static final Duration LONGEST = Duration.ofDays(1);

        /** More than half of four or more within 30 s is held for 30 s. */
        public static final Settings DEFAULTS =
                new Settings(true, 0.5, 4, Duration.ofSeconds(30), Duration.ofSeconds(30));

        /**
         * Checks the ranges.
         *
         * @throws InvalidSettingException if a value is out of range
         */
        public Settings {
            InvalidSettingException.requireRange(PREFIX + "threshold", threshold, 0, 1);
            InvalidSettingException.requireRange(PREFIX + "minimum-endpoints", minimumEndpoints, 1, 1_000_000);
            InvalidSettingException.requireRange(PREFIX + "window", window, Duration.ZERO, LONGEST);
            InvalidSettingException.requireRange(PREFIX + "grace-period", gracePeriod, Duration.ZERO, LONGEST);
        }
    }
}

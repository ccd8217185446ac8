package io.github.zklb.membership;

import static java.util.stream.Collectors.toUnmodifiableMap;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Lost.Evidence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoints of one service still get requests after they have lost their registrations, since they prove to be alive.
 * Immutable; what is registered, what probes and calls tell, and time alone decide.
 *
 * <p>A hold begins when fewer endpoints serve than the threshold's share of those that did within the window, when none
 * does any more, or when any goes together with signs of a reset ensemble. From then on, all that vanished within the
 * window and all that vanish later are held. The hold ends when enough serve again (after a reset: as many as before), or
 * when its time is over; then all of them leave.
 */
public final class Hold {

    private static final Situation NOTHING =
            new Situation(HostSet.EMPTY, HostSet.EMPTY, false, 0, (address, since) -> false, 0);

    /** Nothing is known of a service. */
    public static final Hold NOTHING_KNOWN = new Hold(NOTHING, 0, Map.of(), Map.of(), List.of(), null, null, List.of());

    /** Fewer new endpoints than this part of those that went are not their successors. */
    private static final double SUCCESSORS = 0.25;

    /**
     * Who registers at an address under another service so long before it vanishes from this one, or later, is another
     * process; who was there earlier already is the same one, which has two names.
     */
    private static final long RECYCLING = Duration.ofMinutes(1).toNanos();

    private static final Duration SPREAD_OF_EACH_PROBE = Duration.ofMillis(20);

    private final Situation last;
    private final long at;
    private final Map<String, Lost> lost;
    private final Map<String, Long> knownSince;
    private final List<Peak> peaks;
    private final @Nullable Long resetAt;
    private final @Nullable Episode episode;
    private final List<Endpoint> probes;

    private Hold(
            Situation last,
            long at,
            Map<String, Lost> lost,
            Map<String, Long> knownSince,
            List<Peak> peaks,
            @Nullable Long resetAt,
            @Nullable Episode episode,
            List<Endpoint> probes) {
        this.last = last;
        this.at = at;
        this.lost = Map.copyOf(lost);
        this.knownSince = knownSince;
        this.peaks = peaks;
        this.resetAt = resetAt;
        this.episode = episode;
        this.probes = probes;
    }

    /** How far an endpoint without a registration is to be trusted. */
    public enum Standing {
        /** It answered a call or took a connection since: it is served like a registered one. */
        PROVEN,
        /** Nothing is known: it is served when none that is registered or proven is left to try. */
        UNPROVEN,
        /** Its last call or probe failed: it is served when nothing else is left to try. */
        DEMOTED,
        /** Nobody listens there: it is not served any more. */
        GONE
    }

    /**
     * What is the case at a step.
     *
     * @param registered the endpoints that are registered
     * @param serving those of them that serve: whoever has left the traffic before it goes has left in order
     * @param connected whether this is ZooKeeper's present word
     * @param resets how many times there were signs that the ensemble lost its data
     * @param isElsewhere whether an address has come to be registered under another service since a point in time
     * @param lastContact when this client last reached anybody
     */
    public record Situation(
            HostSet registered,
            HostSet serving,
            boolean connected,
            int resets,
            BiPredicate<String, Long> isElsewhere,
            long lastContact) {}

    /** The most that served until a point in time. They fall: a smaller one before a larger says nothing. */
    private record Peak(int size, long untilNanos) {}

    /**
     * A hold that goes on.
     *
     * @param required how many must serve for it to end
     * @param lasted the connected time that it has lasted
     * @param grace how much of that counts for the grace period
     * @param succeeded whether all that serve came in the place of those that went, which are not to return then
     */
    private record Episode(int required, long lasted, long grace, boolean succeeded) {}

    /**
     * The hold after what is the case now, or after some time. O(n).
     *
     * @param nanoTime monotonic time, never less than at the step before
     */
    public Hold step(Situation now, HoldSettings settings, long nanoTime) {
        int serving = now.serving().size();
        if (!settings.enabled()) {
            return following(now, nanoTime, Map.of(), List.of(new Peak(serving, nanoTime)), null);
        }
        Map<String, Lost> missing = missing(now, nanoTime);
        List<Peak> recent = recentPeaks(serving, settings, nanoTime);
        Long reset = now.resets() == last.resets() ? resetAt : Long.valueOf(nanoTime);
        boolean resets = reset != null && nanoTime - reset <= settings.window().toNanos();
        if (episode == null) {
            missing.values()
                    .removeIf(
                            each -> nanoTime - each.since() > settings.window().toNanos());
        }
        Episode next = episode == null
                ? begun(serving, missing.size(), recent, resets, settings)
                : continued(episode, settings, nanoTime);
        if (next == null) {
            return following(now, nanoTime, missing, recent, reset);
        }
        if (serving >= next.required()) {
            return following(now, nanoTime, Map.of(), recent, null);
        }
        if (next.grace() >= settings.gracePeriod().toNanos()
                || next.lasted() >= settings.maxDuration().toNanos()) {
            return following(now, nanoTime, Map.of(), List.of(new Peak(serving, nanoTime)), null);
        }
        missing.replaceAll((address, each) -> each.settle(settings, nanoTime, now.lastContact()));
        return following(now, nanoTime, missing, recent, reset).holding(next, settings);
    }

    /** Those that are registered nowhere: those that were missing, and those that served until now. */
    private Map<String, Lost> missing(Situation now, long nanoTime) {
        Set<String> ids =
                now.registered().endpoints().stream().map(Endpoint::id).collect(toUnmodifiableSet());
        Set<String> addresses = addresses(now.registered());
        Map<String, Lost> missing = new HashMap<>(lost);
        last.serving().endpoints().forEach(each -> missing.putIfAbsent(each.address(), Lost.at(nanoTime, each)));
        missing.values()
                .removeIf(each -> ids.contains(each.endpoint().id())
                        || addresses.contains(each.endpoint().address())
                        || now.isElsewhere().test(each.endpoint().address(), each.since() - RECYCLING));
        return missing;
    }

    private static Set<String> addresses(HostSet hosts) {
        return hosts.endpoints().stream().map(Endpoint::address).collect(toUnmodifiableSet());
    }

    private List<Peak> recentPeaks(int size, HoldSettings settings, long nanoTime) {
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

    /** Neither does it count who left in order, nor who came for another before that one went. */
    private static @Nullable Episode begun(
            int serving, int missing, List<Peak> recent, boolean reset, HoldSettings settings) {
        int most = recent.stream().mapToInt(Peak::size).max().orElse(0);
        int before = Math.min(most, serving + missing);
        int required = Math.max(1, reset ? before : (int) Math.ceil(before * settings.threshold()));
        return missing > 0 && serving < required ? new Episode(required, 0, 0, false) : null;
    }

    private Episode continued(Episode going, HoldSettings settings, long nanoTime) {
        long passed = last.connected() ? nanoTime - at : 0;
        long grace = settings.countsGrace(!last.serving().isEmpty()) ? passed : 0;
        return new Episode(going.required(), going.lasted() + passed, going.grace() + grace, going.succeeded());
    }

    private Hold following(
            Situation now, long nanoTime, Map<String, Lost> missing, List<Peak> recent, @Nullable Long reset) {
        Map<String, Long> since = new HashMap<>();
        now.serving()
                .endpoints()
                .forEach(each -> since.put(each.address(), knownSince.getOrDefault(each.address(), nanoTime)));
        missing.keySet().forEach(address -> since.put(address, knownSince.getOrDefault(address, nanoTime)));
        return new Hold(now, nanoTime, missing, since, recent, reset, null, List.of());
    }

    /** The same in an episode, with what it asks for. */
    private Hold holding(Episode going, HoldSettings settings) {
        Episode next = new Episode(going.required(), going.lasted(), going.grace(), isSucceeded(settings));
        Map<String, Lost> asked = new HashMap<>(lost);
        asked.values().removeIf(each -> !settings.probe() || !each.wantsProbe(at));
        Map<String, Lost> probed = new HashMap<>(lost);
        asked.keySet().forEach(address -> probed.computeIfPresent(address, (of, each) -> each.probing(at)));
        List<Endpoint> wanted = asked.values().stream().map(Lost::endpoint).toList();
        return new Hold(last, at, probed, knownSince, peaks, resetAt, next, wanted);
    }

    /**
     * Whether all that serve are younger than those that went, came at about the same time, and are not too few: then a
     * deployment has replaced a whole fleet. After a reset nobody knows who is young.
     */
    private boolean isSucceeded(HoldSettings settings) {
        long oldestServing = ages(last.serving().endpoints().stream()
                        .map(Endpoint::address)
                        .toList())
                .max()
                .orElse(Long.MAX_VALUE);
        long youngestLost = ages(lost.keySet()).min().orElse(0);
        long began = lost.values().stream()
                .mapToLong(each -> at - each.since())
                .max()
                .orElse(0);
        return resetAt == null
                && oldestServing < youngestLost
                && oldestServing - began <= settings.window().toNanos()
                && last.serving().size() >= SUCCESSORS * lost.size();
    }

    private LongStream ages(Iterable<String> addresses) {
        LongStream.Builder ages = LongStream.builder();
        addresses.forEach(address -> ages.add(at - Objects.requireNonNull(knownSince.get(address))));
        return ages.build();
    }

    /** The same with what was seen of an endpoint, if it has no registration. Takes effect with the next step. */
    public Hold with(String address, Evidence evidence, long nanoTime) {
        Map<String, Lost> next = new HashMap<>(lost);
        next.computeIfPresent(address, (of, known) -> known.with(evidence, nanoTime));
        return new Hold(last, at, next, knownSince, peaks, resetAt, episode, List.of());
    }

    /** The endpoints that are held, and those that are gone by evidence, each with its standing. */
    public Map<Endpoint, Standing> standings() {
        Episode going = episode;
        return going == null
                ? Map.of()
                : lost.values().stream()
                        .collect(toUnmodifiableMap(Lost::endpoint, each -> each.standing(going.succeeded())));
    }

    /** The addresses without a registration, each with whether one more good answer from there would be no news. */
    public Map<String, Boolean> lost() {
        return lost.entrySet().stream()
                .filter(entry -> !entry.getValue().isGone())
                .collect(toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().isSure()));
    }

    /** Which endpoints are to be probed from this step on. */
    public List<Endpoint> probes() {
        return probes;
    }

    /** Over what time these probes are to be spread. */
    public Duration spread() {
        Duration all = SPREAD_OF_EACH_PROBE.multipliedBy(probes.size());
        return all.compareTo(Lost.LONGEST_SPREAD) < 0 ? all : Lost.LONGEST_SPREAD;
    }

    /** When a step is due even if nothing is told; empty if none is. */
    public OptionalLong dueNanos(HoldSettings settings) {
        if (episode == null) {
            return OptionalLong.empty();
        }
        LongStream.Builder due = LongStream.builder();
        if (last.connected()) {
            due.add(at + settings.maxDuration().toNanos() - episode.lasted());
        }
        if (last.connected() && settings.countsGrace(!last.serving().isEmpty())) {
            due.add(at + settings.gracePeriod().toNanos() - episode.grace());
        }
        lost.values().forEach(each -> each.due(settings, at).forEach(due::add));
        return due.build().reduce((one, other) -> one - other <= 0 ? one : other);
    }
}

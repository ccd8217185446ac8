package io.github.zklb.traffic;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The stage that keeps requests in the caller's own zone: it gives each endpoint the part of its share by which its zone gets
 * its own, whatever the strategy. The endpoints of a zone that gets nothing are in a later tier, where retries find them. It is
 * the last stage: what the others hold back in one zone goes to where most is to spare. Pure functions, O(n).
 *
 * @param candidates what the stage left
 * @param state whether zones count, and how
 */
public record Zones(Candidates candidates, State state) {

    private static final double WHOLE = 1 - 1e-9;

    /** Half of the least part of its share that a strategy gives an endpoint. */
    private static final double NOTHING = 0.00005;

    /** Why zones do not count although they are to. */
    public enum Obstacle {
        /** A supplier of Spring's keeps to the zone already. */
        ZONE_PREFERENCE_SUPPLIER,
        /** A key would have another owner in each zone. */
        CONSISTENT_HASH,
        /** So much is ejected that the ejections are ignored. */
        PANIC,
        /** Nobody has said which zone the caller is in. */
        NO_OWN_ZONE,
        /** There are fewer endpoints than {@code zone.min-endpoints}. */
        TOO_FEW_ENDPOINTS,
        /** All endpoints are in the same zone. */
        ONE_ZONE,
        /** It is not known how the callers are spread over the zones, or none of them is in the own one. */
        CALLERS_UNKNOWN
    }

    /**
     * Whether zones count, and how.
     *
     * @param mode what is wanted
     * @param own the caller's own zone; null if it has none
     * @param inEffect whether zones count
     * @param because why they do not; null if they do, or are not to
     * @param shares the part of this caller's requests, from 0 to 1, that each zone is given; the endpoints without a zone are
     *     one of an empty name; empty if zones do not count
     */
    public record State(
            Mode mode,
            @Nullable String own,
            boolean inEffect,
            @Nullable Obstacle because,
            Map<String, Double> shares) {

        /** Zones are not to count. */
        public static final State OFF = new State(Mode.OFF, null, false, null, Map.of());

        /** Copies the shares. */
        public State {
            shares = Collections.unmodifiableMap(new TreeMap<>(shares));
        }
    }

    /** The same candidates, where zones are not to count. */
    public static Zones off(Candidates passed) {
        return new Zones(passed, State.OFF);
    }

    /**
     * Runs the stage.
     *
     * @param passed what the stages before left
     * @param known all endpoints there are, whether they serve or not
     * @param callers what the callers of each zone weigh; empty if that is not known
     * @param weight what counts as the weight of an endpoint
     * @param obstacle why zones cannot count, for a reason from outside; null if there is none
     */
    public static Zones of(
            Candidates passed,
            HostSet known,
            ZoneSettings settings,
            Map<String, Double> callers,
            ToDoubleFunction<Endpoint> weight,
            @Nullable Obstacle obstacle) {
        if (settings.mode() == Mode.OFF) {
            return off(passed);
        }
        Map<String, Double> servers = weights(passed.hosts(), settings, weight);
        Obstacle because =
                obstacle != null ? obstacle : obstacle(passed.hosts().size(), servers.size(), settings, callers);
        if (because != null) {
            return new Zones(passed, new State(settings.mode(), settings.own(), false, because, Map.of()));
        }
        String own = Objects.requireNonNull(settings.own());
        Map<String, Double> accepting = weights(
                passed.hosts(),
                settings,
                each -> passed.tier(each) > 0
                        ? 0
                        : weight.applyAsDouble(each) * passed.acceptance().of(each));
        Map<String, Double> shares = settings.mode() == Mode.BALANCED
                ? ZoneShares.balanced(callers, servers, accepting, own)
                : ZoneShares.preferLocal(available(passed, known, settings, servers, accepting, own), accepting, own);
        return new Zones(
                given(passed, settings, parts(shares, accepting)), new State(settings.mode(), own, true, null, shares));
    }

    private static @Nullable Obstacle obstacle(
            int endpoints, int zones, ZoneSettings settings, Map<String, Double> callers) {
        if (settings.own() == null) {
            return Obstacle.NO_OWN_ZONE;
        }
        if (endpoints < settings.minEndpoints()) {
            return Obstacle.TOO_FEW_ENDPOINTS;
        }
        if (zones < 2) {
            return Obstacle.ONE_ZONE;
        }
        return settings.mode() == Mode.BALANCED && callers.getOrDefault(settings.own(), 0.0) == 0
                ? Obstacle.CALLERS_UNKNOWN
                : null;
    }

    /** What the endpoints of each zone weigh together. */
    public static Map<String, Double> weights(HostSet hosts, ZoneSettings settings, ToDoubleFunction<Endpoint> weight) {
        Map<String, Double> weights = new TreeMap<>();
        hosts.endpoints().forEach(each -> weights.merge(settings.of(each), weight.applyAsDouble(each), Double::sum));
        return weights;
    }

    /** The part of the own zone that serves: of its endpoints as they are registered, and of the weight of those that are left. */
    private static double available(
            Candidates passed,
            HostSet known,
            ZoneSettings settings,
            Map<String, Double> servers,
            Map<String, Double> accepting,
            String own) {
        Predicate<Endpoint> isOwn = each -> settings.of(each).equals(own);
        int serving = passed.hosts().filter(isOwn).size();
        return serving == 0
                ? 0
                : (double) serving
                        / known.filter(isOwn).size()
                        * accepting.getOrDefault(own, 0.0)
                        / servers.getOrDefault(own, 0.0);
    }

    /** By how much each zone's share is more than what it weighs, in proportion to the zone for which it is most. */
    private static Map<String, Double> parts(Map<String, Double> shares, Map<String, Double> accepting) {
        Map<String, Double> parts = new TreeMap<>();
        shares.forEach((zone, share) -> {
            double weight = accepting.getOrDefault(zone, 0.0);
            parts.put(zone, weight > 0 ? share / weight : 0);
        });
        double most = Collections.max(parts.values());
        parts.replaceAll((zone, part) -> most == 0 ? 1 : part / most < NOTHING ? 0 : part / most);
        return parts;
    }

    private static Candidates given(Candidates passed, ZoneSettings settings, Map<String, Double> parts) {
        ToDoubleFunction<Endpoint> part = each -> parts.getOrDefault(settings.of(each), 0.0);
        return passed.because(each -> part.applyAsDouble(each) < WHOLE, Reason.OTHER_ZONE)
                .accepting(part::applyAsDouble)
                .later(each -> part.applyAsDouble(each) == 0, Candidates.OTHER_ZONES);
    }
}

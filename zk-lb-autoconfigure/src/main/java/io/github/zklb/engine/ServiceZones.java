package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.Reason;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.membership.ServiceMembership.Subscription;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Serving;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.ZoneSettings.Mode;
import io.github.zklb.traffic.Zones;
import io.github.zklb.traffic.Zones.Obstacle;
import io.github.zklb.traffic.Zones.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The zones of one service: finds out how the callers are spread over them, runs the stage, and says once each why zones do not
 * count. The registrations of the caller's own service are watched from the first time on that their zones matter. Stages run on
 * one thread at a time.
 */
final class ServiceZones {

    private static final Logger log = LoggerFactory.getLogger(ServiceEngine.class);

    /** A caller registers itself when it has started, and finds itself a moment later. */
    private static final Duration CALLERS_COME_WITHIN = Duration.ofSeconds(15);

    private final ServiceEngine engine;
    private final ServiceEngines.Shared shared;
    private final Runnable changed;
    private final Set<Told> told = new HashSet<>();
    private final Map<Map<String, String>, Long> unknownSince = new HashMap<>();
    private @Nullable ServiceMembership followed;
    private Subscription following = () -> {};
    private volatile Map<String, Double> callers = Map.of();
    private volatile State state = State.OFF;
    private volatile boolean inSuppliers;

    /** What was said of the base, which has no metadata, or of another group. */
    private record Told(Map<String, String> group, Obstacle obstacle) {}

    /**
     * Follows nobody yet.
     *
     * @param changed runs when the stage would come to something else, on any thread: it must not wait
     */
    ServiceZones(ServiceEngine engine, ServiceEngines.Shared shared, Runnable changed) {
        this.engine = engine;
        this.shared = shared;
        this.changed = changed;
    }

    /** Whether zones count as of the last stage, and how; with routes, in the base. */
    State state() {
        return state;
    }

    /** Whether a supplier around the service's lists keeps to the zone by itself. */
    void inSuppliers(boolean now) {
        if (now != inSuppliers) {
            inSuppliers = now;
            changed.run();
        }
    }

    /**
     * The stage.
     *
     * @param known all endpoints there are
     */
    Candidates place(Candidates passed, HostSet known) {
        EngineSettings settings = engine.settings();
        boolean balanced = settings.zone().own() != null && settings.zone().mode() == Mode.BALANCED;
        callers = callers(settings.zone(), balanced && !inSuppliers);
        Zones zones = zones(passed, known, settings);
        State last = state;
        state = settings.routes().isEmpty() ? zones.state() : inBase(passed, known, settings);
        tell(last, settings.routes().isEmpty() ? passed.hosts() : base(passed.hosts(), settings));
        return zones.candidates();
    }

    /** With routes no request is among all endpoints: one for which no route holds is among those of the base. */
    private State inBase(Candidates passed, HostSet known, EngineSettings settings) {
        Candidates ofBase = passed.among(base(passed.hosts(), settings));
        return zones(ofBase, base(known, settings), settings).state();
    }

    private static HostSet base(HostSet hosts, EngineSettings settings) {
        return hosts.filter(Group.BASE.members(settings.routes()));
    }

    /** What the stage would make of other endpoints by other settings, with the callers that are known now. */
    Zones suppose(Candidates passed, HostSet known, EngineSettings settings) {
        return zones(passed, known, settings);
    }

    private Zones zones(Candidates passed, HostSet known, EngineSettings settings) {
        boolean weighted = StrategyCatalogue.isWeighted(settings.strategy());
        return Zones.of(
                passed,
                known,
                settings.zone(),
                callers,
                weighted ? weight(passed.hosts(), settings) : each -> 1,
                obstacle(settings, passed));
    }

    private @Nullable Obstacle obstacle(EngineSettings settings, Candidates passed) {
        if (inSuppliers) {
            return Obstacle.ZONE_PREFERENCE_SUPPLIER;
        }
        if (settings.strategy().equals(ConsistentHashSettings.STRATEGY)) {
            return Obstacle.CONSISTENT_HASH;
        }
        return passed.isNoted(Reason.PANIC) ? Obstacle.PANIC : null;
    }

    private static ToDoubleFunction<Endpoint> weight(HostSet hosts, EngineSettings settings) {
        double limit = hosts.weightLimit(settings.strategySettings().maxWeightRatio());
        return each -> Math.min(each.weight(), limit);
    }

    private synchronized Map<String, Double> callers(ZoneSettings settings, boolean matter) {
        boolean registrations = matter && settings.callerShares().isEmpty();
        ServiceMembership own = registrations ? shared.others().callers() : null;
        if (own != followed) {
            following.close();
            followed = own;
            following = own == null ? () -> {} : own.subscribe(any -> follow(own));
        }
        return own == null ? settings.callerShares() : registered(own);
    }

    /** Runs on the thread that reads all services. */
    private void follow(ServiceMembership own) {
        if (!registered(own).equals(callers)) {
            changed.run();
        }
    }

    private Map<String, Double> registered(ServiceMembership own) {
        HostSet serving = own.current().hosts().filter(Serving::serves);
        EngineSettings settings = engine.settings();
        return Zones.weights(serving, settings.zone(), weight(serving, settings));
    }

    private synchronized void tell(State last, HostSet hosts) {
        State now = state;
        if (now.mode() != last.mode()) {
            told.clear();
            unknownSince.clear();
        }
        if (now.inEffect() && !last.inEffect()) {
            log.info(
                    "service {}: requests go by zones ({}), from zone {}: {}",
                    engine.serviceId(),
                    now.mode(),
                    now.own(),
                    now.shares());
        }
        tell(Map.of(), hosts.isEmpty() ? null : now.because());
    }

    /** Says why zones do not count in a group, where that is not what is said of the base. */
    synchronized void tell(Map<Map<String, String>, Zones> groups) {
        told.removeIf(each -> !each.group.isEmpty() && !groups.containsKey(each.group));
        unknownSince.keySet().removeIf(each -> !each.isEmpty() && !groups.containsKey(each));
        groups.forEach((group, zones) -> {
            Obstacle because = zones.state().because();
            boolean isNews =
                    because != state.because() && !zones.candidates().hosts().isEmpty();
            tell(group, isNews ? because : null);
        });
    }

    /** Says it at once, unless it may pass by itself in a moment. */
    private void tell(Map<String, String> group, @Nullable Obstacle because) {
        if (because != Obstacle.CALLERS_UNKNOWN) {
            unknownSince.remove(group);
            if (because != null) {
                tellOnce(new Told(group, because));
            }
        } else if (unknownSince.putIfAbsent(group, shared.nanoTime().getAsLong()) == null) {
            shared.timers().schedule(() -> tellOfCallers(group), CALLERS_COME_WITHIN);
        } else {
            tellOfCallers(group);
        }
    }

    private synchronized void tellOfCallers(Map<String, String> group) {
        Long since = unknownSince.get(group);
        if (since != null && shared.nanoTime().getAsLong() - since >= CALLERS_COME_WITHIN.toNanos()) {
            tellOnce(new Told(group, Obstacle.CALLERS_UNKNOWN));
        }
    }

    private synchronized void tellOnce(Told what) {
        if (!told.add(what)) {
            return;
        }
        Obstacle obstacle = what.obstacle;
        String of = engine.serviceId() + (what.group.isEmpty() ? "" : ", group " + Printable.of(what.group.toString()));
        String text =
                Message.ZONES_DO_NOT_COUNT.of("service {}: zones do not count, although zk-lb.zone.mode is {}: {}");
        switch (obstacle) {
            case ONE_ZONE, TOO_FEW_ENDPOINTS, PANIC -> log.info(text, of, state.mode(), words(obstacle));
            default -> log.warn(text, of, state.mode(), words(obstacle));
        }
    }

    private String words(Obstacle obstacle) {
        ZoneSettings settings = engine.settings().zone();
        return switch (obstacle) {
            case ZONE_PREFERENCE_SUPPLIER ->
                "a supplier of Spring Cloud LoadBalancer prefers the zone already; remove"
                        + " zone-preference from spring.cloud.loadbalancer.configurations, or withZonePreference()";
            case CONSISTENT_HASH ->
                "with the strategy consistent-hash a key would have another instance in each zone;"
                        + " choose another strategy, or set zk-lb.zone.mode to off";
            case PANIC -> "so many instances are ejected that their ejections are ignored";
            case NO_OWN_ZONE ->
                "this application has no zone; set zk-lb.zone.name, or the metadata " + settings.metadataKey()
                        + " of its registration";
            case TOO_FEW_ENDPOINTS ->
                "fewer than zk-lb.zone.min-endpoints (" + settings.minEndpoints() + ") instances serve";
            case ONE_ZONE -> "all instances that serve have the same metadata " + settings.metadataKey();
            case CALLERS_UNKNOWN ->
                "of this application itself no instance is registered that serves and names the zone "
                        + settings.own() + " in its metadata " + settings.metadataKey()
                        + ", so that it is not known how the"
                        + " callers are spread over the zones; register it, or set zk-lb.zone.caller-shares";
        };
    }

    /** Follows nobody any more. */
    synchronized void close() {
        following.close();
    }
}

package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Membership;
import io.github.zklb.policy.KnownOverlays;
import io.github.zklb.policy.KnownOverlays.Overview;
import io.github.zklb.policy.KnownPolicy;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.policy.OverlaySource.Watched;
import io.github.zklb.policy.SettingLayers;
import io.github.zklb.policy.SettingLayers.Layer;
import io.github.zklb.policy.Steering;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The overlays and the policy of one service: follows their source, lets the service have the settings that they say, works the
 * overlays in, and wakes the service when the next one ends. They are worked in by one thread at a time.
 */
final class ServiceOverlays {

    private static final Logger log = LoggerFactory.getLogger(ServiceEngine.class);

    private final ServiceEngine engine;
    private final ServiceEngines.Shared shared;
    private final Runnable changed;
    private final KnownOverlays known;
    private final KnownPolicy policy;
    private final Object settling = new Object();
    private volatile @Nullable Watched watched;
    private volatile boolean closed;
    private volatile Overview overview = Overview.NONE;
    private volatile SettingLayers layers = SettingLayers.NONE;
    private volatile Bound bound;
    private EngineSettings own;
    private boolean stepped;
    private volatile Steering steering = Steering.NONE;
    private volatile Runnable cancelEnd = () -> {};

    /**
     * What the service's settings were made of.
     *
     * @param layers what operators want
     * @param refused why some of it cannot be
     */
    private record Bound(EngineSettings settings, SettingLayers layers, Map<Layer, String> refused) {}

    /**
     * Follows nothing yet.
     *
     * @param changed runs when they would come to something else, on any thread: it must not wait
     */
    ServiceOverlays(ServiceEngine engine, ServiceEngines.Shared shared, Runnable changed) {
        this.engine = engine;
        this.shared = shared;
        this.changed = changed;
        Consumer<String> warnings = warning -> log.warn("service {}: {}", engine.serviceId(), warning);
        this.known = new KnownOverlays(warnings);
        this.policy = new KnownPolicy(warnings);
        this.own = engine.settings();
        this.bound = new Bound(own, SettingLayers.NONE, Map.of());
    }

    /** What there is of overlays, as of the last time that they were worked in. */
    Overview overview() {
        return overview.refusing(bound.refused);
    }

    /** Whether they have been read, and what was read last is what counts. */
    boolean areKnown() {
        Watched read = watched;
        return read != null
                && read.areRead()
                && read.nodes()
                        .equals(overview.nodes().stream()
                                .map(KnownOverlays.Known::node)
                                .toList());
    }

    /**
     * Puts the first endpoints off until these are read, so that a client that starts sends nothing to those that operators have
     * drained: for three quarters of the time that its first calls wait, so that these find the picker made; if ZooKeeper answers.
     * Called by the thread that works them in.
     *
     * @return whether it does; it works them in again then when the time is over
     */
    boolean putOff(Membership first) {
        Duration ofCalls = engine.settings().firstLoadTimeout();
        Duration left = engine.leftToWait().minus(ofCalls.dividedBy(4));
        boolean awaited = !stepped
                && first.state() == Membership.State.SYNCED
                && !first.hosts().isEmpty()
                && !left.isNegative()
                && !left.isZero();
        if (awaited) {
            cancelEnd.run();
            cancelEnd = shared.timers().schedule(changed, left);
        }
        return awaited;
    }

    /** Whether an endpoint, as it is registered, has been drained. */
    boolean drains(Endpoint declared) {
        return steering.drains(declared);
    }

    /** Reads them from now on, if the settings say so, and not any more, if they do not. */
    synchronized Watched watched() {
        boolean wanted = !closed && engine.settings().overlays().enabled();
        if (watched == null && wanted) {
            watched = shared.others().overlays().watch(engine.serviceId(), changed);
        } else if (watched != null && !wanted) {
            watched.close();
            watched = null;
        }
        return watched == null ? List::of : watched;
    }

    /** Looks which of them count now. If they say other settings than before, the service has these from now on. */
    void step() {
        long now = shared.nanoTime().getAsLong();
        String application = shared.others().overlays().application();
        Watched read = watched();
        stepped = read.areRead();
        overview = known.step(read.nodes(), engine.settings().overlays(), application, Instant.now(), now)
                .with(policy.step(read.policy()));
        cancelEnd.run();
        cancelEnd = overview.due().isEmpty()
                ? () -> {}
                : shared.timers()
                        .schedule(changed, Duration.ofNanos(overview.due().getAsLong() - now));
        if (closed) {
            cancelEnd.run();
        }
        SettingLayers next = overview.layers();
        if (!next.equals(layers)) {
            layers = next;
            settle();
        }
    }

    /** The application's own configuration may be another. */
    void refresh() {
        Bound before = bound;
        settle();
        if (!bound.refused.equals(before.refused)) {
            changed.run();
        }
    }

    /**
     * Reads the service's settings again, with what operators have set. Where they have changed, they count from now on. Of what
     * the application says the last that is right goes on, and of what operators have set whatever can be with it.
     */
    private void settle() {
        synchronized (settling) {
            String problem = null;
            try {
                own = shared.others().settings(engine.serviceId(), SettingLayers.NONE, own);
            } catch (RuntimeException e) {
                problem = String.valueOf(e.getMessage());
                if (!problem.equals(engine.refusal())) {
                    log.error(
                            Message.SETTINGS_THAT_STAY.of("service {} keeps its settings: {}"),
                            engine.serviceId(),
                            problem,
                            e);
                }
            }
            Bound before = bound;
            bound = own.overlays().enabled()
                    ? bound(layers, before, problem != null)
                    : new Bound(own, layers, Map.of());
            tell(before, bound);
            engine.retune(bound.settings);
            engine.refused(problem);
        }
    }

    /** With all layers; if they cannot be, with each that can be together with those that go before it. */
    private Bound bound(SettingLayers wanted, Bound before, boolean isOwnWrong) {
        if (wanted.equals(SettingLayers.NONE)) {
            return new Bound(own, wanted, Map.of());
        }
        try {
            return new Bound(settings(wanted), wanted, Map.of());
        } catch (RuntimeException e) {
            if (isOwnWrong && wanted.equals(before.layers)) {
                return before; // they were made when it was right
            }
        }
        EngineSettings settings = own;
        SettingLayers kept = SettingLayers.NONE;
        Map<Layer, String> refused = new HashMap<>();
        for (Layer each : wanted.inOrder()) {
            try {
                SettingLayers more = kept.with(each, each.equals(wanted.below()));
                settings = settings(more);
                kept = more;
            } catch (RuntimeException e) {
                refused.put(each, Printable.of("it cannot be with the other settings: " + e.getMessage()));
            }
        }
        return new Bound(settings, wanted, Map.copyOf(refused));
    }

    private EngineSettings settings(SettingLayers wanted) {
        return shared.others().settings(engine.serviceId(), wanted, engine.settings());
    }

    private void tell(Bound before, Bound now) {
        now.refused.forEach((layer, why) -> {
            if (!why.equals(before.refused.get(layer))) {
                log.warn(
                        Message.AN_OVERLAY_IS_REFUSED.of("service {}: {} is refused until the settings change: {}"),
                        engine.serviceId(),
                        layer.origin(),
                        why);
            }
        });
    }

    /**
     * Works them in.
     *
     * @param hosts all endpoints, as they are registered
     * @param registered whether one is registered, and not only held
     */
    Steering place(HostSet hosts, Predicate<Endpoint> registered) {
        Steering before = steering;
        Steering next = suppose(hosts, registered, engine.settings(), List.of());
        steering = next;
        tell(before, next);
        return next;
    }

    /**
     * What they would come to for other endpoints by other settings; without any effect.
     *
     * @param further overlays that there are not, each in the place of one of the same name
     */
    Steering suppose(HostSet others, Predicate<Endpoint> registered, EngineSettings settings, List<Counting> further) {
        List<Counting> counting = new ArrayList<>(overview().counting());
        counting.removeIf(each -> further.stream()
                .anyMatch(other -> other.node().id().equals(each.node().id())));
        counting.addAll(further);
        Steering.Situation situation = new Steering.Situation(
                registered,
                settings.zone().metadataKey(),
                settings.strategySettings().maxWeightRatio());
        return Steering.of(others, situation, counting, settings.overlays(), steering);
    }

    private void tell(Steering before, Steering now) {
        String service = engine.serviceId();
        before.since(now).keySet().forEach(id -> log.info("service {}: the overlay {} is off", service, id));
        now.since(before).forEach((id, words) -> log.info("service {}: the overlay {} is on: {}", service, id, words));
        now.refused().forEach((version, why) -> {
            if (!before.refused().containsKey(version)) {
                log.warn(
                        Message.AN_OVERLAY_IS_REFUSED.of("service {}: the overlay {} is refused: {}"),
                        service,
                        version.id(),
                        why);
            }
        });
    }

    /** Follows nothing any more. */
    synchronized void close() {
        closed = true;
        cancelEnd.run();
        var unused = watched();
    }
}

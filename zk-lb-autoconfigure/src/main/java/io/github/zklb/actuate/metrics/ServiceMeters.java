package io.github.zklb.actuate.metrics;

import static io.github.zklb.actuate.metrics.MeterGroup.tag;

import io.github.zklb.Reason;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.PickCounts;
import io.github.zklb.engine.EventLog;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshots;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.policy.KnownOverlays;
import io.github.zklb.policy.KnownPolicy;
import io.github.zklb.traffic.Zones;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the services that the application calls: a fixed number for each, from its opening until this is closed,
 * and for each of its endpoints, if asked for, as long as it is there. The meters are read when they are collected;
 * a pick knows nothing of Micrometer.
 */
public final class ServiceMeters implements MeterBinder, AutoCloseable {

    private final ServiceEngines engines;
    private final boolean perEndpoint;
    private final InstantSource clock;
    private final Queue<ServiceMembership.Subscription> subscriptions = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> removals = new ConcurrentLinkedQueue<>();

    /**
     * Binds nothing yet.
     *
     * @param engines the engines of the services; they stay the caller's
     * @param perEndpoint whether each endpoint has meters of its own
     * @param clock the wall clock, for the age of a membership
     */
    public ServiceMeters(ServiceEngines engines, boolean perEndpoint, InstantSource clock) {
        this.engines = engines;
        this.perEndpoint = perEndpoint;
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        subscriptions.add(engines.subscribe(service -> bind(registry, service)));
    }

    private void bind(MeterRegistry registry, ServiceEngine service) {
        service.picks().begin();
        Tags tags = Tags.of(MeterGroup.SERVICE_ID, service.serviceId());
        MeterGroup<ServiceEngine> meters = new MeterGroup<>(registry, service, tags, new ArrayList<>());
        removeLater(service, meters::remove);
        calls(meters);
        membership(meters, clock);
        zones(meters);
        overlays(meters);
        events(meters);
        snapshots(meters.from(service.snapshots()));
        if (perEndpoint) {
            removeLater(service, new EndpointMeters(registry, service)::close);
        }
    }

    /** With the service, or with this. */
    private void removeLater(ServiceEngine service, Runnable removal) {
        removals.add(removal);
        service.snapshots().follow(() -> {}, () -> {
            if (removals.remove(removal)) {
                removal.run();
            }
        });
    }

    private static void calls(MeterGroup<ServiceEngine> meters) {
        String picks = "Picks of an endpoint for a request, by what became of them";
        for (PickCounts.Outcome outcome : PickCounts.Outcome.values()) {
            meters.with("outcome", tag(outcome))
                    .counter("zk.lb.picks", "picks", picks, of -> of.picks().of(outcome));
        }
        String fallbacks = "Picks for the group of a route that gave an endpoint of another";
        meters.counter(
                "zk.lb.route.fallbacks",
                "picks",
                fallbacks,
                of -> of.routeCounts().elsewhere());
        String inFlight = "Requests sent and not ended";
        meters.gauge(
                "zk.lb.reporting",
                "endpoints",
                "Endpoints that have reported their load of late",
                ServiceEngine::reporting);
        meters.from(meters.of().loads()).gauge("zk.lb.in.flight", "requests", inFlight, CallLoads::countInFlight);
    }

    private static void snapshots(MeterGroup<Snapshots> meters) {
        endpoints(meters.with("state", "serving"), null);
        for (Reason state : Reason.values()) {
            // who is ejected in vain is ejected, and nobody is in another group than some request
            if (state != Reason.PANIC && state != Reason.OTHER_GROUP) {
                endpoints(meters.with("state", tag(state)), state);
            }
        }
        String ejections = "Ejections of endpoints whose calls failed";
        meters.counter("zk.lb.ejections", "ejections", ejections, Snapshots::ejections);
        String failures = "Changes that could not be worked in, and are tried again";
        meters.counter("zk.lb.snapshot.failures", "failures", failures, Snapshots::failures);
        String age = "Time since the endpoints and their shares changed last";
        meters.time("zk.lb.snapshot.age", age, TimeUnit.NANOSECONDS, Snapshots::age);
        meters.timer(
                "zk.lb.snapshot.rebuild",
                "Time that a change takes to be worked into a new snapshot",
                of -> of.rebuilds().count(),
                of -> of.rebuilds().nanos());
    }

    private static void endpoints(MeterGroup<Snapshots> meters, @Nullable Reason state) {
        String description = "Endpoints known, by how they are treated";
        meters.gauge("zk.lb.endpoints", "endpoints", description, of -> of.count(state));
    }

    private static void membership(MeterGroup<ServiceEngine> meters, InstantSource clock) {
        String states = "1 for the state of the membership, 0 for every other state";
        for (Membership.State state : Membership.State.values()) {
            meters.with("state", tag(state))
                    .gauge(
                            "zk.lb.membership.state",
                            null,
                            states,
                            of -> known(of, 0, its -> its.state() == state ? 1 : 0));
        }
        meters.time(
                "zk.lb.membership.age",
                "Time in the state of the membership; of stored endpoints, since ZooKeeper confirmed them",
                TimeUnit.MILLISECONDS,
                of -> known(of, Double.NaN, its -> millisSince(its.since(), clock)));
        String invalid = "Nodes that cannot be read or have no valid content";
        meters.gauge("zk.lb.invalid.nodes", "nodes", invalid, of -> ofMembership(of, ServiceMembership::invalidNodes));
        String publications = "Lists and states of the endpoints that were published";
        meters.counter(
                "zk.lb.membership.publications",
                "publications",
                publications,
                of -> ofMembership(of, its -> its.current().version()));
        String errors = "Readings of the endpoints that ended in an error of zk-lb's own, or of a listener's";
        meters.counter("zk.lb.membership.errors", "errors", errors, of -> ofMembership(of, ServiceMembership::errors));
    }

    private static void events(MeterGroup<ServiceEngine> meters) {
        String events = "Events, each counted by the endpoints that it is about";
        for (EventLog.Kind kind : EventLog.Kind.values()) {
            meters.with("kind", tag(kind))
                    .counter("zk.lb.events", "events", events, of -> of.events().count(kind));
        }
        String refused = "1 as long as the last change of the settings is refused, else 0";
        meters.gauge("zk.lb.settings.refused", null, refused, of -> of.refusal() == null ? 0 : 1);
    }

    private static void overlays(MeterGroup<ServiceEngine> meters) {
        overlays(meters, "applied", now -> now.steering().applied().size());
        overlays(meters, "refused", now -> now.steering().refused().size() + count(now, KnownOverlays.State.REFUSED));
        overlays(meters, "invalid", now -> count(now, KnownOverlays.State.INVALID));
        String policy = "1 as long as the policy's content of now does not count, else 0";
        meters.gauge("zk.lb.policy.refused", null, policy, of -> {
            KnownPolicy.Known known = of.snapshots().published().overlays().policy();
            return known == null || known.because() == null ? 0 : 1;
        });
    }

    private static long count(Published now, KnownOverlays.State state) {
        return now.overlays().nodes().stream()
                .filter(each -> each.state() == state)
                .count();
    }

    private static void overlays(MeterGroup<ServiceEngine> meters, String state, ToDoubleFunction<Published> count) {
        meters.with("state", state)
                .gauge(
                        "zk.lb.overlays",
                        "overlays",
                        "Overlays that operators have set, by what becomes of them",
                        of -> count.applyAsDouble(of.snapshots().published()));
    }

    private static void zones(MeterGroup<ServiceEngine> meters) {
        String description = "1 for what becomes of the zones, 0 for everything else";
        meters.with("state", "in-effect")
                .gauge("zk.lb.zone.state", null, description, of -> of.zones().inEffect() ? 1 : 0);
        for (Zones.Obstacle obstacle : Zones.Obstacle.values()) {
            meters.with("state", tag(obstacle))
                    .gauge(
                            "zk.lb.zone.state",
                            null,
                            description,
                            of -> of.zones().because() == obstacle ? 1 : 0);
        }
    }

    /** A service whose endpoints are supplied has no membership, and so no state. */
    private static double known(ServiceEngine service, double none, ToDoubleFunction<Membership> value) {
        Membership known = service.known();
        return known == null ? none : value.applyAsDouble(known);
    }

    private static double ofMembership(ServiceEngine service, ToDoubleFunction<ServiceMembership> value) {
        ServiceMembership membership = service.membership();
        return membership == null ? 0 : value.applyAsDouble(membership);
    }

    private static double millisSince(Instant since, InstantSource clock) {
        return Math.max(0, Duration.between(since, clock.instant()).toMillis());
    }

    /** Removes every meter from every registry. */
    @Override
    public void close() {
        subscriptions.forEach(ServiceMembership.Subscription::close);
        subscriptions.clear();
        removals.forEach(Runnable::run);
        removals.clear();
    }
}

package io.github.zklb.actuate;

import io.github.zklb.Reason;
import io.github.zklb.engine.PickOutcome;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Registers the meters of one service. All have the tag {@code service.id}. */
final class MetersOfService {

    /** The tag with the service's id. */
    static final String SERVICE_ID = "service.id";

    private final MeterRegistry registry;
    private final ServiceEngine service;
    private final InstantSource clock;
    private final Tags tags;
    private final List<Meter> meters = new ArrayList<>();

    MetersOfService(MeterRegistry registry, ServiceEngine service, InstantSource clock) {
        this.registry = registry;
        this.service = service;
        this.clock = clock;
        this.tags = Tags.of(SERVICE_ID, service.serviceId());
    }

    /** All of them. */
    List<Meter> register() {
        picks();
        endpoints();
        membership();
        snapshot();
        return meters;
    }

    private void picks() {
        for (PickOutcome outcome : PickOutcome.values()) {
            meters.add(FunctionCounter.builder(
                            "zk.lb.picks", service, of -> of.picks().of(outcome))
                    .description("Picks of an endpoint for a request, by what became of them")
                    .baseUnit("picks")
                    .tags(tags.and("outcome", tag(outcome)))
                    .register(registry));
        }
        gauge(
                "zk.lb.in.flight",
                "requests",
                tags,
                "Requests sent and not ended",
                of -> of.loads().countInFlight());
    }

    private void endpoints() {
        endpoints("serving", null);
        for (Reason state : Reason.values()) {
            if (state != Reason.PANIC) { // who is ejected in vain is ejected
                endpoints(tag(state), state);
            }
        }
        meters.add(FunctionCounter.builder(
                        "zk.lb.ejections", service, of -> of.snapshots().ejections())
                .description("Ejections of endpoints whose calls failed")
                .baseUnit("ejections")
                .tags(tags)
                .register(registry));
    }

    private void endpoints(String name, @Nullable Reason state) {
        gauge(
                "zk.lb.endpoints",
                "endpoints",
                tags.and("state", name),
                "Endpoints known, by how they are treated",
                of -> of.snapshots().count(state));
    }

    private void membership() {
        for (Membership.State state : Membership.State.values()) {
            meters.add(Gauge.builder("zk.lb.membership.state", service, of -> isIn(of, state))
                    .description("1 for the state of the membership, 0 for every other state")
                    .tags(tags.and("state", tag(state)))
                    .register(registry));
        }
        InstantSource now = clock;
        meters.add(TimeGauge.builder("zk.lb.membership.age", service, TimeUnit.MILLISECONDS, of -> age(of, now))
                .description("Time in the state of the membership; of stored endpoints, since ZooKeeper confirmed them")
                .tags(tags)
                .register(registry));
        gauge(
                "zk.lb.invalid.nodes",
                "nodes",
                tags,
                "Nodes that cannot be read or have no valid content",
                MetersOfService::invalidNodes);
    }

    private void snapshot() {
        meters.add(TimeGauge.builder(
                        "zk.lb.snapshot.age",
                        service,
                        TimeUnit.NANOSECONDS,
                        of -> of.snapshots().age())
                .description("Time since the endpoints and their shares changed last")
                .tags(tags)
                .register(registry));
        meters.add(FunctionTimer.builder(
                        "zk.lb.snapshot.rebuild",
                        service,
                        of -> of.snapshots().rebuilds().count(),
                        of -> of.snapshots().rebuilds().nanos(),
                        TimeUnit.NANOSECONDS)
                .description("Time that a change takes to be worked into a new snapshot")
                .tags(tags)
                .register(registry));
    }

    private void gauge(
            String name, String unit, Tags allTags, String description, ToDoubleFunction<ServiceEngine> value) {
        meters.add(Gauge.builder(name, service, value)
                .description(description)
                .baseUnit(unit)
                .tags(allTags)
                .register(registry));
    }

    /** A service whose endpoints are supplied has no membership, and so no state. */
    private static int isIn(ServiceEngine service, Membership.State state) {
        ServiceMembership membership = service.membership();
        return membership != null && membership.current().state() == state ? 1 : 0;
    }

    private static int invalidNodes(ServiceEngine service) {
        ServiceMembership membership = service.membership();
        return membership == null ? 0 : membership.invalidNodes();
    }

    private static double age(ServiceEngine service, InstantSource clock) {
        ServiceMembership membership = service.membership();
        return membership == null
                ? Double.NaN
                : Math.max(
                        0,
                        Duration.between(membership.current().since(), clock.instant())
                                .toMillis());
    }

    /** A constant as the value of a tag: in lower case, words joined by hyphens. */
    static String tag(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

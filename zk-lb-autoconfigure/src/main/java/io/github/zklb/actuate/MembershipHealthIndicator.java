package io.github.zklb.actuate;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * The health of the lists of endpoints: one entry for each service that the application calls, with state, age,
 * endpoints and cause; and one sentence for each thing that an operator may have to look at, be the service UP or not. It asks
 * nobody and costs a few reads of memory.
 *
 * <p>DOWN when a service cannot be called because nothing is known of it or ZooKeeper denies it, and when there is no
 * connection before the first service was called, for a reason that is known. A list that is merely out of date is UP
 * unless the user says otherwise: to restart the application would lose it.
 */
public final class MembershipHealthIndicator implements HealthIndicator {

    private final ZooKeeperMemberships memberships;
    private final ServiceEngines engines;
    private final boolean staleIsDown;
    private final InstantSource clock;

    /**
     * The health of the services of some memberships.
     *
     * @param memberships the memberships; they stay the caller's
     * @param engines the engines of these services, which know who is held; they stay the caller's
     * @param staleIsDown whether a list that is out of date counts as DOWN
     * @param clock the wall clock, for the ages
     */
    public MembershipHealthIndicator(
            ZooKeeperMemberships memberships, ServiceEngines engines, boolean staleIsDown, InstantSource clock) {
        this.memberships = memberships;
        this.engines = engines;
        this.staleIsDown = staleIsDown;
        this.clock = clock;
    }

    @Override
    public Health health() {
        Map<String, Object> services = new LinkedHashMap<>();
        List<String> degraded = new ArrayList<>();
        boolean down = false;
        for (ServiceMembership service : memberships.opened()) {
            ServiceEngine engine = engines.inUse(service.serviceId());
            if (engine == null) {
                continue; // nobody calls it: its registrations tell how the callers are spread over the zones
            }
            Membership known = engine.known();
            Membership current = known == null ? service.current() : known;
            down |= isDown(current);
            services.put(service.serviceId(), details(service, current, engine));
            degraded.addAll(degraded(service, current, engine));
        }
        for (ServiceEngine engine : engines.inUse()) {
            if (engine.refusal() != null) {
                degraded.add(Message.SETTINGS_THAT_STAY.of("service %s keeps its settings: %s"
                        .formatted(Printable.of(engine.serviceId()), Printable.of(engine.refusal()))));
            }
        }
        Health.Builder health = new Health.Builder();
        memberships.trouble().ifPresent(words -> health.withDetail("connection", words));
        down |= services.isEmpty() && memberships.trouble().isPresent();
        if (!degraded.isEmpty()) {
            health.withDetail("degraded", degraded);
        }
        return health.status(down ? Status.DOWN : Status.UP)
                .withDetail("services", services)
                .build();
    }

    private boolean isDown(Membership membership) {
        return switch (membership.state()) {
            case LOADING -> true;
            case DENIED -> membership.hosts().isEmpty();
            case STALE -> staleIsDown;
            case SYNCED, ABSENT, HELD -> false;
        };
    }

    /** What an operator may have to look at, in sentences. */
    private static List<String> degraded(ServiceMembership service, Membership current, ServiceEngine engine) {
        List<String> degraded = new ArrayList<>();
        String id = Printable.of(service.serviceId());
        if (current.state() != Membership.State.SYNCED) {
            degraded.add(current.cause());
        }
        if (!current.hosts().isEmpty() && serving(engine) == 0) {
            degraded.add(Message.NONE_THAT_SERVES.of("service %s: none of its %d endpoints serves"
                    .formatted(id, current.hosts().size())));
        }
        if (service.invalidNodes() > 0) {
            degraded.add(Message.A_NODE_THAT_CANNOT_BE_USED.of(
                    "service %s: registrations without valid content, or that cannot be read: %d; the log names them"
                            .formatted(id, service.invalidNodes())));
        }
        return degraded;
    }

    private static int serving(ServiceEngine engine) {
        return engine.snapshots().candidates().hosts().size();
    }

    private Map<String, Object> details(ServiceMembership service, Membership current, ServiceEngine engine) {
        Duration age = Duration.between(current.since(), clock.instant()).truncatedTo(ChronoUnit.SECONDS);
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("state", current.state().name());
        details.put("since", current.since().truncatedTo(ChronoUnit.SECONDS).toString());
        details.put("age", age.isNegative() ? "0s" : age.toSeconds() + "s");
        details.put("endpoints", current.hosts().size());
        details.put("serving", serving(engine));
        details.put("invalidNodes", service.invalidNodes());
        details.put("cause", current.cause());
        return details;
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.Serving;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How many endpoints of a service are in each state, and what that follows from. Immutable. */
final class EndpointCounts {

    static final EndpointCounts NONE = new EndpointCounts(null, Ejections.NONE, Set.of());

    private final @Nullable Snapshot snapshot;
    private final Ejections ejections;
    private final Set<Endpoint> held;
    private final Map<EndpointState, Integer> counts;

    private EndpointCounts(@Nullable Snapshot snapshot, Ejections ejections, Set<Endpoint> held) {
        this.snapshot = snapshot;
        this.ejections = ejections;
        this.held = held;
        this.counts = snapshot == null ? Map.of() : counts(snapshot, ejections, held);
    }

    /** The counts of another moment; these ones if it is the same. */
    @SuppressWarnings("ReferenceEquality") // all three are immutable
    EndpointCounts next(@Nullable Snapshot nextSnapshot, Ejections nextEjections, Set<Endpoint> nextHeld) {
        return snapshot == nextSnapshot && ejections == nextEjections && held == nextHeld
                ? this
                : new EndpointCounts(nextSnapshot, nextEjections, nextHeld);
    }

    int of(EndpointState state) {
        return counts.getOrDefault(state, 0);
    }

    private static Map<EndpointState, Integer> counts(Snapshot snapshot, Ejections ejections, Set<Endpoint> held) {
        Map<EndpointState, Integer> counts = new EnumMap<>(EndpointState.class);
        HostSet up = Serving.up(snapshot.membership().hosts());
        counts.put(EndpointState.NOT_UP, snapshot.membership().hosts().size() - up.size());
        for (Endpoint endpoint : up.endpoints()) {
            counts.merge(state(endpoint, snapshot.acceptance(), ejections, held), 1, Integer::sum);
        }
        return Collections.unmodifiableMap(counts);
    }

    private static EndpointState state(
            Endpoint endpoint, Acceptance acceptance, Ejections ejections, Set<Endpoint> held) {
        if (endpoint.weight() == 0) {
            return EndpointState.DRAINED;
        }
        if (ejections.addresses().contains(endpoint.address())) {
            return EndpointState.EJECTED;
        }
        if (held.contains(endpoint)) {
            return EndpointState.HELD;
        }
        return acceptance.of(endpoint) < 1 ? EndpointState.WARMING : EndpointState.SERVING;
    }
}

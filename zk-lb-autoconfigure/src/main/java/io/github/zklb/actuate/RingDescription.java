package io.github.zklb.actuate;

import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.KeyMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who owns which part of a service's ring. Where some endpoints take less than their keys at present, they own theirs all the
 * same.
 *
 * @param schema the version of this form
 * @param service the service's id
 * @param algorithm how keys are mapped; null if no key matters
 * @param points how many points the ring has, or slots the table
 * @param aggregated whether the arcs are equal parts, each with the endpoint that owns most of it
 * @param arcs the arcs from 0 to 1, in their order; of a ring only
 */
public record RingDescription(
        int schema,
        String service,
        @Nullable Algorithm algorithm,
        int points,
        boolean aggregated,
        List<KeyMap.Arc> arcs) {

    static RingDescription of(ServiceEngine engine, int most) {
        Published now = engine.snapshots().published();
        KeyMap keys = keys(now);
        ConsistentHashSettings hashing = now.settings().strategySettings().consistentHash();
        KeyMap ring = hashing.algorithm() == Algorithm.RING ? keys : null;
        return new RingDescription(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                keys == null ? null : hashing.algorithm(),
                keys == null ? 0 : keys.points(),
                ring != null && ring.isAggregated(most),
                ring == null ? List.of() : rounded(ring.arcs(most)));
    }

    private static List<KeyMap.Arc> rounded(List<KeyMap.Arc> arcs) {
        return arcs.stream()
                .map(arc ->
                        new KeyMap.Arc(Explanation.rounded(arc.from()), Explanation.rounded(arc.to()), arc.address()))
                .toList();
    }

    /** Where the service's own picker sends the keys; null if no key matters, or there is no endpoint. */
    static @Nullable KeyMap keys(Published now) {
        Snapshot snapshot = now.snapshot();
        return snapshot == null ? null : KeyMap.of(snapshot.first());
    }
}

package io.github.zklb.policy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.policy.OverlayNode.Version;
import io.github.zklb.traffic.Candidates;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What overlays come to for certain endpoints: what each one's weight counts for, who is drained, and which overlays are
 * refused because too little would be left. Immutable; equal input gives an equal result, whatever its order.
 *
 * <p>What was in effect before stays so, unless all of it together would leave nothing to serve: then what was created last is
 * lifted until something serves. Of the others, each is let in, in the order in which their nodes were created, unless it would
 * drain more than allowed, or leave nothing to serve. Since one may make room for another, those that are refused are tried
 * again until none is let in any more; so the result is the same if it is worked out once more.
 *
 * @param byEndpoint what is set for an endpoint, by the endpoint as it is registered; those without anything are missing
 * @param byResult the same by the endpoint with its other weight
 * @param applied the overlays that are in effect, be it that no endpoint is concerned
 * @param refused why others are not
 */
public record Steering(
        Map<Endpoint, Effect> byEndpoint,
        Map<Endpoint, Effect> byResult,
        Map<Version, Counting> applied,
        Map<Version, String> refused) {

    /** Without overlays. */
    public static final Steering NONE = new Steering(Map.of(), Map.of(), Map.of(), Map.of());

    private static final int MOST_PASSES = 16;

    private static final Comparator<Counting> BY_CREATION = Comparator.<Counting>comparingLong(
                    each -> each.node().created())
            .thenComparing(each -> each.node().id());

    /**
     * What is set for one endpoint.
     *
     * @param declared the endpoint as it is registered
     * @param result the same with the weight that counts; with its own one if it is drained
     * @param percent what its weight counts for
     * @param isDrained whether it gets no requests
     */
    public record Effect(Endpoint declared, Endpoint result, int percent, boolean isDrained) {}

    /**
     * What counts beside the overlays.
     *
     * @param registered whether an endpoint is registered; if not, it is held
     * @param zoneKey the metadata key of zones
     * @param maxWeightRatio so many times the median a weight counts at most
     */
    public record Situation(Predicate<Endpoint> registered, String zoneKey, int maxWeightRatio) {}

    /**
     * Works overlays in. O(n) for each.
     *
     * @param hosts all endpoints
     * @param overlays those that count
     * @param before what is in effect
     */
    public static Steering of(
            HostSet hosts, Situation situation, List<Counting> overlays, OverlaySettings settings, Steering before) {
        if (overlays.isEmpty() || !settings.enabled()) {
            return NONE;
        }
        OverlayCap cap = new OverlayCap(hosts, situation, settings.maxDrainedPercent());
        List<Counting> inOrder = overlays.stream().sorted(BY_CREATION).toList();
        List<Counting> applied =
                new ArrayList<>(inOrder.stream().filter(before::isApplied).toList());
        applied.forEach(cap::add);
        while (cap.servesNothing() && !applied.isEmpty()) {
            cap.remove(applied.remove(applied.size() - 1));
        }
        // what was lifted comes back, where it can, before anything new is judged
        List<Counting> judged = inOrder.stream()
                .sorted(Comparator.comparing(each -> !before.isApplied(each)))
                .toList();
        Map<Version, String> refused = new HashMap<>();
        int known = -1;
        // a new one is judged when there is something to judge it by
        int passes = cap.weighsNothing() ? 0 : MOST_PASSES;
        for (int pass = 0; pass < passes && applied.size() > known; pass++) {
            known = applied.size();
            for (Counting each : judged) {
                if (!applied.contains(each)) {
                    String why = cap.addOrRefuse(each);
                    if (why == null) {
                        applied.add(each);
                    }
                    refused.put(each.node().contentVersion(), why == null ? "" : why);
                }
            }
        }
        Map<Version, Counting> inEffect = new LinkedHashMap<>();
        for (Counting each : inOrder) {
            if (applied.contains(each)) {
                inEffect.put(each.node().contentVersion(), each);
            }
        }
        refused.keySet().removeAll(inEffect.keySet());
        Map<Endpoint, Effect> byEndpoint = cap.effects(before);
        Map<Endpoint, Effect> byResult = new HashMap<>();
        byEndpoint.values().forEach(each -> byResult.put(each.result(), each));
        return new Steering(byEndpoint, byResult, Collections.unmodifiableMap(inEffect), Map.copyOf(refused));
    }

    private boolean isApplied(Counting overlay) {
        return applied.containsKey(overlay.node().contentVersion());
    }

    /** What is in effect now and was not earlier, by the overlay's id, in a few words that are fit for a log. */
    public Map<String, String> since(Steering before) {
        Map<String, String> since = new TreeMap<>();
        applied.forEach((version, overlay) -> {
            if (!before.applied.containsKey(version)) {
                since.put(version.id(), overlay.words());
            }
        });
        return since;
    }

    /** The endpoints with the weights that count; the same objects where nothing is set. */
    public HostSet applied(HostSet hosts) {
        return byEndpoint.isEmpty()
                ? hosts
                : HostSet.of(hosts.endpoints().stream().map(this::result).toList());
    }

    /** An endpoint with the weight that counts. */
    public Endpoint result(Endpoint declared) {
        Effect effect = byEndpoint.get(declared);
        return effect == null ? declared : effect.result();
    }

    /** An endpoint as it is registered, by the one with the weight that counts. */
    public Endpoint declared(Endpoint result) {
        Effect effect = byResult.get(result);
        return effect == null ? result : effect.declared();
    }

    /** What is set for an endpoint, by the one with the weight that counts; null if nothing is. */
    public @Nullable Effect effect(Endpoint result) {
        return byResult.get(result);
    }

    /** Whether an endpoint, as it is registered, is drained. */
    public boolean drains(Endpoint declared) {
        Effect effect = byEndpoint.get(declared);
        return effect != null && effect.isDrained();
    }

    /** The stage, of endpoints with the weights that count. */
    public Candidates place(Candidates candidates) {
        Candidates weighed = candidates.because(byResult::containsKey, Reason.OVERLAY_WEIGHT);
        Set<String> drained = byResult.values().stream()
                .filter(Effect::isDrained)
                .map(each -> each.result().address())
                .collect(Collectors.toUnmodifiableSet());
        return drained.isEmpty()
                ? weighed
                : weighed.accepting(each -> drained.contains(each.address()) ? 0 : 1) // lists weigh them otherwise
                        .without(this::isDrained, Reason.OVERLAY_DRAINED);
    }

    private boolean isDrained(Endpoint result) {
        Effect effect = byResult.get(result);
        return effect != null && effect.isDrained();
    }
}

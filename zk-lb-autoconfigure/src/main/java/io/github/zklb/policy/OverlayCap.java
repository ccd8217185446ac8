package io.github.zklb.policy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.traffic.Serving;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The cap on what overlays may drain together: it takes them one by one, and refuses what is too much. Weights are whole
 * thousandths, so that sums do not depend on the order.
 */
final class OverlayCap {

    private static final double THOUSANDTHS = 1_000;
    private static final int WHOLE = 100;

    private final List<Endpoint> endpoints;
    private final String zoneKey;
    private final int mostPercent;
    private final long[] weights;
    private final @Nullable Counting[] weighing;
    private final int[] draining;
    private final List<Counting> in = new ArrayList<>();
    private long all;
    private long drained;
    private int serving;

    OverlayCap(HostSet hosts, Steering.Situation situation, int mostPercent) {
        this.endpoints = hosts.endpoints();
        this.zoneKey = situation.zoneKey();
        this.mostPercent = mostPercent;
        this.weights = new long[hosts.size()];
        this.weighing = new Counting[hosts.size()];
        this.draining = new int[hosts.size()];
        HostSet registered = hosts.filter(
                each -> Serving.serves(each) && situation.registered().test(each));
        HostSet base = registered.isEmpty() ? hosts.filter(Serving::serves) : registered;
        Set<Endpoint> inBase = Set.copyOf(base.endpoints());
        double limit = base.weightLimit(situation.maxWeightRatio());
        for (int i = 0; i < weights.length; i++) {
            Endpoint each = endpoints.get(i);
            weights[i] = inBase.contains(each) ? Math.round(Math.min(limit, each.weight()) * THOUSANDTHS) : 0;
            all += weights[i];
            serving += weights[i] > 0 ? 1 : 0;
        }
    }

    /** Whether nothing would serve without overlays, either. */
    boolean weighsNothing() {
        return all == 0;
    }

    /** Whether nothing serves of what would without overlays. */
    boolean servesNothing() {
        return serving == 0 && all > 0;
    }

    void add(Counting overlay) {
        in.add(overlay);
        for (int i = 0; i < weights.length; i++) {
            if (overlay.overlay().target().matches(endpoints.get(i), zoneKey)) {
                set(
                        i,
                        heavier(weighing[i], overlay),
                        draining[i] + (overlay.overlay().drain() ? 1 : 0));
            }
        }
    }

    void remove(Counting overlay) {
        in.remove(overlay);
        for (int i = 0; i < weights.length; i++) {
            Endpoint endpoint = endpoints.get(i);
            if (overlay.overlay().target().matches(endpoint, zoneKey)) {
                Counting next = null;
                for (Counting each : in) {
                    next = each.overlay().target().matches(endpoint, zoneKey) ? heavier(next, each) : next;
                }
                set(i, next, draining[i] - (overlay.overlay().drain() ? 1 : 0));
            }
        }
    }

    /** Adds an overlay, or says why it is refused: null if it is not. */
    @Nullable String addOrRefuse(Counting overlay) {
        long before = drained;
        boolean served = !servesNothing();
        add(overlay);
        boolean tooMuch = drained > before && drained > mostPercent * all;
        String why = served && servesNothing()
                ? "nothing else would serve"
                : tooMuch && !overlay.overlay().overrideCap()
                        ? drained / all + " % of the weight would be drained, more than"
                                + " zk-lb.policy.max-drained-percent (" + mostPercent
                                + "), which only a node written by hand may override (\"overrideCap\": true)"
                        : null;
        if (why != null) {
            remove(overlay);
        }
        return why;
    }

    private static @Nullable Counting heavier(@Nullable Counting one, Counting other) {
        boolean sets = other.overlay().weightPercent() != null;
        return !sets || one != null && OverlayNode.ORDER.compare(one, other) > 0 ? one : other;
    }

    private void set(int i, @Nullable Counting weight, int drains) {
        drained -= missing(i);
        serving -= serves(i);
        weighing[i] = weight;
        draining[i] = drains;
        drained += missing(i);
        serving += serves(i);
    }

    private int percent(int i) {
        Counting weight = weighing[i];
        Integer percent = weight == null ? null : weight.overlay().weightPercent();
        return draining[i] > 0 ? 0 : percent == null ? WHOLE : percent;
    }

    private long missing(int i) {
        return weights[i] * Math.max(0, WHOLE - percent(i));
    }

    private int serves(int i) {
        return weights[i] > 0 && percent(i) > 0 ? 1 : 0;
    }

    /** What is set for each endpoint: the same objects as before where that is the same, since stages know them by identity. */
    Map<Endpoint, Steering.Effect> effects(Steering before) {
        Map<Endpoint, Steering.Effect> effects = new HashMap<>();
        for (int i = 0; i < weights.length; i++) {
            int percent = percent(i);
            if (percent != WHOLE) {
                Endpoint declared = endpoints.get(i);
                double weight = Math.min(Endpoint.MAX_WEIGHT, declared.weight() * percent / WHOLE);
                Endpoint next = percent == 0 ? declared : declared.withWeight(weight);
                Endpoint last = before.result(declared);
                Endpoint result = percent != 0 && last.equals(next) ? last : next;
                effects.put(declared, new Steering.Effect(declared, result, percent, percent == 0));
            }
        }
        return effects;
    }
}

package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.policy.Steering;
import io.github.zklb.reports.ReportedWeights;
import org.jspecify.annotations.Nullable;

/**
 * The weight of an endpoint.
 *
 * @param declared the weight that its registration declares
 * @param overlay what this counts for by operators' overlays, in percent; null without any
 * @param reported the weight that follows from that and from what endpoints report of their load; null if that does not count
 * @param effective the weight that counts; 0 if overlays drain it
 */
public record WeightDescription(
        Number declared,
        @Nullable Integer overlay,
        @Nullable Number reported,
        Number effective) {

    static WeightDescription of(Endpoint endpoint, Steering steering, ReportedWeights reports) {
        Steering.Effect effect = steering.effect(endpoint);
        double steered = effect != null && effect.isDrained() ? 0 : endpoint.weight();
        Double factor = reports.factors().get(endpoint.address());
        Double reported = factor == null ? null : Explanation.rounded(steered * factor);
        return new WeightDescription(
                steering.declared(endpoint).weight(),
                effect == null ? null : effect.percent(),
                reported,
                reported == null ? (Double) steered : reported);
    }
}

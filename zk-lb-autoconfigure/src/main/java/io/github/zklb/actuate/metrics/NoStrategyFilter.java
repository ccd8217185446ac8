package io.github.zklb.actuate.metrics;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;

/**
 * Gives the observations of Spring's HTTP clients that name no strategy the value {@code none}, since all meters of one
 * name need the same keys. Runs when an observation ends.
 */
public final class NoStrategyFilter implements ObservationFilter {

    private static final KeyValue NONE = KeyValue.of(StrategyObservations.KEY, "none");

    @Override
    public Observation.Context map(Observation.Context context) {
        return ObservedHost.isOfClient(context) && context.getLowCardinalityKeyValue(StrategyObservations.KEY) == null
                ? context.addLowCardinalityKeyValue(NONE)
                : context;
    }
}

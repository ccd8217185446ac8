package io.github.zklb.actuate.metrics;

import io.github.zklb.springcloud.ClientCalls.SendListener;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.function.Supplier;
import reactor.util.context.ContextView;

/**
 * Adds to the observation of a request that is balanced the name of the service's strategy. The observation is that of
 * the client which sends the request; a client that is not observed has none, and one further out is not touched.
 */
public final class StrategyObservations implements SendListener {

    /** The low-cardinality key that holds the strategy's name. */
    public static final String KEY = "zk.lb.strategy";

    private final Supplier<ObservationRegistry> registry;

    /**
     * Looks for the observations of the threads that send requests.
     *
     * @param registry where the current observation of a thread is to be found; asked at each request
     */
    public StrategyObservations(Supplier<ObservationRegistry> registry) {
        this.registry = registry;
    }

    @Override
    public void sending(String serviceId, String strategy, ContextView context) {
        Observation observation = context.hasKey(ObservationThreadLocalAccessor.KEY)
                ? context.get(ObservationThreadLocalAccessor.KEY)
                : registry.get().getCurrentObservation();
        if (observation != null && serviceId.equals(ObservedHost.of(observation.getContextView()))) {
            observation.lowCardinalityKeyValue(KEY, strategy);
        }
    }
}

package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.WeightedEndpoints.Weighing;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;

/**
 * A strategy that draws one endpoint after the other, whatever the request. A draw gives a candidate's index; it is
 * thread-safe and allocates nothing. A request that is sent again draws until it gets an endpoint that it has not tried, a
 * few times; after that, an untried endpoint is looked for one by one from a random place.
 *
 * @param random the source of chance
 * @param weighing what counts as the weight of an endpoint
 * @param byLoad whether the draws depend on the loads; if all have the same, and else always, they are in proportion to weight
 * @param newDraw makes the draw among at least one candidate
 */
record DrawStrategy(
        RandomGenerator random, Weighing weighing, boolean byLoad, Function<WeightedEndpoints, IntSupplier> newDraw)
        implements Strategy {

    /** Keeps the proportions of the draw for nearly every retry, and the cost of the rest low. */
    private static final int REDRAWS = 8;

    @Override
    public Picker newPicker(HostSet hosts) {
        return newPicker(hosts, Acceptance.FULL);
    }

    @Override
    public Picker newPicker(HostSet hosts, Acceptance acceptance) {
        WeightedEndpoints candidates = WeightedEndpoints.of(hosts, acceptance, weighing);
        return candidates.isEmpty()
                ? request -> null
                : new DrawPicker(
                        candidates.endpoints(), candidates.weights(), byLoad, newDraw.apply(candidates), random);
    }

    record DrawPicker(Endpoint[] endpoints, long[] weights, boolean byLoad, IntSupplier draw, RandomGenerator random)
            implements Picker {

        @Override
        public Endpoint pick(PickContext context) {
            Endpoint first = endpoints[draw.getAsInt()];
            Set<Endpoint> tried = context.tried();
            return tried.isEmpty() || !tried.contains(first) ? first : untried(tried, first);
        }

        /** The part of the picks that each endpoint is given, by its address. */
        Map<String, Double> shares() {
            double all = Arrays.stream(weights).sum();
            Map<String, Double> shares = new LinkedHashMap<>();
            for (int i = 0; i < weights.length; i++) {
                shares.merge(endpoints[i].address(), weights[i] / all, Double::sum);
            }
            return shares;
        }

        private Endpoint untried(Set<Endpoint> tried, Endpoint first) {
            int start = random.nextInt(endpoints.length);
            for (int i = 0; i < REDRAWS + endpoints.length; i++) {
                Endpoint next = endpoints[i < REDRAWS ? draw.getAsInt() : (start + i) % endpoints.length];
                if (!tried.contains(next)) {
                    return next;
                }
            }
            return first;
        }
    }
}

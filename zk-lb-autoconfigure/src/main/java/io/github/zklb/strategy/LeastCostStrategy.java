package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.StrategyContext;
import java.util.Arrays;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * The cheapest of a few endpoints drawn at random, the cost being divided by the weight: the power of two choices
 * (Mitzenmacher, 2001). The first is drawn in proportion to weight and wins a tie, so that an idle fleet is used in
 * proportion to weight; the others are drawn uniformly from the rest. O(choices) a pick.
 */
final class LeastCostStrategy implements AcceptingStrategy {

    private final RandomGenerator random;
    private final EndpointLoads loads;
    private final IntSupplier choiceCount;
    private final ToDoubleFunction<EndpointLoad> cost;

    private LeastCostStrategy(StrategyContext context, IntSupplier choiceCount, ToDoubleFunction<EndpointLoad> cost) {
        this.random = context.random();
        this.loads = context.loads();
        this.choiceCount = choiceCount;
        this.cost = cost;
    }

    /** By the requests in flight, a failed one counting as in flight for a while. */
    static LeastCostStrategy leastRequest(Supplier<StrategySettings> settings, StrategyContext context) {
        return new LeastCostStrategy(
                context, () -> settings.get().leastRequest().choiceCount(), load -> load.inFlight() + load.failing());
    }

    /** By the time that the requests in flight and one more are expected to take; of two endpoints. */
    static LeastCostStrategy peakEwma(StrategyContext context) {
        return new LeastCostStrategy(context, () -> 2, load -> load.latency() * (load.inFlight() + 1));
    }

    @Override
    public Picker newPicker(HostSet hosts, Acceptance acceptance) {
        return DrawPicker.of(Candidates.of(hosts, acceptance, Endpoint::weight), random, this::draw);
    }

    private Draw draw(Candidates candidates) {
        Endpoint[] endpoints = candidates.endpoints();
        long[] weights = candidates.weights();
        EndpointLoad[] known = Arrays.stream(endpoints).map(loads::of).toArray(EndpointLoad[]::new);
        AliasTable table = new AliasTable(weights);
        int others = endpoints.length == 1 ? 0 : choiceCount.getAsInt() - 1;
        return () -> {
            int first = table.draw(random);
            int best = first;
            double least = cost.applyAsDouble(known[first]) / weights[first];
            for (int i = 0; i < others; i++) {
                int other = random.nextInt(endpoints.length - 1);
                other = other < first ? other : other + 1;
                double costs = cost.applyAsDouble(known[other]) / weights[other];
                if (costs < least) {
                    least = costs;
                    best = other;
                }
            }
            return endpoints[best];
        };
    }
}

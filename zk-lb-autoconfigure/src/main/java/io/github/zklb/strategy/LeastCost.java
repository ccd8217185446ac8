package io.github.zklb.strategy;

import io.github.zklb.EndpointLoad;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.WeightedEndpoints.Weighing;
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
final class LeastCost {

    private LeastCost() {}

    /** By the requests in flight, a failed one counting as in flight for a while. */
    static Strategy leastRequest(Supplier<StrategySettings> settings, StrategyContext context) {
        return strategy(
                settings, context, () -> settings.get().choiceCount(), load -> load.inFlight() + load.failing());
    }

    /** By the time that the requests in flight and one more are expected to take; of two endpoints. */
    static Strategy peakEwma(Supplier<StrategySettings> settings, StrategyContext context) {
        return strategy(settings, context, () -> 2, load -> load.latency() * (load.inFlight() + 1));
    }

    private static Strategy strategy(
            Supplier<StrategySettings> settings,
            StrategyContext context,
            IntSupplier choiceCount,
            ToDoubleFunction<EndpointLoad> cost) {
        RandomGenerator random = context.random();
        return new DrawStrategy(random, Weighing.by(settings), candidates -> {
            EndpointLoad[] loads = Arrays.stream(candidates.endpoints())
                    .map(context.loads()::of)
                    .toArray(EndpointLoad[]::new);
            return draw(candidates.weights(), loads, random, choiceCount.getAsInt(), cost);
        });
    }

    private static IntSupplier draw(
            long[] weights,
            EndpointLoad[] loads,
            RandomGenerator random,
            int choices,
            ToDoubleFunction<EndpointLoad> cost) {
        WeightedRandom firsts = new WeightedRandom(weights, random);
        int others = weights.length == 1 ? 0 : choices - 1;
        return () -> {
            int first = firsts.getAsInt();
            int best = first;
            double least = cost.applyAsDouble(loads[first]) / weights[first];
            for (int i = 0; i < others; i++) {
                int other = random.nextInt(weights.length - 1);
                other = other < first ? other : other + 1;
                double costs = cost.applyAsDouble(loads[other]) / weights[other];
                if (costs < least) {
                    least = costs;
                    best = other;
                }
            }
            return best;
        };
    }
}

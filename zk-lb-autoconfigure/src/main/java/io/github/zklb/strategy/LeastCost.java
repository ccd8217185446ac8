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
 * The cheapest of a few endpoints drawn at random in proportion to weight: the power of two choices (Mitzenmacher, 2001).
 * The cost is the expected latency times the requests in flight and one more, where those of an endpoint count for less
 * the more weight it has; the first wins a tie. So an idle fleet is used in proportion to weight by the draws, and a busy
 * one by the requests in flight. Dividing the whole cost by the weight would count it twice. O(choices) a pick.
 */
final class LeastCost {

    /** So many times the cost of a good request is that of one that fails, where time is not looked at. */
    private static final double COST_OF_ERROR = 100;

    /**
     * The part of the first one's cost that another must be below, where time is looked at. Estimates are not more exact
     * than that: to follow their noise would favour whoever is called less, and so is known less well.
     */
    private static final double CLEARLY_FASTER = 0.75;

    /** After so many draws of the first one again, the next ones are drawn from the rest by counting. */
    private static final int REDRAWS = 8;

    private final RandomGenerator random;
    private final WeightedRandom draw;
    private final long[] weights;
    private final long total;
    private final EndpointLoad[] loads;
    private final ToDoubleFunction<EndpointLoad> latency;
    private final double clearly;

    /** The mean weight, divided by each one's weight. */
    private final double[] parts;

    private LeastCost(
            WeightedEndpoints candidates,
            StrategyContext context,
            ToDoubleFunction<EndpointLoad> latency,
            double clearly) {
        this.random = context.random();
        this.weights = candidates.weights();
        this.draw = new WeightedRandom(weights, random);
        this.loads =
                Arrays.stream(candidates.endpoints()).map(context.loads()::of).toArray(EndpointLoad[]::new);
        this.latency = latency;
        this.clearly = clearly;
        this.total = Arrays.stream(weights).sum();
        double mean = (double) total / weights.length;
        this.parts = Arrays.stream(weights).mapToDouble(weight -> mean / weight).toArray();
    }

    /** By the requests in flight, and by the rate of errors. */
    static Strategy leastRequest(Supplier<StrategySettings> settings, StrategyContext context) {
        return strategy(
                settings, context, () -> settings.get().choiceCount(), load -> 1 + COST_OF_ERROR * load.errorRate(), 1);
    }

    /** By the time that the requests in flight and one more are expected to take; of two endpoints. */
    static Strategy peakEwma(Supplier<StrategySettings> settings, StrategyContext context) {
        return strategy(settings, context, () -> 2, EndpointLoad::latency, CLEARLY_FASTER);
    }

    private static Strategy strategy(
            Supplier<StrategySettings> settings,
            StrategyContext context,
            IntSupplier choiceCount,
            ToDoubleFunction<EndpointLoad> latency,
            double clearly) {
        return new DrawStrategy(context.random(), Weighing.by(settings), true, candidates -> {
            LeastCost costs = new LeastCost(candidates, context, latency, clearly);
            int others = candidates.endpoints().length == 1 ? 0 : choiceCount.getAsInt() - 1;
            return () -> costs.draw(others);
        });
    }

    private int draw(int others) {
        int first = draw.getAsInt();
        int best = first;
        double least = others == 0 ? 0 : cost(first);
        for (int i = 0; i < others; i++) {
            int other = drawOther(first);
            double costs = cost(other);
            if (costs < least * clearly) {
                least = costs;
                best = other;
            }
        }
        return best;
    }

    private double cost(int candidate) {
        EndpointLoad load = loads[candidate];
        return latency.applyAsDouble(load) * (1 + load.inFlight() * parts[candidate]);
    }

    private int drawOther(int first) {
        if (weights.length == 2) {
            return 1 - first;
        }
        for (int i = 0; i < REDRAWS; i++) {
            int other = draw.getAsInt();
            if (other != first) {
                return other;
            }
        }
        return drawFromRest(first);
    }

    /** Where one has nearly all of the weight. */
    private int drawFromRest(int first) {
        long left = random.nextLong(total - weights[first]);
        int other = -1;
        for (int i = 0; left >= 0; i++) {
            other = i;
            left -= i == first ? 0 : weights[i];
        }
        return other;
    }
}

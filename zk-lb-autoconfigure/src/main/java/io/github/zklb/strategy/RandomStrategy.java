package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.StrategyContext;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/** Every endpoint with a probability in proportion to its weight. O(1) a pick. */
final class RandomStrategy implements AcceptingStrategy {

    private final RandomGenerator random;
    private final ToLongFunction<Endpoint> weight;

    /**
     * @param context the source of chance
     * @param weight what counts as the weight of an endpoint
     */
    RandomStrategy(StrategyContext context, ToLongFunction<Endpoint> weight) {
        this.random = context.random();
        this.weight = weight;
    }

    @Override
    public Picker newPicker(HostSet hosts, Acceptance acceptance) {
        return DrawPicker.of(Candidates.of(hosts, acceptance, weight), random, candidates -> {
            Endpoint[] endpoints = candidates.endpoints();
            AliasTable table = new AliasTable(candidates.weights());
            return () -> endpoints[table.draw(random)];
        });
    }
}

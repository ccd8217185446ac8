package io.github.zklb.strategy;

import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import java.util.random.RandomGenerator;

/** Every endpoint with a probability in proportion to its weight. O(1) a pick. */
final class WeightedRandomStrategy implements Strategy {

    private final RandomGenerator random;

    WeightedRandomStrategy(StrategyContext context) {
        random = context.random();
    }

    @Override
    public Picker newPicker(HostSet hosts) {
        return DrawPicker.of(Candidates.of(hosts), random, candidates -> new AliasTable(candidates, random));
    }
}

package io.github.zklb.strategy;

import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import java.util.random.RandomGenerator;

/** One endpoint after the other in ring order, whatever their weights, from a random start. O(1) a pick. */
final class RoundRobinStrategy implements Strategy {

    private final RandomGenerator random;
    private final Cursor cursor;

    RoundRobinStrategy(StrategyContext context) {
        random = context.random();
        cursor = new Cursor(random);
    }

    @Override
    public Picker newPicker(HostSet hosts) {
        return DrawPicker.of(Candidates.of(hosts), random, candidates -> new Rotation(candidates.endpoints(), cursor));
    }
}

package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import java.util.random.RandomGenerator;

/** Every endpoint with the same probability, whatever its weight. O(1) a pick. */
final class RandomStrategy implements Strategy {

    private final RandomGenerator random;

    RandomStrategy(StrategyContext context) {
        random = context.random();
    }

    @Override
    public Picker newPicker(HostSet hosts) {
        return DrawPicker.of(Candidates.of(hosts), random, candidates -> {
            Endpoint[] endpoints = candidates.endpoints();
            return () -> endpoints[random.nextInt(endpoints.length)];
        });
    }
}

package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Smooth weighted rotation: any {@code W} picks in a row, with {@code W} the sum of the weights divided by their greatest
 * common divisor, go to the endpoints in exactly the ratios of their weights, and an endpoint's picks are spread evenly
 * over them. With equal weights this is round robin. O(1) a pick, O(n) memory whatever the weights.
 *
 * <p>A short cycle is written out by {@link Schedule}, which never strays a whole pick from the ideal. A long one is
 * computed by {@link StrideRotation}, which strays a little more.
 */
final class WeightedStrategy implements Strategy {

    private static final int SHORT_CYCLE = 1_024;
    private static final int SHORT_CYCLE_PER_ENDPOINT = 8;

    private final RandomGenerator random;
    private final Cursor cursor;

    WeightedStrategy(StrategyContext context) {
        random = context.random();
        cursor = new Cursor(random);
    }

    @Override
    public Picker newPicker(HostSet hosts) {
        return DrawPicker.of(Candidates.of(hosts), random, this::rotation);
    }

    private Draw rotation(Candidates candidates) {
        Endpoint[] endpoints = candidates.endpoints();
        long[] weights = lowestTerms(candidates.weights());
        long cycle = Arrays.stream(weights).sum();
        return cycle <= SHORT_CYCLE + (long) SHORT_CYCLE_PER_ENDPOINT * endpoints.length
                ? new Rotation(Schedule.turns(endpoints, weights, (int) cycle), cursor)
                : new StrideRotation(endpoints, weights, cycle, cursor);
    }

    private static long[] lowestTerms(long[] weights) {
        long divisor = Arrays.stream(weights).reduce(0, WeightedStrategy::gcd);
        return Arrays.stream(weights).map(weight -> weight / divisor).toArray();
    }

    private static long gcd(long a, long b) {
        return BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).longValue();
    }
}

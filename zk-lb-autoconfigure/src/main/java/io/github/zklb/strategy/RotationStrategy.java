package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.StrategyContext;
import java.util.Arrays;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/**
 * Smooth weighted rotation from a random start: any {@code W} picks in a row, with {@code W} the sum of the weights
 * divided by their greatest common divisor, go to the endpoints in exactly the ratios of their weights, and an endpoint's
 * picks are spread evenly over them. With equal weights it is one endpoint after the other in ring order. The cursor
 * outlives every change of the endpoints. O(1) a pick, O(n) memory whatever the weights.
 *
 * <p>A short cycle is written out by {@link Schedule}, which never strays a whole pick from the ideal. A long one is
 * computed by {@link StrideRotation}, which strays a little more.
 */
final class RotationStrategy implements AcceptingStrategy {

    private static final int SHORT_CYCLE = 4_096;
    private static final int SHORT_CYCLE_PER_ENDPOINT = 8;

    private final RandomGenerator random;
    private final Cursor cursor;
    private final ToLongFunction<Endpoint> weight;

    /**
     * @param context the source of chance
     * @param weight what counts as the weight of an endpoint
     */
    RotationStrategy(StrategyContext context, ToLongFunction<Endpoint> weight) {
        this.random = context.random();
        this.cursor = new Cursor(random);
        this.weight = weight;
    }

    @Override
    public Picker newPicker(HostSet hosts, Acceptance acceptance) {
        return DrawPicker.of(Candidates.of(hosts, acceptance, weight), random, this::rotation);
    }

    private Draw rotation(Candidates candidates) {
        Endpoint[] endpoints = candidates.endpoints();
        long[] weights = Weights.lowestTerms(candidates.weights());
        long cycle = Arrays.stream(weights).sum();
        return cycle <= SHORT_CYCLE + (long) SHORT_CYCLE_PER_ENDPOINT * endpoints.length
                ? new Rotation(Schedule.turns(endpoints, weights, (int) cycle), cursor)
                : new StrideRotation(endpoints, weights, cycle, cursor);
    }
}

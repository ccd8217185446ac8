package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Picks what a {@link Draw} gives. A request that is sent again draws until it gets an endpoint that it has not tried,
 * a few times; after that, an untried endpoint is looked for one by one from a random place.
 */
final class DrawPicker implements Picker {

    /** Keeps the proportions of the draw for nearly every retry, and the cost of the rest low. */
    private static final int REDRAWS = 8;

    private final Endpoint[] endpoints;
    private final Draw draw;
    private final RandomGenerator random;

    private DrawPicker(Endpoint[] endpoints, Draw draw, RandomGenerator random) {
        this.endpoints = endpoints;
        this.draw = draw;
        this.random = random;
    }

    /**
     * A picker among the candidates, or one that has nothing to give when there is no candidate.
     *
     * @param newDraw makes the draw; called only if there is a candidate
     */
    static Picker of(Candidates candidates, RandomGenerator random, Function<Candidates, Draw> newDraw) {
        return candidates.isEmpty()
                ? context -> null
                : new DrawPicker(candidates.endpoints(), newDraw.apply(candidates), random);
    }

    @Override
    public Endpoint pick(PickContext context) {
        Endpoint first = draw.next();
        Set<Endpoint> tried = context.tried();
        return tried.isEmpty() || !tried.contains(first) ? first : untried(tried, first);
    }

    private Endpoint untried(Set<Endpoint> tried, Endpoint first) {
        for (int i = 0; i < REDRAWS; i++) {
            Endpoint next = draw.next();
            if (!tried.contains(next)) {
                return next;
            }
        }
        int start = random.nextInt(endpoints.length);
        for (int i = 0; i < endpoints.length; i++) {
            Endpoint next = endpoints[(start + i) % endpoints.length];
            if (!tried.contains(next)) {
                return next;
            }
        }
        return first;
    }
}

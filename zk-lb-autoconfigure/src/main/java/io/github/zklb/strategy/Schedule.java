package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The turns of one cycle of a weighted rotation, written out so that at every moment each endpoint is less than one pick
 * away from its ideal share.
 *
 * <p>Of {@code W} turns, an endpoint of weight {@code w} takes its turn number {@code u} within the window from {@code
 * floor(u × W / w)} to {@code ceil((u + 1) × W / w)}; that is the same as never being a whole pick ahead or behind.
 * Taking, at each turn, the open window that closes first meets every window: this is proportionate fair scheduling on
 * one processor (Baruah, Cohen, Plaxton and Varvel, "Proportionate progress", 1996). Among windows that close together
 * the ring's order decides, so equal weights give plain rotation. Costs O(W log n) once.
 */
final class Schedule {

    private static final Comparator<Turn> BY_OPENING =
            Comparator.comparingLong(Turn::opens).thenComparingInt(Turn::owner);
    private static final Comparator<Turn> BY_CLOSING =
            Comparator.comparingLong(Turn::closes).thenComparingInt(Turn::owner);

    private Schedule() {}

    /**
     * One cycle.
     *
     * @param endpoints the endpoints in ring order
     * @param weights their weights, each at least 1
     * @param cycle the sum of the weights
     */
    static Endpoint[] turns(Endpoint[] endpoints, long[] weights, int cycle) {
        PriorityQueue<Turn> waiting = new PriorityQueue<>(BY_OPENING);
        PriorityQueue<Turn> open = new PriorityQueue<>(BY_CLOSING);
        for (int owner = 0; owner < endpoints.length; owner++) {
            open.add(Turn.of(owner, 0, weights[owner], cycle));
        }
        Endpoint[] turns = new Endpoint[cycle];
        for (int i = 0; i < cycle; i++) {
            for (Turn next = waiting.peek(); next != null && next.opens() <= i; next = waiting.peek()) {
                open.add(waiting.remove());
            }
            Turn turn = open.remove();
            turns[i] = endpoints[turn.owner()];
            if (turn.number() + 1 < weights[turn.owner()]) {
                waiting.add(Turn.of(turn.owner(), turn.number() + 1, weights[turn.owner()], cycle));
            }
        }
        return turns;
    }

    private record Turn(int owner, long number, long opens, long closes) {
        static Turn of(int owner, long number, long weight, long cycle) {
            return new Turn(owner, number, number * cycle / weight, ceilDiv((number + 1) * cycle, weight));
        }

        private static long ceilDiv(long dividend, long divisor) {
            return (dividend + divisor - 1) / divisor;
        }
    }
}

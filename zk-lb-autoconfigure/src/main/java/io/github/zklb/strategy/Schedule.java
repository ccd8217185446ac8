package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import java.util.Arrays;

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

    private static final int NOBODY = -1;

    private final long[] weights;
    private final long cycle;

    /** The number of the next turn of each endpoint. */
    private final int[] next;

    /** The endpoints whose next window opens at a turn: the first for each turn, and who follows each. */
    private final int[] firstToOpen;

    private final int[] followers;

    /** The open windows: when each closes, in the upper half, and whose it is. */
    private final LongHeap open;

    private Schedule(long[] weights, int cycle) {
        this.weights = weights;
        this.cycle = cycle;
        this.next = new int[weights.length];
        this.firstToOpen = new int[cycle];
        this.followers = new int[weights.length];
        this.open = new LongHeap(weights.length);
        Arrays.fill(firstToOpen, NOBODY);
    }

    /**
     * One cycle.
     *
     * @param endpoints the endpoints in ring order
     * @param weights their weights, each at least 1
     * @param cycle the sum of the weights
     */
    static Endpoint[] turns(Endpoint[] endpoints, long[] weights, int cycle) {
        Schedule schedule = new Schedule(weights, cycle);
        for (int owner = 0; owner < weights.length; owner++) {
            schedule.open(owner);
        }
        Endpoint[] turns = new Endpoint[cycle];
        for (int turn = 0; turn < cycle; turn++) {
            turns[turn] = endpoints[schedule.take(turn)];
        }
        return turns;
    }

    private int take(int turn) {
        for (int owner = firstToOpen[turn]; owner != NOBODY; owner = followers[owner]) {
            open(owner);
        }
        int owner = (int) open.removeLeast();
        next[owner]++;
        if (next[owner] < weights[owner]) {
            int opens = (int) (next[owner] * cycle / weights[owner]);
            if (opens <= turn) {
                open(owner);
            } else {
                followers[owner] = firstToOpen[opens];
                firstToOpen[opens] = owner;
            }
        }
        return owner;
    }

    private void open(int owner) {
        long closes = ((next[owner] + 1) * cycle + weights[owner] - 1) / weights[owner];
        open.add(closes << Integer.SIZE | owner);
    }
}

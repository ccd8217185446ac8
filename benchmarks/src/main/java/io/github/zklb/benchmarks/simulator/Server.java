package io.github.zklb.benchmarks.simulator;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.random.RandomGenerator;

/** A server that works on so many requests at once and lets the others wait, first come, first served. */
final class Server {

    /** The requests that it works on at once. */
    static final int SLOTS = 32;

    private final VirtualTime time;
    private final RandomGenerator random;
    private final Queue<Reply> waiting = new ArrayDeque<>();
    private Behaviour behaviour = Behaviour.SOUND;
    private long since;
    private int busy;

    Server(VirtualTime time, RandomGenerator random) {
        this.time = time;
        this.random = random;
    }

    /** From now on it behaves so. */
    void become(Behaviour next) {
        behaviour = next;
        since = time.nanos();
    }

    void accept(Reply reply) {
        if (busy < SLOTS) {
            work(reply);
        } else {
            waiting.add(reply);
        }
    }

    private void work(Reply reply) {
        busy++;
        boolean fails = behaviour == Behaviour.FAILING;
        time.after(behaviour.nanos(time.nanos() - since, random), () -> {
            busy--;
            reply.arrive(!fails);
            Reply next = waiting.poll();
            if (next != null) {
                work(next);
            }
        });
    }

    /** What a server does with its answer. */
    @FunctionalInterface
    interface Reply {

        /** The answer is there. */
        void arrive(boolean good);
    }
}

package io.github.zklb.benchmarks.simulator;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.random.RandomGenerator;

/** A server that works on so many requests at once and lets the others wait, first come, first served. */
final class Server {

    private static final double SECOND = 1e9;

    private final int slots;
    private final double errorRate;
    private final VirtualTime time;
    private final RandomGenerator random;
    private final Queue<Reply> waiting = new ArrayDeque<>();
    private Behaviour behaviour = Behaviour.SOUND;
    private long since;
    private int busy;
    private double utilization;
    private double perSecond;
    private double errorsPerSecond;
    private long measuredAt;

    /**
     * @param slots the requests that it works on at once
     * @param errorRate the part of its answers that are errors, however it behaves
     */
    Server(int slots, double errorRate, VirtualTime time, RandomGenerator random) {
        this.slots = slots;
        this.errorRate = errorRate;
        this.time = time;
        this.random = random;
    }

    /** From now on it behaves so. */
    void become(Behaviour next) {
        behaviour = next;
        since = time.nanos();
    }

    void accept(Reply reply) {
        if (behaviour == Behaviour.DEAD) {
            time.after(behaviour.nanos(0, random), reply::refuse);
        } else if (busy < slots) {
            work(reply);
        } else {
            waiting.add(reply);
        }
    }

    /** Brings the means up to now. */
    private void measure() {
        double kept = StrictMath.exp((measuredAt - time.nanos()) / SECOND);
        utilization = kept * utilization + (1 - kept) * busy / slots;
        perSecond *= kept;
        errorsPerSecond *= kept;
        measuredAt = time.nanos();
    }

    private Client.Load ended(boolean good) {
        measure();
        perSecond++;
        errorsPerSecond += good ? 0 : 1;
        return new Client.Load(utilization, perSecond, errorsPerSecond);
    }

    private void work(Reply reply) {
        measure();
        busy++;
        if (behaviour == Behaviour.HUNG) {
            return;
        }
        boolean fails = behaviour.fails() || errorRate > 0 && random.nextDouble() < errorRate;
        time.after(behaviour.nanos(time.nanos() - since, random), () -> {
            Client.Load load = ended(!fails);
            busy--;
            reply.arrive(!fails, load);
            Reply next = waiting.poll();
            if (next != null) {
                work(next);
            }
        });
        behaviour = behaviour.next();
    }

    /** What a server does with its answer. */
    interface Reply {

        /** The answer is there. */
        void arrive(boolean good, Client.Load load);

        /** There is no connection. */
        void refuse();
    }
}

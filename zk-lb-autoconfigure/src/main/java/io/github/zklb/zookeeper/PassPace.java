package io.github.zklb.zookeeper;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How soon a service may be read again. The first reading after a quiet time starts at once, others follow at a distance
 * of at least {@link #INTERVAL}, and those after failures at a growing and jittered one, up to {@link #LONGEST_WAIT}.
 */
final class PassPace {

    static final Duration INTERVAL = Duration.ofMillis(100);
    static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private static final int MOST_DOUBLINGS = 10;
    private static final double RESYNC_JITTER = 0.2;

    private final RandomGenerator random;
    private long earliestNanos;
    private int failures;

    PassPace(RandomGenerator random, long nanoTime) {
        this.random = random;
        this.earliestNanos = nanoTime;
    }

    /** The earliest time at which a reading may start; perhaps past. */
    long earliestNanos() {
        return earliestNanos;
    }

    /** How many readings have failed one after the other. */
    int failures() {
        return failures;
    }

    void started(long nanoTime) {
        earliestNanos = nanoTime + INTERVAL.toNanos();
    }

    void succeeded() {
        failures = 0;
    }

    void failed(long nanoTime) {
        long wait = INTERVAL.toNanos() << Math.min(failures, MOST_DOUBLINGS);
        failures++;
        earliestNanos = nanoTime + jittered(Math.min(wait, LONGEST_WAIT.toNanos()), 0.5);
    }

    /** A reading that timed out has waited long enough already. */
    void timedOut(long nanoTime) {
        earliestNanos = nanoTime + jittered(INTERVAL.toNanos(), 0.5);
    }

    /** When to read everything although nothing seems to have changed. */
    long resyncNanos(Duration interval, long nanoTime) {
        return nanoTime + jittered(interval.toNanos(), RESYNC_JITTER);
    }

    /** A time up to the given share shorter. */
    private long jittered(long nanos, double share) {
        return (long) (nanos * (1 - share * random.nextDouble()));
    }
}

package io.github.zklb.membership;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How soon a service may be read again. The first reading after a quiet time starts at once. Others follow at a distance
 * of at least {@link #INTERVAL}, of the time that ZooKeeper took for the last one, and of three times what it took to work
 * it in, up to {@link #LONGEST_REST}; those after failures at a growing and jittered one, up to {@link #LONGEST_WAIT}.
 */
final class PassPace {

    static final Duration INTERVAL = Duration.ofMillis(10);
    static final Duration LONGEST_REST = Duration.ofMillis(200);
    static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    /** Working in what was read takes a quarter of the time, so that other services have the rest of the worker's. */
    static final int REST = 3;

    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 10;
    private static final double TICK_JITTER = 0.2;

    private final RandomGenerator random;
    private long earliestNanos;
    private long startedNanos;
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
        startedNanos = nanoTime;
        earliestNanos = nanoTime + INTERVAL.toNanos();
    }

    /**
     * A reading was worked in.
     *
     * @param answeredNanos when it had come
     */
    void succeeded(long answeredNanos, long nanoTime) {
        failures = 0;
        long rest = Math.max(answeredNanos - startedNanos, REST * (nanoTime - answeredNanos));
        putOff(nanoTime + Math.min(rest, LONGEST_REST.toNanos()));
    }

    /**
     * A reading failed.
     *
     * @param longestWait how long the next one may wait, at most
     */
    void failed(long nanoTime, Duration longestWait) {
        long wait = FIRST_WAIT.toNanos() << Math.min(failures, MOST_DOUBLINGS);
        failures++;
        earliestNanos = nanoTime + jittered(Math.min(wait, longestWait.toNanos()), 0.5);
    }

    /** Puts the next reading off by a random part of the time given, so that many services do not read at once. */
    void spread(Duration over, long nanoTime) {
        putOff(nanoTime + (long) (over.toNanos() * random.nextDouble()));
    }

    /**
     * When to ask again for nodes that may not be read, since a right that is granted is signalled by nothing.
     *
     * @param attempts how often they were asked for already
     */
    long retryNanos(int attempts, long nanoTime) {
        return nanoTime + jittered(FIRST_RETRY.toNanos() << Math.min(attempts, MOST_DOUBLINGS), TICK_JITTER);
    }

    /** A reading that timed out has waited long enough already. */
    void timedOut(long nanoTime) {
        earliestNanos = nanoTime + jittered(FIRST_WAIT.toNanos(), 0.5);
    }

    /** When to look at a service although nothing seems to have changed. */
    long tickNanos(Duration interval, long nanoTime) {
        return nanoTime + jittered(interval.toNanos(), TICK_JITTER);
    }

    private void putOff(long nanoTime) {
        earliestNanos = earliestNanos - nanoTime < 0 ? nanoTime : earliestNanos;
    }

    /** A time up to the given share shorter. */
    private long jittered(long nanos, double share) {
        return (long) (nanos * (1 - share * random.nextDouble()));
    }
}

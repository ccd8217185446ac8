package io.github.zklb.zookeeper.policy;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When overlays may be read again, and when a new connection is to be used. At most a quarter of the time is reading. Each
 * failure may have broken the connection of all, so that they become rare. Confined to one thread.
 */
final class OverlayPace {

    /** How often a server is asked that keeps no watches, and the longest pause after a reading. */
    static final Duration POLL = Duration.ofSeconds(5);

    private static final Duration FIRST_RETRY = Duration.ofMillis(250);
    private static final Duration LAST_RETRY = Duration.ofMinutes(5);

    private final RandomGenerator random;
    private boolean renew = true;
    private long renewAt;
    private int failures;
    private long begun;
    private long restUntil;

    OverlayPace(RandomGenerator random, long now) {
        this.random = random;
        this.renewAt = now;
        this.restUntil = now;
    }

    /** There is another connection, which is used at some time within the spread. */
    void connected(Duration spread, long now) {
        renew = true;
        renewAt = now + (long) (spread.toNanos() * random.nextDouble());
    }

    /** The present connection does not tell of changes any more. */
    void watchLost() {
        renew = true;
    }

    /** Whether the present connection is still to be used for the first time. */
    boolean isNew() {
        return renew;
    }

    boolean isRenewalDue(long now) {
        return renew && renewAt - now <= 0;
    }

    /**
     * A reading begins.
     *
     * @param anew whether it is the one for which the present connection waits
     */
    void begun(boolean anew, long now) {
        renew &= !anew;
        begun = now;
    }

    /** A reading has ended well. */
    void succeeded(long now) {
        failures = 0;
        restUntil = now + Math.min(3 * (now - begun), POLL.toNanos());
    }

    /**
     * A reading has failed.
     *
     * @param anew whether it was to use the connection for the first time
     * @return how many have, one after the other
     */
    int failed(boolean anew, long now) {
        renew |= anew;
        failures++;
        Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures, 12));
        restUntil = now + Math.min(wait.toNanos(), LAST_RETRY.toNanos());
        return failures;
    }

    /** When to look whether anything has changed though nothing seems to. */
    long tick(Duration interval, long now) {
        return now + (long) (interval.toNanos() * random.nextDouble(0.8, 1.2));
    }

    /** When to use the present connection. */
    long renewal(long now) {
        return next(Duration.ofNanos(Math.max(0, renewAt - now)), now);
    }

    /** When to read what a service waits for that has just come: at once, unless readings fail. */
    long first(long now) {
        return failures == 0 ? now : next(Duration.ZERO, now);
    }

    /** When to read the overlays of a service; those of all, which each application reads, not all at the same moment. */
    long change(boolean ofAll, long now) {
        return next(Duration.ofMillis(ofAll ? random.nextLong(100) : 0), now);
    }

    private long next(Duration delay, long now) {
        return now + Math.max(delay.toNanos(), restUntil - now);
    }
}

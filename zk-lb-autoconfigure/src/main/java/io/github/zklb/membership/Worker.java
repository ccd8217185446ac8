package io.github.zklb.membership;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;

/** The one thread on which all memberships are worked out, with its clock. */
public interface Worker extends Executor {

    /** Monotonic time in nanoseconds, as {@link System#nanoTime()}. */
    long nanoTime();

    /** The wall clock, for humans only. */
    Instant wallClock();

    /**
     * Runs a task on the worker after a delay.
     *
     * @return cancels the task; called on the worker, it makes sure that the task does not run any more
     */
    Runnable schedule(Runnable task, Duration delay);
}

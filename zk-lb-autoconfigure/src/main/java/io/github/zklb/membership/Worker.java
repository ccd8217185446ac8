package io.github.zklb.membership;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;

/** One thread on which tasks run one after the other, with its clock. */
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

    /** A task that runs on the worker once, at the earliest of the times for which it was asked. Used by the worker only. */
    final class Alarm {

        private final Worker worker;
        private final Runnable task;
        private Runnable cancel = () -> {};
        private boolean set;
        private long dueNanos;

        /** An alarm that is not set. */
        public Alarm(Worker worker, Runnable task) {
            this.worker = worker;
            this.task = task;
        }

        /** Asks for the task at a point in monotonic time, or as soon as possible if that is past. */
        public void setFor(long nanoTime) {
            if (set && dueNanos - nanoTime <= 0) {
                return;
            }
            cancel.run();
            set = true;
            dueNanos = nanoTime;
            cancel = worker.schedule(this::ring, Duration.ofNanos(nanoTime - worker.nanoTime()));
        }

        /** Forgets what was asked for. */
        public void clear() {
            cancel.run();
            set = false;
        }

        private void ring() {
            set = false;
            task.run();
        }
    }
}

package io.github.zklb.engine.work;

import io.github.zklb.Message;
import io.github.zklb.membership.WorkerThread;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one task again and again, one run at a time: at once after a quiet time, and in a storm so seldom that it takes at most
 * a tenth of the time. A request that comes during a run, or before it, is served by one run after it. Whatever a run throws
 * is told once, counted, and tried again. Thread-safe.
 */
public final class PacedTask {

    private static final Logger log = LoggerFactory.getLogger(PacedTask.class);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int SHARE = 10;

    /** What may be saved up in a quiet time: runs of so long in all follow each other without a pause. */
    private static final long MOST_SAVED = SHARE * Duration.ofMillis(100).toNanos();

    /** A run that takes longer counts for so much, so that no change waits for several seconds. */
    private static final long MOST_COUNTED = Duration.ofMillis(300).toNanos();

    private final String of;
    private final Runnable task;
    private final LongAdder failures = new LongAdder();
    private final Executor threads;
    private final WorkerThread timers;
    private final LongSupplier nanoTime;
    private boolean requested;
    private boolean running;
    private long paidUntil;
    private @Nullable String failing;

    /**
     * A task that has not run yet.
     *
     * @param of whose task it is, for the log
     * @param threads run it; none of them is waited for
     * @param timers start a run that has to wait
     */
    public PacedTask(String of, Runnable task, Executor threads, WorkerThread timers, LongSupplier nanoTime) {
        this.of = of;
        this.task = task;
        this.threads = threads;
        this.timers = timers;
        this.nanoTime = nanoTime;
        this.paidUntil = nanoTime.getAsLong();
    }

    /** Asks for a run that begins after this call. */
    public synchronized void request() {
        if (!requested) {
            requested = true;
            if (!running) {
                start();
            }
        }
    }

    private void start() {
        long wait = paidUntil - MOST_SAVED - nanoTime.getAsLong();
        if (wait <= 0) {
            threads.execute(this::run);
        } else {
            timers.schedule(() -> threads.execute(this::run), Duration.ofNanos(wait));
        }
    }

    private void run() {
        synchronized (this) {
            requested = false;
            running = true;
        }
        long begun = nanoTime.getAsLong();
        try {
            task.run();
            failing = null;
        } catch (RuntimeException | Error e) {
            failures.increment();
            if (!e.toString().equals(failing)) {
                log.error(
                        Message.A_CHANGE_IS_NOT_WORKED_IN_YET.of(
                                "{}: a change is not worked in yet, which is tried again each second"),
                        of,
                        e);
            }
            failing = e.toString();
            timers.schedule(this::request, RETRY);
        } finally {
            ended(begun);
        }
    }

    /** How many runs have thrown something. */
    public long failures() {
        return failures.sum();
    }

    private synchronized void ended(long begun) {
        long now = nanoTime.getAsLong();
        long free = paidUntil - begun > 0 ? paidUntil : begun;
        paidUntil = free + SHARE * Math.min(now - begun, MOST_COUNTED);
        running = false;
        if (requested) {
            start();
        }
    }
}

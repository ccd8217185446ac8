package io.github.zklb.membership;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker on a daemon thread of its own. A task that throws is logged and harms no other. */
public final class WorkerThread implements Worker, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkerThread.class);

    private final ScheduledThreadPoolExecutor executor;

    public WorkerThread(String name) {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            log.trace("The worker is closed", e);
        }
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Instant wallClock() {
        return Instant.now();
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        try {
            ScheduledFuture<?> future =
                    executor.schedule(() -> run(task), Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException e) {
            log.trace("The worker is closed", e);
            return () -> {};
        }
    }

    /** Ends the thread once what was handed over so far has run; what is scheduled for later is dropped. */
    @Override
    public void close() {
        executor.shutdown();
    }

    /** Waits for the thread to end after it was closed, but not for longer than the time given. */
    public void awaitEnd(Duration atMost) {
        try {
            executor.awaitTermination(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            log.error("A task of the ZooKeeper membership failed; please report this", e);
        }
    }
}

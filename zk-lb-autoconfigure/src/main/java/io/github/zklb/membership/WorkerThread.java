package io.github.zklb.membership;

import io.github.zklb.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker on a daemon thread of its own. A task that throws is logged and harms no other; one that comes after the end is
 * dropped.
 */
public final class WorkerThread implements Worker, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkerThread.class);

    private final ScheduledThreadPoolExecutor executor;

    /** Starts no thread before there is a task. */
    public WorkerThread(String name) {
        executor = new ScheduledThreadPoolExecutor(1, daemons(name), new DiscardPolicy());
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Makes daemon threads of one name. */
    public static ThreadFactory daemons(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(() -> run(task));
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
        ScheduledFuture<?> future = executor.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /** Ends the thread once what was handed over so far has run; what is scheduled for later is dropped. */
    @Override
    public void close() {
        executor.shutdown();
    }

    /** Closes, and waits for the end of the thread, but not for longer than the time given. */
    public void close(Duration atMost) {
        close();
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
            String thread = Thread.currentThread().getName();
            log.error(Message.A_TASK_FAILED.of("A task of the thread " + thread + " failed; please report this"), e);
        }
    }
}

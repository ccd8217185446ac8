package io.github.zklb.engine.work;

import io.github.zklb.membership.WorkerThread;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The threads on which pickers are built, users' strategies asked and listeners told: a few, and one more whenever all of
 * them have been busy with the same for a while, so that a service whose strategy is slow or hangs keeps no other waiting.
 * They are daemons, and end when there is nothing to do. Thread-safe.
 */
public final class BuilderThreads implements Executor, AutoCloseable {

    private static final int USUAL = 2;
    private static final int MOST = 1_000;
    private static final long IDLE_SECONDS = 10;
    private static final Duration PATIENCE = Duration.ofMillis(20);

    private final WorkerThread timers;
    private final AtomicBoolean watching = new AtomicBoolean();

    @SuppressWarnings("ErroneousThreadPoolConstructorChecker") // the core is what grows
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            USUAL,
            MOST,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            WorkerThread.daemons("zk-lb-builder"),
            new DiscardPolicy());

    /**
     * Starts no thread before there is a task.
     *
     * @param timers looks after the threads; borrowed
     */
    public BuilderThreads(WorkerThread timers) {
        this.timers = timers;
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
        watch();
    }

    private void watch() {
        if (!threads.getQueue().isEmpty() && watching.compareAndSet(false, true)) {
            lookAfter(threads.getCompletedTaskCount());
        }
    }

    private void lookAfter(long completed) {
        timers.schedule(
                () -> {
                    if (threads.getQueue().isEmpty()) {
                        threads.setCorePoolSize(USUAL);
                        watching.set(false);
                        watch();
                        return;
                    }
                    if (threads.getCompletedTaskCount() == completed) {
                        threads.setCorePoolSize(Math.min(MOST, threads.getCorePoolSize() + 1));
                    }
                    lookAfter(threads.getCompletedTaskCount());
                },
                PATIENCE);
    }

    /** Runs nothing more; what hangs is interrupted, and not waited for. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}

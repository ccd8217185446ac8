package io.github.zklb.springcloud;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one action at the time set last. Thread-safe. */
final class Timer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Timer.class);

    private final Service service;
    private final Runnable action;
    private @Nullable ScheduledFuture<?> next;
    private boolean closed;

    Timer(Service service, Runnable action) {
        this.service = service;
        this.action = action;
    }

    /** Runs the action after a delay instead of at the time set before; null sets no other time. */
    synchronized void setFor(@Nullable Duration delay) {
        if (next != null) {
            next.cancel(false);
            next = null;
        }
        if (delay != null && !closed) {
            next = service.schedule(this::run, delay);
        }
    }

    private void run() {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            log.error("An update failed; the last snapshot stays", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        setFor(null);
    }

    /** The one thread behind all timers of an application, started when the first is set. */
    static final class Service implements AutoCloseable {

        private @Nullable ScheduledThreadPoolExecutor executor;
        private boolean closed;

        /** The action to come, or null once this is closed: a service may be opened while the application ends. */
        private synchronized @Nullable ScheduledFuture<?> schedule(Runnable action, Duration delay) {
            if (closed) {
                return null;
            }
            if (executor == null) {
                executor = new ScheduledThreadPoolExecutor(1, task -> {
                    Thread thread = new Thread(task, "zk-lb-timer");
                    thread.setDaemon(true);
                    return thread;
                });
                executor.setRemoveOnCancelPolicy(true);
            }
            return executor.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public synchronized void close() {
            closed = true;
            if (executor != null) {
                executor.shutdownNow();
            }
        }
    }
}

package io.github.zklb.engine.explain;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.membership.WorkerThread;
import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Rehearses, one change at a time, on a thread that is there for that alone. Thread-safe. */
public final class Rehearsals {

    /** The most endpoints of which a change is rehearsed. */
    public static final int MOST_ENDPOINTS = 10_000;

    /** The time after which a rehearsal is given up that somebody waits for. */
    public static final Duration BUDGET = Duration.ofSeconds(2);

    /** Whose turn it is. */
    private final AtomicReference<@Nullable Object> running = new AtomicReference<>();

    private final Duration budget;
    private final ThreadFactory threads = WorkerThread.daemons("zk-lb-rehearsal");

    /**
     * Rehearses nothing yet.
     *
     * @param budget the time after which a rehearsal is given up
     */
    public Rehearsals(Duration budget) {
        this.budget = budget;
    }

    /** A change is not rehearsed now, though there may be nothing wrong with it. */
    public static final class Unavailable extends RuntimeException {

        @Serial
        private static final long serialVersionUID = 1L;

        Unavailable(String message) {
            super(message);
        }
    }

    /**
     * Rehearses a change.
     *
     * @throws IllegalArgumentException if the service cannot be changed so
     * @throws Unavailable if another change is being rehearsed, or it takes too long
     */
    public Rehearsal rehearse(ServiceEngine engine, Change change) {
        int most = engine.snapshots().known().size() + change.add().size();
        if (most > MOST_ENDPOINTS) {
            throw new IllegalArgumentException(
                    "changes of up to " + MOST_ENDPOINTS + " endpoints are rehearsed, and these are " + most);
        }
        Object turn = new Object();
        if (!running.compareAndSet(null, turn)) {
            throw new Unavailable("another change is being rehearsed: ask again in a moment");
        }
        FutureTask<Rehearsal> task = new FutureTask<>(() -> {
            try {
                return Rehearsal.of(engine, change);
            } finally {
                running.compareAndSet(turn, null);
            }
        });
        threads.newThread(() -> {
                    task.run();
                    running.compareAndSet(turn, null); // where it was given up before it began
                })
                .start();
        return result(task);
    }

    private Rehearsal result(FutureTask<Rehearsal> task) {
        try {
            return task.get(budget.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            task.cancel(true);
            throw new Unavailable("the rehearsal took more than " + budget.toMillis() + " ms and was given up");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            task.cancel(true);
            throw new Unavailable("the rehearsal was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException own) {
                throw own;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}

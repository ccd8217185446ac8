package io.github.zklb.membership;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** A worker whose time passes only when the test says so. The wall clock starts at {@link #START}. */
public final class ManualWorker implements Worker {

    static final Instant START = Instant.parse("2026-11-23T06:00:00.123Z");

    private final Queue<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::due).thenComparingLong(Timer::order));
    private Duration wallClockError = Duration.ZERO;
    private long nanos;
    private long order;

    private record Timer(long due, long order, Runnable task) {}

    @Override
    public void execute(Runnable task) {
        ready.add(task);
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public Instant wallClock() {
        return START.plusNanos(nanos).plus(wallClockError);
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        Timer timer = new Timer(nanos + Math.max(0, delay.toNanos()), order++, task);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    /** Puts the wall clock forward, or back, by as much; monotonic time goes on as ever. */
    void jumpWallClock(Duration by) {
        wallClockError = wallClockError.plus(by);
    }

    /** Runs all that is due now. */
    public void run() {
        pass(Duration.ZERO);
    }

    /** Lets time pass, and runs what falls due, each at its time. */
    public void pass(Duration time) {
        long end = nanos + time.toNanos();
        drain();
        while (!timers.isEmpty() && timers.element().due() <= end) {
            Timer next = timers.remove();
            nanos = Math.max(nanos, next.due());
            next.task().run();
            drain();
        }
        nanos = Math.max(nanos, end);
    }

    /** Lets a task take time. */
    void spend(Duration time) {
        nanos += time.toNanos();
    }

    /** How many tasks are set for later. */
    int timers() {
        return timers.size();
    }

    private void drain() {
        for (Runnable task = ready.poll(); task != null; task = ready.poll()) {
            task.run();
        }
    }
}

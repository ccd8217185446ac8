package io.github.zklb.zookeeper.membership;

import io.github.zklb.membership.Worker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Gives a reading up when no answer has come for too long. Lives on the worker. */
final class AnswerDeadline {

    private final Worker worker;
    private final Duration timeout;
    private final CompletableFuture<?> reading;
    private long lastAnswer;
    private Runnable alarm = () -> {};

    /**
     * A deadline that is not running yet.
     *
     * @param timeout how long there may be no answer
     * @param reading completed with a {@link TimeoutException} then
     */
    AnswerDeadline(Worker worker, Duration timeout, CompletableFuture<?> reading) {
        this.worker = worker;
        this.timeout = timeout;
        this.reading = reading;
    }

    /** Runs from now on. */
    void start() {
        lastAnswer = worker.nanoTime();
        check(timeout);
    }

    /** An answer came. */
    void answered() {
        lastAnswer = worker.nanoTime();
    }

    /** Runs no longer. */
    void end() {
        alarm.run();
    }

    private void check(Duration after) {
        alarm = worker.schedule(this::checkProgress, after);
    }

    private void checkProgress() {
        Duration silent = Duration.ofNanos(worker.nanoTime() - lastAnswer);
        if (silent.compareTo(timeout) >= 0) {
            reading.completeExceptionally(new TimeoutException("no answer came for " + timeout.toMillis() + " ms"));
        } else {
            check(timeout.minus(silent));
        }
    }
}

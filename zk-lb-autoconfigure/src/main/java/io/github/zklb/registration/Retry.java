package io.github.zklb.registration;

import io.github.zklb.membership.Worker;
import io.github.zklb.membership.Worker.Alarm;
import java.time.Duration;

/** Tries something again: the more often it failed in a row, the later, but soon in any case. Used by the worker only. */
final class Retry {

    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final Worker worker;
    private final Alarm alarm;
    private Duration wait = FIRST_WAIT;

    Retry(Worker worker, Runnable task) {
        this.worker = worker;
        this.alarm = new Alarm(worker, task);
    }

    void failed() {
        alarm.setFor(worker.nanoTime() + wait.toNanos());
        Duration next = wait.multipliedBy(2);
        wait = next.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : next;
    }

    void succeeded() {
        wait = FIRST_WAIT;
    }

    void clear() {
        alarm.clear();
    }
}

package io.github.zklb.sample.demo;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for what must come true soon. */
final class Await {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Await() {}

    /** A condition that is looked at again and again. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws Exception;
    }

    /**
     * Returns as soon as the condition holds.
     *
     * @throws IllegalStateException if it does not within 30 seconds
     */
    static void until(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("after " + LIMIT.toSeconds() + " s it is still not true that " + what);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}

package io.github.zklb.sample.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** A number of tasks, done by a few threads at once. */
final class Batch {

    private static final int THREADS = 4;

    private Batch() {}

    /** Does the task for 0 to {@code count - 1}, and says every two seconds how far it is. */
    static void run(int count, IntConsumer task, Progress progress) throws Exception {
        AtomicInteger next = new AtomicInteger();
        Runnable worker = () -> {
            int i = next.getAndIncrement();
            while (i < count && !Thread.currentThread().isInterrupted()) {
                task.accept(i);
                i = next.getAndIncrement();
            }
        };
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                workers.add(threads.submit(worker));
            }
            for (Future<?> future : workers) {
                while (!finished(future)) {
                    progress.say("    %,d of %,d", Math.min(next.get(), count), count);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static boolean finished(Future<?> future) throws Exception {
        try {
            future.get(2, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }
}

package io.github.zklb.sample.demo;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** Requests without end, from a few threads; remembers when which provider answered. Thread-safe. */
final class Load implements AutoCloseable {

    private static final int THREADS = 4;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final Queue<Hit> hits = new ConcurrentLinkedQueue<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private volatile boolean running = true;
    private volatile String failure = "";

    private record Hit(Provider provider, long sent, long answered) {}

    /** Begins to send requests by weight. */
    Load(Scene scene) {
        for (int i = 0; i < THREADS; i++) {
            threads.execute(() -> sendUntilClosed(scene));
        }
    }

    private void sendUntilClosed(Scene scene) {
        while (running) {
            long sent = System.nanoTime();
            try {
                Provider provider = scene.call(requests.getAndIncrement(), null);
                hits.add(new Hit(provider, sent, System.nanoTime()));
            } catch (RuntimeException e) {
                failed.incrementAndGet();
                failure = String.valueOf(e.getMessage());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** How many requests were sent. */
    int requests() {
        return requests.get();
    }

    /** How many of them had no answer. */
    int failed() {
        return failed.get();
    }

    /** What the last failed request said; empty if none failed. */
    String failure() {
        return failure;
    }

    /** How long the slowest answer took. */
    long slowestNanos() {
        return hits.stream().mapToLong(hit -> hit.answered() - hit.sent()).max().orElse(0);
    }

    /** Waits until the provider gets no more requests, and returns the time from the given moment to the last one. */
    long nanosToLast(Provider provider, long since) throws Exception {
        Await.until("no more requests go to " + provider, () -> {
            long last = times(provider, since).max().orElse(since);
            return System.nanoTime() - last > QUIET_NANOS;
        });
        return times(provider, since).max().orElse(since) - since;
    }

    /** Waits until the provider gets a request, and returns the time from the given moment to it. */
    long nanosToFirst(Provider provider, long since) throws Exception {
        Await.until(
                "requests go to " + provider,
                () -> times(provider, since).findAny().isPresent());
        return times(provider, since).min().orElseThrow() - since;
    }

    private LongStream times(Provider provider, long since) {
        return hits.stream()
                .filter(hit -> hit.provider() == provider && hit.answered() > since)
                .mapToLong(Hit::answered);
    }

    /** Stops sending, and returns when the last answer is there. */
    @Override
    public void close() {
        running = false;
        threads.shutdown();
        try {
            threads.awaitTermination(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

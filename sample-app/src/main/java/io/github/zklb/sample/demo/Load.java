package io.github.zklb.sample.demo;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/** Requests without end, from a few threads; remembers when which provider answered. Thread-safe. */
final class Load implements AutoCloseable {

    private static final int THREADS = 4;
    private static final Duration QUIET = Duration.ofSeconds(1);

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final Queue<Hit> hits = new ConcurrentLinkedQueue<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private volatile boolean running = true;
    private volatile String failure = "";

    private record Hit(Provider provider, long nanoTime) {}

    /** Begins to send requests by weight. */
    Load(Scene scene) {
        for (int i = 0; i < THREADS; i++) {
            threads.execute(() -> send(scene));
        }
    }

    private void send(Scene scene) {
        while (running) {
            try {
                Provider provider = scene.call(requests.getAndIncrement(), null);
                hits.add(new Hit(provider, System.nanoTime()));
                TimeUnit.MILLISECONDS.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                failed.incrementAndGet();
                failure = String.valueOf(e.getMessage());
            }
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

    /** Waits until the provider gets no more requests, and returns the time from the given moment to the last one. */
    long nanosToLast(Provider provider, long since) throws Exception {
        Await.until("no more requests go to " + provider, () -> {
            long last = times(provider, since).max().orElse(since);
            return System.nanoTime() - last > QUIET.toNanos();
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
                .filter(hit -> hit.provider() == provider && hit.nanoTime() > since)
                .mapToLong(Hit::nanoTime);
    }

    /** Stops sending, and returns when the last answer is there. */
    @Override
    public void close() throws InterruptedException {
        running = false;
        threads.shutdown();
        threads.awaitTermination(30, TimeUnit.SECONDS);
    }
}

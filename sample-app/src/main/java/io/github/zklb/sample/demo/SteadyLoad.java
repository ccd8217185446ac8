package io.github.zklb.sample.demo;

import io.github.zklb.sample.consumer.OrdersClient;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Requests of many users through one balancer, without end, and what became of them. Thread-safe. */
final class SteadyLoad implements AutoCloseable {

    private static final int THREADS = 4;
    private static final int PAUSE_MILLIS = 40;
    private static final int USERS = 500;

    private final String balancer;
    private final List<OrdersClient> clients;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(THREADS);
    private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
    private final Map<String, String> lastAnswers = new ConcurrentHashMap<>();
    private final LongAdder failed = new LongAdder();
    private final LongAdder moved = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    /**
     * What became of the requests so far.
     *
     * @param balancer whose they are
     * @param failed how many had no answer
     * @param moved how many went to another provider than the one before of the same user
     * @param millis the times of all answers together
     * @param answers how many each provider answered, by what it says of itself
     */
    record Figures(String balancer, long failed, long moved, long millis, Map<String, Long> answers) {}

    /** Begins to send. */
    SteadyLoad(String balancer, List<OrdersClient> clients) {
        this.balancer = balancer;
        this.clients = clients;
        for (int i = 0; i < THREADS; i++) {
            long begin = (long) i * PAUSE_MILLIS / THREADS;
            threads.scheduleWithFixedDelay(this::send, begin, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void send() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String user = "user-" + random.nextInt(USERS);
        long sent = System.nanoTime();
        try {
            String answer = clients.get(random.nextInt(clients.size())).call(user);
            nanos.add(System.nanoTime() - sent);
            answers.computeIfAbsent(answer, unknown -> new LongAdder()).increment();
            if (!answer.equals(lastAnswers.getOrDefault(user, answer))) {
                moved.increment();
            }
            lastAnswers.put(user, answer);
        } catch (RuntimeException e) {
            failed.increment();
        }
    }

    Figures figures() {
        Map<String, Long> sums = new TreeMap<>();
        answers.forEach((answer, count) -> sums.put(answer, count.sum()));
        return new Figures(balancer, failed.sum(), moved.sum(), TimeUnit.NANOSECONDS.toMillis(nanos.sum()), sums);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}

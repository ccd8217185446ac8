package io.github.zklb.sample.consumer;

import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** Profile {@code consumer}: a steady trickle of requests by weight, and every few seconds the shares of the last ones. */
@Component
@Profile("consumer")
final class Trickle implements ApplicationRunner, AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(5);

    private final Thread thread = new Thread(this::trickle, "trickle");
    private final Map<String, Integer> answers = new TreeMap<>();
    private final List<OrdersClient> clients;
    private int requests;
    private String failure = "";
    private volatile String shares = "No requests yet." + System.lineSeparator();

    Trickle(OrdersClients clients, StatusPage page) {
        this.clients = clients.all();
        page.show(() -> shares);
    }

    @Override
    public void run(ApplicationArguments arguments) {
        thread.start();
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void trickle() {
        long reported = System.nanoTime();
        while (!Thread.currentThread().isInterrupted()) {
            send();
            if (System.nanoTime() - reported > BETWEEN_REPORTS.toNanos()) {
                report();
                reported = System.nanoTime();
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void send() {
        OrdersClient client = clients.get(requests++ % clients.size());
        try {
            answers.merge(client.call(null), 1, Integer::sum);
        } catch (RuntimeException e) {
            failure = String.valueOf(e.getMessage());
        }
    }

    private void report() {
        int answered = answers.values().stream().mapToInt(Integer::intValue).sum();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s  %,d requests, %,d failed%n",
                LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS),
                requests,
                requests - answered));
        answers.forEach((provider, count) -> text.append(
                String.format(Locale.ROOT, "          %-24s %6.2f %%%n", provider, 100.0 * count / answered)));
        if (!failure.isEmpty()) {
            text.append(String.format("          last failure: %s%n", failure));
        }
        shares = text.toString();
        System.out.print(shares);
        answers.clear();
        requests = 0;
        failure = "";
    }
}

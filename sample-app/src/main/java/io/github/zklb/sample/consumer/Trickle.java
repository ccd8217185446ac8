package io.github.zklb.sample.consumer;

import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** Profile {@code consumer}: a steady trickle of requests by weight, and every few seconds the shares of the last ones. */
@Component
@Profile("consumer")
final class Trickle implements ApplicationRunner, AutoCloseable {

    private static final long PAUSE_MILLIS = 20;
    private static final long REPORT_SECONDS = 5;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
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
        thread.scheduleWithFixedDelay(this::send, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        thread.scheduleAtFixedRate(this::report, REPORT_SECONDS, REPORT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        thread.shutdownNow();
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
                LocalTime.now().truncatedTo(ChronoUnit.SECONDS),
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

package io.github.zklb.testing;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** Requests at a steady rate, whatever becomes of them, through RestClient and WebClient, by GET and by POST, by chance. */
@SuppressWarnings("NullAway") // a map of all ways has each
public final class SteadyLoad implements AutoCloseable {

    private static final int THREADS = 32;
    private static final String NO_CONNECTION = "ConnectException";

    private final String name;
    private final RestClient restClient;
    private final WebClient webClient;
    private final long start;
    private volatile double seconds;
    private final Map<Way, LongAdder> sent = new EnumMap<>(Way.class);
    private final Map<Way, LongAdder> failed = new EnumMap<>(Way.class);
    private final Map<String, LongAdder> reasons = new ConcurrentSkipListMap<>();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();

    /** Not in turn: that would be in step with a rotation over as many providers, and each would meet one way only. */
    private final Random chance = new Random(1);

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(THREADS);

    /** A request that failed: when it began and when it ended, and whether for want of a connection. */
    private record Failure(long began, long ended, String reason) {

        boolean refused() {
            return reason.contains(NO_CONNECTION);
        }
    }

    private enum Way {
        REST_CLIENT_GET,
        WEB_CLIENT_GET,
        REST_CLIENT_POST,
        WEB_CLIENT_POST
    }

    /** Begins to send to the service {@code orders}, after each client has had a first answer. */
    public SteadyLoad(String name, Consumer consumer, int perSecond) {
        this.name = name;
        restClient = consumer.context()
                .getBean("restClientBuilder", RestClient.Builder.class)
                .build();
        webClient = consumer.context()
                .getBean("webClientBuilder", WebClient.Builder.class)
                .build();
        for (Way way : Way.values()) {
            sent.put(way, new LongAdder());
            failed.put(way, new LongAdder());
        }
        for (Way way : Way.values()) {
            ask(way);
        }
        start = System.nanoTime();
        long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
        for (int i = 0; i < THREADS; i++) {
            executor.scheduleAtFixedRate(this::send, i * interval, THREADS * interval, TimeUnit.NANOSECONDS);
        }
    }

    private void send() {
        Way way = Way.values()[chance.nextInt(Way.values().length)];
        sent.get(way).increment();
        long began = System.nanoTime();
        try {
            String answer = ask(way);
            if (answer == null || !answer.startsWith("answer to ")) {
                throw new IllegalStateException("another answer: " + answer);
            }
        } catch (RuntimeException e) {
            long ended = System.nanoTime();
            String reason = reason(e);
            failed.get(way).increment();
            failures.add(new Failure(began, ended, way + " " + reason));
            reasons.computeIfAbsent(way + " " + reason, same -> new LongAdder()).increment();
        }
    }

    private String ask(Way way) {
        String url = "http://orders/";
        return switch (way) {
            case REST_CLIENT_GET -> restClient.get().uri(url).retrieve().body(String.class);
            case REST_CLIENT_POST ->
                restClient.post().uri(url).body("you").retrieve().body(String.class);
            case WEB_CLIENT_GET ->
                webClient.get().uri(url).retrieve().bodyToMono(String.class).block();
            case WEB_CLIENT_POST ->
                webClient
                        .post()
                        .uri(url)
                        .bodyValue("you")
                        .retrieve()
                        .bodyToMono(String.class)
                        .block();
        };
    }

    /** The error and its causes, without what differs from call to call. */
    private static String reason(Throwable error) {
        return Stream.<@Nullable Throwable>iterate(
                        error, Objects::nonNull, cause -> cause == null ? null : cause.getCause())
                .map(cause -> Objects.requireNonNull(cause).getClass().getSimpleName() + ": " + cause.getMessage())
                .collect(Collectors.joining(" < "))
                .replaceAll(":\\d+", ":*")
                .replaceAll("L:/[^ ]*", "L:*");
    }

    /** How many requests failed for want of a connection; the others were on one that broke. */
    public long refused() {
        return failures.stream().filter(Failure::refused).count();
    }

    /** How many of the requests that failed began when so many others had already failed for want of a connection. */
    public long failedAfter(int refusals) {
        long told = failures.stream()
                .filter(Failure::refused)
                .mapToLong(Failure::ended)
                .sorted()
                .skip(refusals - 1L)
                .findFirst()
                .orElse(Long.MAX_VALUE);
        return failures.stream().filter(each -> each.began > told).count();
    }

    /** When each request that failed began and ended, in milliseconds after a time, and of what it failed. */
    public String failuresSince(long nanoTime) {
        return failures.stream()
                .sorted(Comparator.comparingLong(Failure::ended))
                .map(each -> String.format(
                        "      %7.1f to %7.1f ms: %s%n",
                        (each.began - nanoTime) / 1e6, (each.ended - nanoTime) / 1e6, each.reason))
                .collect(Collectors.joining());
    }

    /** How many requests a second were sent. The machine may have been too busy for more. */
    public double perSecond() {
        return sum(sent) / seconds;
    }

    /** How many requests were sent. */
    public long sent() {
        return sum(sent);
    }

    /** How many requests failed. */
    public long failed() {
        return sum(failed);
    }

    private static long sum(Map<Way, LongAdder> counts) {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** Lines of a table: requests, rate and failures, and what they failed of. */
    @Override
    public String toString() {
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                "  %-20s %7d requests, %4.0f/s, %6d failed, %d refused  %s%n",
                name, sum(sent), perSecond(), failed(), refused(), failed));
        reasons.forEach((reason, count) -> table.append(String.format("      %6d  %s%n", count.sum(), reason)));
        return table.toString();
    }

    /** Ends it, after the last answer. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a request has no end");
            }
            seconds = (System.nanoTime() - start) / 1e9;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

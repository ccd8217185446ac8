package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.BoundedServer;
import io.github.zklb.testing.BoundedServer.Kind;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.ProviderProcess;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Fleets of capacities 1 : 2 : 4 over HTTP, on demand: {@code -Dzklb.measure=true}. Each has a minute to settle, and two that
 * are measured. Prints the utilization of the hottest server over the mean.
 */
@EnabledIfSystemProperty(named = "zklb.measure", matches = "true", disabledReason = "measured on demand only")
class LoadReportFleetTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final double LOAD = 0.4;
    private static final double PROMISED = 1.05;

    /** Of the smallest, in requests a second. */
    private static final int CAPACITY = 10;

    private static final String[] SETTINGS = {
        "zk-lb.strategy=weighted",
        "zk-lb.load-report.use=true",
        "zk-lb.services.turns.strategy=round-robin",
        "zk-lb.services.turns.load-report.use=false"
    };

    private static final ToLongFunction<ProviderProcess> CPU =
            process -> process.processorTime().toNanos();

    /** A service: nine servers of three capacities, and perhaps one of another kind. */
    private static final class Fleet implements AutoCloseable {

        private final String service;
        private final boolean declared;
        private final List<BoundedServer> servers = new ArrayList<>();
        private final List<String> failures = new CopyOnWriteArrayList<>();

        Fleet(String service, boolean declared, Kind... others) {
            this.service = service;
            this.declared = declared;
            IntStream.range(0, 9).forEach(i -> servers.add(new BoundedServer(Kind.REPORTS, CAPACITY << i % 3)));
            Stream.of(others)
                    .forEach(kind -> servers.add(new BoundedServer(kind, kind == Kind.LIES ? 10_000 : CAPACITY)));
        }

        void register(Consumer consumer) {
            for (int i = 0; i < servers.size(); i++) {
                Endpoint endpoint = Endpoint.of("127.0.0.1", servers.get(i).port());
                consumer.registry()
                        .register(service, declared ? endpoint.withWeight(1 << i % 3) : endpoint)
                        .join();
            }
        }

        /** Sends requests at a part of what the nine can serve, in turn by each application. */
        void load(List<WebClient> clients, ScheduledExecutorService threads) {
            AtomicInteger sent = new AtomicInteger();
            long interval = (long) (1e9 / (LOAD * 21 * CAPACITY));
            var unused = threads.scheduleAtFixedRate(
                    () -> clients.get(sent.getAndIncrement() % clients.size())
                            .get()
                            .uri("http://" + service + "/")
                            .retrieve()
                            .bodyToMono(String.class)
                            .subscribe(answer -> {}, failure -> failures.add(described(failure))),
                    0,
                    interval,
                    TimeUnit.NANOSECONDS);
        }

        /** The processor time that each of the nine has used so far. */
        long[] used() {
            return servers.stream().limit(9).mapToLong(BoundedServer::usedNanos).toArray();
        }

        @Override
        public void close() {
            servers.forEach(BoundedServer::close);
        }
    }

    @Test
    void serversThatReportAreEquallyBusy() {
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer one = Consumer.start(zookeeper.connectString(), SETTINGS);
                Consumer other = Consumer.start(zookeeper.connectString(), SETTINGS);
                Fleet equal = new Fleet("equal", false);
                Fleet declared = new Fleet("declared", true);
                Fleet turns = new Fleet("turns", false);
                Fleet silent = new Fleet("silent", false, Kind.SILENT);
                Fleet lies = new Fleet("lies", false, Kind.LIES)) {
            List<Fleet> fleets = List.of(equal, declared, turns, silent, lies);
            fleets.forEach(each -> each.register(one));
            List<WebClient> clients =
                    Stream.of(one, other).map(LoadReportFleetTest::client).toList();
            fleets.forEach(each -> each.load(clients, threads));
            pass(MINUTE);
            List<double[]> ratios = new ArrayList<>();
            for (int minute = 0; minute < 2; minute++) {
                List<long[]> before = fleets.stream().map(Fleet::used).toList();
                pass(MINUTE);
                ratios.add(IntStream.range(0, fleets.size())
                        .mapToDouble(i ->
                                hottestOverMean(before.get(i), fleets.get(i).used()))
                        .toArray());
            }
            threads.shutdown(); // interrupts nobody who is about to send
            for (int i = 0; i < fleets.size(); i++) {
                System.out.printf(
                        "load reports, %s: hottest over mean %.3f in the second minute, %.3f in the third, failed: %s%n",
                        fleets.get(i).service, ratios.get(0)[i], ratios.get(1)[i], fleets.get(i).failures);
            }
            for (double[] minute : ratios) {
                for (int i = 0; i < fleets.size(); i++) {
                    boolean byTurns = fleets.get(i) == turns;
                    assertThat(minute[i])
                            .as(fleets.get(i).service)
                            .isBetween(byTurns ? 1.6 : 1, byTurns ? 1.8 : PROMISED);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /**
     * Three processes with the starter, each as on a processor of its own, whose requests cost 8, 4 and 2 milliseconds of it and
     * what HTTP costs. Even the fastest uses more than the tenth of it from which on its reports tell something.
     */
    @Test
    void processesAreEquallyBusy() {
        ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                ProviderProcess slow = process(zookeeper, 8);
                ProviderProcess faster = process(zookeeper, 4);
                ProviderProcess fastest = process(zookeeper, 2);
                Consumer turns = Consumer.start(zookeeper.connectString(), "zk-lb.strategy=round-robin");
                Consumer reports = Consumer.start(zookeeper.connectString(), SETTINGS)) {
            List<ProviderProcess> processes = List.of(slow, faster, fastest);
            processes.forEach(ProviderProcess::awaitReady);
            for (Consumer each : List.of(turns, reports)) {
                WebClient client = client(each);
                List<String> failures = new CopyOnWriteArrayList<>();
                var load = threads.scheduleAtFixedRate(
                        () -> client.get()
                                .uri("http://orders/")
                                .retrieve()
                                .bodyToMono(String.class)
                                .subscribe(answer -> {}, failure -> failures.add(described(failure))),
                        0,
                        1_000_000_000 / 120,
                        TimeUnit.NANOSECONDS);
                pass(MINUTE);
                long[] before = processes.stream().mapToLong(CPU).toArray();
                pass(MINUTE);
                long[] after = processes.stream().mapToLong(CPU).toArray();
                load.cancel(false);
                System.out.printf(
                        "processes, %s: hottest over mean %.3f, processor seconds in a minute %s, failed: %s%n",
                        each == turns ? "by turns" : "by reports",
                        hottestOverMean(before, after),
                        IntStream.range(0, 3)
                                .mapToObj(i -> "%.1f".formatted((after[i] - before[i]) / 1e9))
                                .toList(),
                        failures);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static ProviderProcess process(InProcessZooKeeper zookeeper, int millis) {
        return ProviderProcess.onOneProcessor(
                zookeeper.connectString(), "zk-lb.load-report.enabled=true", "work=" + millis + "ms");
    }

    /** When a request failed, and of what. */
    private static String described(Throwable failure) {
        return LocalTime.now() + " " + failure + ", caused by " + failure.getCause();
    }

    private static WebClient client(Consumer consumer) {
        return consumer.context()
                .getBean("webClientBuilder", WebClient.Builder.class)
                .build();
    }

    private static void pass(Duration time) {
        await().pollDelay(time).atMost(time.multipliedBy(2)).until(() -> true);
    }

    private static double hottestOverMean(long[] before, long[] after) {
        double[] used = IntStream.range(0, before.length)
                .mapToDouble(i -> after[i] - before[i])
                .toArray();
        return DoubleStream.of(used).max().orElseThrow()
                / DoubleStream.of(used).average().orElseThrow();
    }
}

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TestServers;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/** One of four providers answers every request with status 500, at once. */
class FailingProviderTest {

    private static final String[] ALL = {"good0", "good1", "good2", "failing"};

    private static final List<Provider> good = new ArrayList<>();
    private static InProcessZooKeeper zookeeper;
    private static Provider failing;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        for (int i = 0; i < 3; i++) {
            good.add(Provider.start("orders", "good" + i, zookeeper.connectString(), 1));
        }
        failing = Provider.start("orders", "bad", zookeeper.connectString(), 1);
    }

    @AfterAll
    static void stop() {
        failing.close();
        good.forEach(Provider::close);
        zookeeper.close();
    }

    @AfterEach
    void allIsWell() {
        everyProvider().forEach(each -> {
            each.answersWith(200);
            each.holdUntil(Mono.empty());
        });
    }

    private static Stream<Provider> everyProvider() {
        return Stream.concat(good.stream(), Stream.of(failing));
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void isEjectedAndComesBack(Client client) {
        try (Fleet fleet = Fleet.start(
                "zk-lb.outlier-ejection.enabled=true",
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.outlier-ejection.base-ejection-time=2s",
                "zk-lb.outlier-ejection.consecutive-errors=3")) {
            failing.answersWith(500);
            await().until(() -> !fleet.shares(client, 40).containsKey("failing"));

            failing.answersWith(200);
            await().until(() -> fleet.shares(client, 40).containsKey("bad"));
        }
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void isCalledFiveTimesUntilItIsEjected(Client client) {
        try (Fleet fleet = Fleet.start("zk-lb.outlier-ejection.enabled=true")) {
            fleet.shares(client, 40);
            failing.answersWith(500);
            assertThat(fleet.shares(client, 400)).containsEntry("failing", 5).containsOnlyKeys(ALL);
        }
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void isCalledFiveTimesByDefaultIfItRefusesAndAgainOnceItListens(Client client) throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        try (Fleet fleet = Fleet.start()) {
            fleet.consumer
                    .registry()
                    .register("orders", Endpoint.of("127.0.0.1", port))
                    .join();
            await().until(() -> fleet.consumer.registeredPorts("orders").contains(port));
            Map<String, Integer> shares = fleet.shares(client, 400);
            assertThat(shares).containsEntry("failing", 5);
            DisposableServer late = TestServers.create()
                    .host("127.0.0.1")
                    .port(port)
                    .handle((request, response) -> response.sendString(Mono.just("late")))
                    .bindNow();
            try {
                await().until(() -> fleet.shares(client, 40).containsKey("late"));
            } finally {
                late.disposeNow();
            }
        }
    }

    /** All refuse: it may be the caller's own network, and each is tried. */
    @Test
    void nobodyIsEjectedIfAllRefuse() {
        try (Fleet fleet = Fleet.start()) {
            for (int port = 1; port <= 3; port++) {
                fleet.consumer
                        .registry()
                        .register("dead", Endpoint.of("127.0.0.1", port))
                        .join();
            }
            await().until(() -> fleet.consumer.registeredPorts("dead").size() == 3);
            Map<String, Integer> shares =
                    Shares.of(60, () -> Fleet.orFailing(() -> fleet.consumer.get("http://dead/")));
            assertThat(shares).isEqualTo(Map.of("failing", 60));
            ServiceEngine engine =
                    fleet.consumer.context().getBean(ServiceEngines.class).engine("dead");
            assertThat(engine.snapshots().count(Reason.EJECTED)).isZero();
        }
    }

    /** Fault 56: all answer 500, since something behind them fails. */
    @Test
    void nobodyStaysEjectedAtAnyClientIfAllFail() {
        try (Fleet fleet = Fleet.start("zk-lb.outlier-ejection.enabled=true");
                Consumer second = Consumer.start(zookeeper.connectString(), "zk-lb.outlier-ejection.enabled=true")) {
            List<Consumer> clients = List.of(fleet.consumer, second);
            everyProvider().forEach(each -> each.answersWith(500));
            for (Consumer client : clients) {
                await().until(() -> client.registeredPorts("orders").size() == 4);
                Map<String, Integer> shares = Shares.of(60, () -> Fleet.orFailing(() -> client.get("http://orders/")));
                assertThat(shares).isEqualTo(Map.of("failing", 60));
            }
            for (Consumer client : clients) {
                ServiceEngine engine =
                        client.context().getBean(ServiceEngines.class).engine("orders");
                await().until(() -> engine.snapshots().count(Reason.EJECTED) == 0);
                assertThat(engine.snapshots().ejections()).isLessThanOrEqualTo(1);
                Shares.of(60, () -> Fleet.orFailing(() -> client.get("http://orders/")));
                assertThat(engine.snapshots().published().ejections().isEmpty()).isTrue();
                assertThat(engine.snapshots().ejections()).isLessThanOrEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"weighted", "least-request", "peak-ewma"})
    void isCalledFiveTimesIfItHangsBehindTimeOuts(String strategy) {
        try (Fleet fleet = Fleet.start("zk-lb.outlier-ejection.enabled=true", "zk-lb.strategy=" + strategy)) {
            fleet.shares(Client.WEB_CLIENT, 40);
            failing.holdUntil(Mono.never());
            Map<String, Integer> shares = Shares.of(200, () -> fleet.getWithin(Duration.ofMillis(300)));
            // whoever looks at the latency may have found it slower than the others, before
            assertThat(shares.getOrDefault("failing", 0)).isBetween(strategy.equals("peak-ewma") ? 0 : 1, 5);
        }
    }

    @ParameterizedTest
    @CsvSource({"least-request, true", "least-request, false", "peak-ewma, true", "peak-ewma, false"})
    void getsAnOccasionalTryIfItHangsWithoutEjection(String strategy, boolean readTimeOut) {
        try (Fleet fleet = Fleet.start("zk-lb.strategy=" + strategy)) {
            fleet.shares(Client.WEB_CLIENT, 40);
            failing.holdUntil(Mono.never());
            JdkClientHttpRequestFactory impatient = new JdkClientHttpRequestFactory();
            impatient.setReadTimeout(Duration.ofMillis(300));
            RestClient blocking = fleet.consumer
                    .context()
                    .getBean("restClientBuilder", RestClient.Builder.class)
                    .clone()
                    .requestFactory(impatient)
                    .build();
            Map<String, Integer> shares =
                    Shares.of(300, () -> readTimeOut ? fleet.get(blocking) : fleet.getWithin(Duration.ofMillis(300)));
            assertThat(shares.getOrDefault("failing", 0)).isLessThanOrEqualTo(12);
        }
    }

    @Test
    void whatCountsAsAnErrorIsConfigurable() {
        try (Fleet fleet = Fleet.start(
                "zk-lb.outlier-ejection.enabled=true",
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.services.orders.load.error-statuses=429")) {
            failing.answersWith(429);
            await().until(() -> !fleet.shares(Client.REST_CLIENT, 40).containsKey("failing"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-request", "peak-ewma"})
    void attractsNoTrafficByFailingFast(String strategy) {
        try (Fleet fleet = Fleet.start("zk-lb.strategy=" + strategy)) {
            failing.answersWith(500);
            fleet.shares(Client.REST_CLIENT, 100);
            Map<String, Integer> shares = fleet.shares(Client.REST_CLIENT, 1_000);
            assertThat(shares.getOrDefault("failing", 0)).isLessThan(50);
        }
    }

    /** The providers as a consumer of its own sees them, which knows of no failure yet. */
    private record Fleet(Consumer consumer) implements AutoCloseable {

        static Fleet start(String... properties) {
            return new Fleet(Consumer.start(zookeeper.connectString(), properties));
        }

        Map<String, Integer> shares(Client client, int requests) {
            return Shares.of(requests, () -> orFailing(() -> consumer.get(client, "http://orders/", Map.of())));
        }

        String get(RestClient client) {
            return orFailing(() -> client.get().uri("http://orders/").retrieve().body(String.class));
        }

        String getWithin(Duration time) {
            return orFailing(() -> consumer.context()
                    .getBean("webClientBuilder", WebClient.Builder.class)
                    .build()
                    .get()
                    .uri("http://orders/")
                    .retrieve()
                    .bodyToMono(String.class)
                    .timeout(time)
                    .block());
        }

        private static String orFailing(Supplier<String> request) {
            try {
                return request.get();
            } catch (RuntimeException e) {
                return "failing";
            }
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.client.HttpServerErrorException;

/** The meters of single endpoints, for who wants them. */
class EndpointMetricsTest {

    private static final int ROUNDS = 5;
    private static final int PER_ROUND = 2_000;
    private static final int METERS_OF_AN_ENDPOINT = 5;
    private static final Duration LONG = Duration.ofSeconds(60);

    private static InProcessZooKeeper zookeeper;
    private static Consumer consumer;
    private static MeterRegistry meters;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.metrics.per-endpoint=true",
                "zk-lb.membership.removal-delay=0s",
                "zk-lb.membership.hold.enabled=false");
        meters = consumer.context().getBean(MeterRegistry.class);
    }

    @AfterAll
    static void stop() {
        consumer.close();
        zookeeper.close();
    }

    @Test
    void callsAreCountedAndTimedByHowTheyEnd() {
        try (Provider provider = Provider.start("orders", "a", zookeeper.connectString(), 1)) {
            consumer.choosePort("orders", null);
            await().until(() -> meters.find("zk.lb.endpoint.calls").meters().size() == 3);
            consumer.get("http://orders/");
            consumer.get("http://orders/");
            provider.answersWith(500);
            assertThatThrownBy(() -> consumer.get("http://orders/")).isInstanceOf(HttpServerErrorException.class);
            String address = "127.0.0.1:" + provider.port();
            assertThat(calls(address, "succeeded")).isEqualTo(2);
            assertThat(calls(address, "failed")).isEqualTo(1);
            assertThat(calls(address, "cancelled")).isZero();
            assertThat(consumer.context().getBean(PrometheusMeterRegistry.class).scrape())
                    .contains("zk_lb_endpoint_in_flight_requests{endpoint_address=\"" + address
                            + "\",service_id=\"orders\"} 0.0")
                    .contains("zk_lb_endpoint_calls_seconds_count{endpoint_address=\"" + address
                            + "\",outcome=\"succeeded\",service_id=\"orders\"} 2")
                    .contains("zk_lb_endpoint_latency_seconds{endpoint_address=\"" + address);
        }
        await().until(() -> meters.find("zk.lb.endpoint.calls").meters().isEmpty());
    }

    @Test
    void tenThousandEndpointsThatComeAndGoLeaveMetersAndHeapAsTheyWere() {
        consumer.choosePort("fleet", null);
        int before = ours();
        comeAndGo(0);
        assertThat(ours()).isEqualTo(before);
        long heap = heap();
        for (int round = 1; round < ROUNDS; round++) {
            comeAndGo(round);
            assertThat(ours()).isEqualTo(before);
        }
        await().atMost(LONG).untilAsserted(() -> assertThat(heap()).isLessThan(heap + 4_000_000));
    }

    private static void comeAndGo(int round) {
        List<Endpoint> endpoints = IntStream.range(0, PER_ROUND)
                .mapToObj(i -> Endpoint.of("10." + round + "." + i / 256 + "." + i % 256, 8080))
                .toList();
        all(endpoints, endpoint -> consumer.registry().register("fleet", endpoint));
        await().atMost(LONG)
                .until(() -> meters.find("zk.lb.endpoint.in.flight").meters().size() == PER_ROUND);
        await().atMost(LONG).until(() -> ours() >= PER_ROUND * METERS_OF_AN_ENDPOINT);
        assertThat(consumer.choosePort("fleet", null)).isPresent();
        all(endpoints, endpoint -> consumer.registry().deregister("fleet", endpoint.id()));
        await().atMost(LONG)
                .until(() -> meters.find("zk.lb.endpoint.in.flight").meters().isEmpty());
        await().until(() -> consumer.choosePort("fleet", null).isEmpty());
    }

    private static void all(List<Endpoint> endpoints, Function<Endpoint, CompletableFuture<?>> what) {
        CompletableFuture.allOf(endpoints.stream().map(what).toArray(CompletableFuture[]::new))
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private static int ours() {
        return (int) meters.getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith("zk.lb."))
                .filter(meter -> "fleet".equals(meter.getId().getTag("service.id")))
                .count();
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static double calls(String address, String outcome) {
        return meters.get("zk.lb.endpoint.calls")
                .tags("service.id", "orders", "endpoint.address", address, "outcome", outcome)
                .functionTimer()
                .count();
    }
}

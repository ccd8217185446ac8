package io.github.zklb.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.TestServers;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.core.env.MapPropertySource;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/** What the meters of each service tell. Each test has a service of its own. */
class MetricsTest {

    private static final Map<String, Object> refreshed = new HashMap<>();

    private static InProcessZooKeeper zookeeper;
    private static Consumer consumer;
    private static EndpointRegistry endpoints;
    private static MeterRegistry meters;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.membership.removal-delay=0s",
                "zk-lb.services.keyed.strategy=consistent-hash",
                "zk-lb.services.strict.strategy=consistent-hash",
                "zk-lb.services.strict.consistent-hash.when-missing=fail",
                "zk-lb.services.warming.strategy=consistent-hash",
                "zk-lb.services.warming.slow-start.window=1h",
                "zk-lb.services.warming.slow-start.minimum-weight-percent=1",
                "zk-lb.services.failing.outlier-ejection.enabled=true",
                "zk-lb.services.failing.outlier-ejection.interval=100ms",
                "zk-lb.services.failing.outlier-ejection.consecutive-errors=1",
                "zk-lb.services.failing.outlier-ejection.max-ejected-percent=100");
        consumer.context()
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource("refreshed", refreshed));
        endpoints = consumer.registry();
        meters = consumer.context().getBean(MeterRegistry.class);
    }

    @AfterAll
    static void stop() {
        consumer.close();
        zookeeper.close();
    }

    @Test
    void aRequestWithoutAKeyIsAFallback() {
        register("keyed", 1, 2);
        choose("keyed", "a", "b", "c", null, null);
        assertPicks("keyed", Map.of("picked", 3, "fallback", 2));
    }

    @Test
    void aRequestThatHasNoEndpointIsCountedOnceByEveryWay() {
        assertThat(consumer.choosePort("nobody", null)).isEmpty();
        assertPicks("nobody", Map.of("empty", 1));
        for (Client client : Client.values()) {
            assertThatThrownBy(() -> consumer.get(client, "http://nobody/", Map.of()))
                    .isNotNull();
        }
        assertPicks("nobody", Map.of("empty", 4));

        register("strict", 1);
        assertThatThrownBy(() -> consumer.choosePort("strict", null)).isInstanceOf(NoInstanceException.class);
        choose("strict", "a");
        assertPicks("strict", Map.of("empty", 1, "picked", 1));
    }

    @Test
    void aKeyWhoseOwnerWarmsUpIsSpilled() {
        register("warming", 1, 2, 3);
        choose("warming", keys(100));
        assertPicks("warming", Map.of("picked", 100));
        register("warming", 4);
        await().untilAsserted(() -> assertEndpoints("warming", Map.of("serving", 3, "warming", 1)));
        choose("warming", keys(100));
        double spilled = value("zk.lb.picks", "service.id", "warming", "outcome", "spilled");
        assertThat(spilled).isBetween(5.0, 60.0);
        assertPicks("warming", Map.of("picked", 200 - (int) spilled, "spilled", (int) spilled));
    }

    @Test
    void ejectionsAreCountedAndPanicIsToldApart() {
        try (Provider a = Provider.start("failing", "a", zookeeper.connectString(), 1);
                Provider b = Provider.start("failing", "b", zookeeper.connectString(), 1);
                Provider good = Provider.start("failing", "good", zookeeper.connectString(), 1)) {
            a.answersWith(500);
            b.answersWith(500);
            await().untilAsserted(() -> {
                assertThatThrownBy(() -> get("failing", 3)).isInstanceOf(HttpServerErrorException.class);
                assertThat(good.port()).isPositive();
                assertEndpoints("failing", Map.of("serving", 1, "ejected", 2));
            });
            assertThat(value("zk.lb.ejections", "service.id", "failing")).isEqualTo(2);
            double picked = value("zk.lb.picks", "service.id", "failing", "outcome", "picked");
            double panic = value("zk.lb.picks", "service.id", "failing", "outcome", "panic");
            choose("failing", null, null, null);
            assertPicks("failing", Map.of("picked", (int) picked, "panic", (int) panic + 3));
        }
    }

    private static void get(String service, int times) {
        for (int i = 0; i < times; i++) {
            consumer.get("http://" + service + "/");
        }
    }

    @Test
    void eachEndpointHasOneState() {
        Map<String, String> down = Map.of("instance_status", "OUT_OF_SERVICE");
        join(endpoints.register("mixed", Endpoint.of("127.0.0.1", 1)));
        join(endpoints.register("mixed", Endpoint.of("127.0.0.1", 2).withWeight(0)));
        join(endpoints.register("mixed", Endpoint.of("127.0.0.1", 3).withMetadata(down)));
        join(endpoints.register("mixed", Endpoint.of("127.0.0.1", 4).withMetadata(down)));
        consumer.choosePort("mixed", null);
        assertEndpoints("mixed", Map.of("serving", 1, "drained", 1, "not-up", 2));
    }

    @Test
    void whatIsHeldIsToldApart() throws Exception {
        register("held", 1);
        try (Provider a = Provider.start("held", "a", zookeeper.connectString(), 1);
                Provider b = Provider.start("held", "b", zookeeper.connectString(), 1);
                Provider c = Provider.start("held", "c", zookeeper.connectString(), 1)) {
            consumer.choosePort("held", null);
            assertState("held", "synced");
            assertEndpoints("held", Map.of("serving", 4));
            // One after the other they could be seen to go, which is no loss of most of them.
            consumer.deregisterAtOnce(a, b, c);
            await().untilAsserted(() -> {
                assertState("held", "held");
                assertEndpoints("held", Map.of("serving", 1, "held", 3));
            });
        }
    }

    @Test
    void aNodeWithoutValidContentIsCounted() {
        try (Provider provider = Provider.start("broken", "a", zookeeper.connectString(), 1)) {
            consumer.choosePort("broken", null);
            assertThat(value("zk.lb.invalid.nodes", "service.id", "broken")).isZero();
            provider.overwrite("?".getBytes(UTF_8));
            await().untilAsserted(() -> assertThat(value("zk.lb.invalid.nodes", "service.id", "broken"))
                    .isEqualTo(1));
            assertEndpoints("broken", Map.of("serving", 1));
        }
    }

    @Test
    void overlaysAreCountedByWhatBecomesOfThem() throws Exception {
        register("steered", 1, 2);
        choose("steered", null, null);
        String end = "\"expires\": \"" + Instant.now().plusSeconds(600) + "\"}";
        Map<String, String> written = Map.of(
                "applied",
                "{\"v\": 1, \"target\": {\"endpoint\": \"127.0.0.1:1\"}, \"set\": {\"weight-percent\": 50}, " + end,
                "refused",
                "{\"v\": 1, \"target\": {\"service\": true}, \"set\": {\"drain\": true}, " + end,
                "invalid",
                "?");
        CuratorFramework operator = consumer.context().getBean(CuratorFramework.class);
        for (Map.Entry<String, String> each : written.entrySet()) {
            operator.create()
                    .creatingParentsIfNeeded()
                    .forPath(
                            "/zk-lb/overlays/steered/" + each.getKey(),
                            each.getValue().getBytes(UTF_8));
        }
        operator.create().creatingParentsIfNeeded().forPath("/zk-lb/policy/steered", "?".getBytes(UTF_8));
        await().untilAsserted(() -> assertThat(written.keySet())
                .allSatisfy(state -> assertThat(value("zk.lb.overlays", "service.id", "steered", "state", state))
                        .isEqualTo(1)));
        await().untilAsserted(() -> assertThat(value("zk.lb.policy.refused", "service.id", "steered"))
                .isEqualTo(1));
        operator.delete().forPath("/zk-lb/policy/steered");
        await().untilAsserted(() -> assertThat(value("zk.lb.policy.refused", "service.id", "steered"))
                .isZero());
        operator.delete().deletingChildrenIfNeeded().forPath("/zk-lb/overlays/steered");
        await().untilAsserted(() -> assertThat(written.keySet())
                .allSatisfy(state -> assertThat(value("zk.lb.overlays", "service.id", "steered", "state", state))
                        .isZero()));
    }

    @Test
    void aRequestIsInFlightUntilItEnds() {
        DisposableServer silent = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> Mono.never())
                .bindNow();
        try {
            register("silent", silent.port());
            Disposable call = consumer.context()
                    .getBean("webClientBuilder", WebClient.Builder.class)
                    .build()
                    .get()
                    .uri("http://silent/")
                    .retrieve()
                    .toBodilessEntity()
                    .subscribe();
            await().untilAsserted(() ->
                    assertThat(value("zk.lb.in.flight", "service.id", "silent")).isEqualTo(1));
            call.dispose(); // it ends at once, or when the thread that sends it has sent it
            await().untilAsserted(() ->
                    assertThat(value("zk.lb.in.flight", "service.id", "silent")).isZero());
        } finally {
            silent.disposeNow();
        }
    }

    @Test
    void aRebuildIsTimedAndBeginsTheSnapshotsAge() {
        register("changing", 1);
        consumer.choosePort("changing", null);
        double before = value("zk.lb.snapshot.rebuild", "service.id", "changing");
        assertThat(before).isPositive();
        await().until(() -> value("zk.lb.snapshot.age", "service.id", "changing") > 0.2);
        register("changing", 2);
        await().until(() -> value("zk.lb.snapshot.rebuild", "service.id", "changing") > before);
        assertThat(meters.get("zk.lb.snapshot.rebuild")
                        .tags("service.id", "changing")
                        .functionTimer()
                        .totalTime(java.util.concurrent.TimeUnit.NANOSECONDS))
                .isPositive();
        assertThat(value("zk.lb.membership.age", "service.id", "changing")).isGreaterThanOrEqualTo(0.2);
    }

    @Test
    void aServiceHasMetersFromItsOpeningOnAndKeepsThemOverARefresh() {
        assertThat(meters.find("zk.lb.picks").tag("service.id", "later").meters())
                .isEmpty();
        register("later", 1);
        choose("later", null, null);
        int opened = metersOf("later").size();
        assertThat(opened).isEqualTo(72);
        refreshed.put("zk-lb.services.later.strategy", "random");
        consumer.context()
                .publishEvent(new EnvironmentChangeEvent(consumer.context(), Set.of("zk-lb.services.later.strategy")));
        choose("later", null, null);
        assertPicks("later", Map.of("picked", 4));
        assertThat(metersOf("later")).hasSize(opened);
    }

    @Test
    void everyMeterHasADescriptionAndPrometheusNamesThemAsTheDocumentationDoes() {
        register("scraped", 1);
        choose("scraped", (String) null);
        assertThat(metersOf("scraped"))
                .allSatisfy(meter -> assertThat(meter.getId().getDescription()).isNotBlank());
        String scrape =
                consumer.context().getBean(PrometheusMeterRegistry.class).scrape();
        assertThat(scrape.lines())
                .contains(
                        "zk_lb_picks_total{outcome=\"picked\",service_id=\"scraped\"} 1.0",
                        "zk_lb_picks_total{outcome=\"empty\",service_id=\"scraped\"} 0.0",
                        "zk_lb_endpoints{service_id=\"scraped\",state=\"serving\"} 1.0",
                        "zk_lb_membership_state{service_id=\"scraped\",state=\"synced\"} 1.0",
                        "zk_lb_invalid_nodes{service_id=\"scraped\"} 0.0",
                        "zk_lb_ejections_total{service_id=\"scraped\"} 0.0",
                        "zk_lb_in_flight_requests{service_id=\"scraped\"} 0.0")
                .anyMatch(line -> line.startsWith("zk_lb_snapshot_age_seconds{service_id=\"scraped\"}"))
                .anyMatch(line -> line.startsWith("zk_lb_snapshot_rebuild_seconds_count{service_id=\"scraped\"}"))
                .anyMatch(line -> line.startsWith("zk_lb_membership_age_seconds{service_id=\"scraped\"}"));
    }

    private static void register(String service, int... ports) {
        CompletableFuture<?>[] registrations = IntStream.of(ports)
                .mapToObj(port -> endpoints.register(service, Endpoint.of("127.0.0.1", port)))
                .toArray(CompletableFuture[]::new);
        join(CompletableFuture.allOf(registrations));
    }

    private static void join(CompletableFuture<?> future) {
        future.orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
    }

    private static void choose(String service, String... keys) {
        for (String key : keys) {
            assertThat(consumer.choosePort(service, key)).isPresent();
        }
    }

    private static String[] keys(int count) {
        return IntStream.range(0, count).mapToObj(i -> "key-" + i).toArray(String[]::new);
    }

    private static void assertPicks(String service, Map<String, Integer> expected) {
        assertParts("zk.lb.picks", service, "outcome", expected);
    }

    private static void assertEndpoints(String service, Map<String, Integer> expected) {
        assertParts("zk.lb.endpoints", service, "state", expected);
    }

    private static void assertState(String service, String expected) {
        assertParts("zk.lb.membership.state", service, "state", Map.of(expected, 1));
    }

    /** Those that are not 0. */
    private static void assertParts(String name, String service, String tag, Map<String, Integer> expected) {
        Map<String, Integer> parts = new HashMap<>();
        for (Meter meter : meters.get(name).tags("service.id", service).meters()) {
            if (value(meter) != 0) {
                parts.put(meter.getId().getTag(tag), (int) value(meter));
            }
        }
        assertThat(parts).isEqualTo(expected);
    }

    private static List<Meter> metersOf(String service) {
        return meters.getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith("zk.lb."))
                .filter(meter -> service.equals(meter.getId().getTag("service.id")))
                .toList();
    }

    private static double value(String name, String... tags) {
        return value(meters.get(name).tags(tags).meter());
    }

    private static double value(Meter meter) {
        return Stream.of(Statistic.COUNT, Statistic.VALUE)
                .flatMap(statistic -> StreamSupport.stream(meter.measure().spliterator(), false)
                        .filter(measurement -> measurement.getStatistic() == statistic))
                .findFirst()
                .orElseThrow()
                .getValue();
    }
}

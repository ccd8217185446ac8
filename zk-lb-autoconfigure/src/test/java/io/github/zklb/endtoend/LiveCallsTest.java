package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.web.client.HttpStatusCodeException;
import reactor.core.publisher.Sinks;

/** Settings that change while calls are under way, and what is known of the endpoints from calls. */
class LiveCallsTest {

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final Map<String, Object> refreshed = new HashMap<>();
    private static final Map<String, ServiceEngine> statistics = new ConcurrentHashMap<>();
    private static final ExecutorService callers = Executors.newCachedThreadPool();
    private static Consumer consumer;

    private final List<Provider> providers = new ArrayList<>();
    private final Sinks.Empty<Void> released = Sinks.empty();

    @BeforeAll
    static void start() {
        consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.outlier-ejection.base-ejection-time=1h",
                "zk-lb.outlier-ejection.error-rate-percent=0",
                "zk-lb.consistent-hash.key=header:key");
        consumer.context()
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource("refreshed", refreshed));
        consumer.context()
                .getBean(ServiceEngines.class)
                .subscribe(opened -> statistics.put(opened.serviceId(), opened));
    }

    @AfterAll
    static void stop() {
        callers.shutdownNow();
        consumer.close();
        zookeeper.close();
    }

    @AfterEach
    void release() {
        released.tryEmitEmpty();
        providers.forEach(Provider::close);
    }

    @Test
    void callsInFlightAndEjectionsOutliveARefresh() {
        Provider failing = provide("kept", 3).get(0);
        refresh("kept", "outlier-ejection.enabled", true);
        failing.answersWith(500);
        awaitEjected("kept", 1);
        hold(6, "kept", "any");
        for (String strategy : List.of("round-robin", "least-request", "weighted")) {
            refresh("kept", "strategy", strategy);
            refresh("kept", "slow-start.aggression", strategy.length());
            assertThat(statistics("kept").loads().countInFlight()).isEqualTo(6);
            assertThat(statistics("kept").snapshots().count(Reason.EJECTED)).isEqualTo(1);
            assertThat(ports("kept", 20)).doesNotContainKey(failing.port());
        }
        released.tryEmitEmpty();
        await().until(() -> statistics("kept").loads().countInFlight() == 0);
        assertThat(statistics("kept").snapshots().ejections()).isEqualTo(1);
    }

    @Test
    void ejectionFollowsItsSettings() {
        Provider failing = provide("swept", 3).get(0);
        failing.answersWith(500);
        callAll("swept");
        refresh("swept", "outlier-ejection.consecutive-errors", 1_000);
        refresh("swept", "outlier-ejection.enabled", true);
        awaitSweeps("swept", 3);
        assertThat(statistics("swept").snapshots().ejections())
                .as("too few errors")
                .isZero();
        refresh("swept", "outlier-ejection.consecutive-errors", 2);
        awaitEjected("swept", 1);
        assertThat(ports("swept", 30)).doesNotContainKey(failing.port());
        refresh("swept", "outlier-ejection.panic-threshold-percent", 100);
        awaitSweeps("swept", 2);
        assertThat(ports("swept", 30)).as("in panic").containsKey(failing.port());
        refresh("swept", "outlier-ejection.enabled", false);
        assertThat(statistics("swept").snapshots().count(Reason.EJECTED)).isZero();
    }

    @Test
    void theBoundOfTheLoadCountsWhatIsInFlightAlready() {
        refresh("bounded", "strategy", "consistent-hash");
        provide("bounded", 2);
        int owner = port("bounded", "k");
        hold(4, "bounded", "k");
        assertThat(port("bounded", "k")).isEqualTo(owner);
        refresh("bounded", "consistent-hash.bounded-load", 1);
        assertThat(port("bounded", "k")).isNotEqualTo(owner);
        refresh("bounded", "consistent-hash.bounded-load", 1_000);
        assertThat(port("bounded", "k")).isEqualTo(owner);
    }

    @Test
    void anotherSizeOfTheTableMapsKeysElsewhereAndTheFormerOneBack() {
        refresh("tabled", "strategy", "consistent-hash");
        refresh("tabled", "consistent-hash.algorithm", "maglev");
        refresh("tabled", "consistent-hash.table-size", 1_000);
        for (int port = 1; port <= 3; port++) {
            consumer.registry()
                    .register("tabled", Endpoint.of("10.0.0.1", port))
                    .join();
        }
        List<Integer> small = owners("tabled");
        refresh("tabled", "consistent-hash.table-size", 50_000);
        assertThat(owners("tabled")).isNotEqualTo(small);
        refresh("tabled", "consistent-hash.table-size", 1_000);
        assertThat(owners("tabled")).isEqualTo(small);
    }

    @Test
    void whatACallSaysOfItsEndpointFollowsTheSettingsOfTheLoad() {
        Provider only = provide("loaded", 1).get(0);
        CallLoad load = statistics("loaded")
                .loads()
                .of(statistics("loaded").membership().current().hosts().get(0));
        only.answersWith(500);
        refresh("loaded", "load.error-statuses", "429");
        fail("loaded");
        assertThat(load.errorsInARow()).isZero();
        refresh("loaded", "load.error-statuses", "500-599");
        refresh("loaded", "load.failure-penalty", "30m");
        fail("loaded");
        assertThat(load.errorsInARow()).isEqualTo(1);
        assertThat(load.latency()).isGreaterThan(Duration.ofSeconds(30).toNanos());
        refresh("loaded", "load.decay", "1ms");
        await().until(() -> load.latency() == 0);
    }

    @Test
    void theShapeOfASlowStartChangesUnderWay() {
        refresh("warming", "slow-start.window", "1h");
        refresh("warming", "slow-start.minimum-weight-percent", 1);
        provide("warming", 1);
        int late = provide("warming", 1).get(0).port();
        assertThat(ports("warming", 400).getOrDefault(late, 0)).isLessThan(20);
        refresh("warming", "slow-start.aggression", 10);
        assertThat(ports("warming", 400).getOrDefault(late, 0)).isGreaterThan(40);
    }

    /** More providers of a service, in the picks already. */
    private List<Provider> provide(String service, int number) {
        List<Provider> added = IntStream.range(0, number)
                .mapToObj(i -> Provider.start(service, service + i, zookeeper.connectString(), 1))
                .toList();
        providers.addAll(added);
        await().untilAsserted(() -> assertThat(consumer.registeredPorts(service))
                .containsAll(added.stream().map(Provider::port).toList()));
        return added;
    }

    private void hold(int calls, String service, String key) {
        providers.forEach(provider -> provider.holdUntil(released.asMono()));
        for (int i = 0; i < calls; i++) {
            callers.execute(() -> consumer.get(Client.REST_CLIENT, "http://" + service + "/", Map.of("key", key)));
        }
        await().until(() -> statistics(service).loads().countInFlight() == calls);
    }

    private void refresh(String service, String setting, Object value) {
        String property = "zk-lb.services." + service + "." + setting;
        refreshed.put(property, value);
        consumer.propertiesChanged(property);
    }

    private static void awaitEjected(String service, int number) {
        await().until(() -> {
            callAll(service);
            return statistics(service).snapshots().count(Reason.EJECTED) == number;
        });
    }

    private static void awaitSweeps(String service, int number) {
        long before = statistics(service).snapshots().rebuilds().count();
        await().until(() -> {
            callAll(service);
            return statistics(service).snapshots().rebuilds().count() >= before + number;
        });
    }

    private static void callAll(String service) {
        for (int i = 0; i < 9; i++) {
            try {
                consumer.get("http://" + service + "/");
            } catch (HttpStatusCodeException failed) {
                assertThat(failed.getStatusCode().value()).isEqualTo(500);
            }
        }
    }

    private static void fail(String service) {
        assertThatThrownBy(() -> consumer.get("http://" + service + "/")).isInstanceOf(HttpStatusCodeException.class);
    }

    private static ServiceEngine statistics(String service) {
        return Objects.requireNonNull(statistics.get(service));
    }

    private static int port(String service, String key) {
        return consumer.choosePort(service, key).orElseThrow();
    }

    private static List<Integer> owners(String service) {
        return IntStream.range(0, 1_000)
                .mapToObj(key -> port(service, "key-" + key))
                .toList();
    }

    private static Map<Integer, Integer> ports(String service, int picks) {
        return Shares.ofPorts(picks, () -> consumer.choosePort(service, null));
    }
}

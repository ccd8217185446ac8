package io.github.zklb.springcloud.suppliers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TestServers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServerRequest;

/**
 * What {@code spring.cloud.loadbalancer} says of a client, in one application of many: each service has another setting,
 * and the same three instances.
 */
class ComposedSuppliersTest {

    private static final Map<String, Map<String, String>> METADATA = Map.of(
            "a", Map.of("zone", "z1", "API_VERSION", "1.0", "weight", "3"),
            "b", Map.of("zone", "z1", "API_VERSION", "1.0", "weight", "1"),
            "c", Map.of("zone", "z2", "API_VERSION", "2.0", "weight", "2"));

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final Map<String, DisposableServer> servers = new ConcurrentHashMap<>();
    private static final Set<String> sick = ConcurrentHashMap.newKeySet();
    private static DisposableServer healthServer;
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        METADATA.keySet().forEach(ComposedSuppliersTest::serve);
        healthServer = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> response.sendString(Mono.just("fine")))
                .bindNow();
        consumer = Consumer.start(
                zookeeper.connectString(),
                "spring.cloud.loadbalancer.zone=z1",
                "spring.cloud.loadbalancer.clients.zoned.configurations=Zone-Preference",
                "spring.cloud.loadbalancer.clients.sticky.configurations=request-based-sticky-session",
                "spring.cloud.loadbalancer.clients.same.configurations=same-instance-preference",
                "spring.cloud.loadbalancer.clients.weighted.configurations=weighted",
                "spring.cloud.loadbalancer.clients.few.configurations=subset",
                "spring.cloud.loadbalancer.clients.few.subset.size=2",
                "spring.cloud.loadbalancer.clients.few.subset.instance-id=me",
                "spring.cloud.loadbalancer.clients.versioned.configurations=api-version",
                "spring.cloud.loadbalancer.clients.versioned.api-version.header=X-Version",
                "spring.cloud.loadbalancer.clients.healthy.configurations=health-check",
                "spring.cloud.loadbalancer.clients.healthy.health-check.path.default=/health",
                "spring.cloud.loadbalancer.clients.healthy.health-check.interval=250ms",
                "spring.cloud.loadbalancer.clients.healthy.health-check.update-results-list=false",
                "spring.cloud.loadbalancer.clients.probed.configurations=health-check",
                "spring.cloud.loadbalancer.clients.probed.health-check.port=" + healthServer.port(),
                "spring.cloud.loadbalancer.clients.probed.health-check.update-results-list=false",
                "spring.cloud.loadbalancer.clients.forwarded.x-forwarded.enabled=true",
                "spring.cloud.loadbalancer.clients.cookied.sticky-session.add-service-instance-cookie=true",
                "spring.cloud.loadbalancer.clients[in_brackets].configurations=zone-preference",
                "zk-lb.services.keyed.strategy=consistent-hash",
                "zk-lb.services.keyed.consistent-hash.key=header:user",
                "spring.cloud.loadbalancer.clients.keyed.configurations=zone-preference");
        for (String service : List.of(
                "zoned",
                "sticky",
                "same",
                "weighted",
                "few",
                "versioned",
                "healthy",
                "probed",
                "forwarded",
                "cookied",
                "keyed",
                "in_brackets",
                "plain")) {
            METADATA.keySet().forEach(name -> register(service, name));
        }
    }

    @AfterAll
    static void stop() {
        consumer.close();
        servers.values().forEach(DisposableServer::disposeNow);
        healthServer.disposeNow();
        zookeeper.close();
    }

    @ParameterizedTest
    @EnumSource
    void zonePreferenceKeepsToTheZone(Client client) {
        assertThat(shares(40, client, "zoned")).isEqualTo(Map.of("a", 30, "b", 10));
    }

    @Test
    void anIdInBracketsHasAConfigurationToo() {
        assertThat(Shares.of(40, () -> loadBalancer().choose("in_brackets").getInstanceId()))
                .isEqualTo(Map.of("a", 30, "b", 10));
    }

    @ParameterizedTest
    @EnumSource
    void aStickySessionFindsItsCookieAmongOthers(Client client) {
        Map<String, String> cookies = Map.of("Cookie", "A=1; sc-lb-instance-id=c; B=2");
        assertThat(Shares.of(10, () -> get(client, "sticky", cookies))).isEqualTo(Map.of("c", 10));
        assertThat(Shares.of(12, () -> get(client, "sticky", Map.of("Cookie", "A=1; B=2"))))
                .isEqualTo(Map.of("a", 6, "b", 2, "c", 4));
    }

    @Test
    void sameInstancePreferenceLearnsTheChoiceOfAllClients() {
        Set<String> answers = Stream.of(Client.values())
                .flatMap(client -> shares(10, client, "same").keySet().stream())
                .collect(Collectors.toSet());
        assertThat(answers).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void weightedGivesTheSharesOfTheWeights(Client client) {
        assertThat(shares(60, client, "weighted")).isEqualTo(Map.of("a", 30, "b", 10, "c", 20));
    }

    @Test
    void aSubsetIsTheSameForAllClientsAndHasItsSize() {
        Set<String> first = shares(30, Client.REST_CLIENT, "few").keySet();
        assertThat(first).hasSize(2);
        assertThat(shares(30, Client.REST_TEMPLATE, "few").keySet()).isEqualTo(first);
        assertThat(shares(30, Client.WEB_CLIENT, "few").keySet()).isEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource
    void theApiVersionOfTheRequestChoosesTheInstances(Client client) {
        assertThat(Shares.of(40, () -> get(client, "versioned", Map.of("X-Version", "1.0"))))
                .isEqualTo(Map.of("a", 30, "b", 10));
        assertThat(Shares.of(10, () -> get(client, "versioned", Map.of("X-Version", "2.0"))))
                .isEqualTo(Map.of("c", 10));
    }

    @ParameterizedTest
    @EnumSource
    void whereTheSuppliersLeaveNoneTheErrorNamesThem(Client client) {
        assertThatThrownBy(() -> get(client, "versioned", Map.of("X-Version", "3.0")))
                .hasStackTraceContaining("service versioned has no instance for this request")
                .hasStackTraceContaining("ApiVersionServiceInstanceListSupplier")
                .hasStackTraceContaining("left none of the 3 that serve");
    }

    @Test
    void callersByHandGetNothingWhereTheSuppliersLeaveNone() {
        assertThat(loadBalancer().choose("versioned")).isNull();
        assertThat(loadBalancer().choose("zoned")).isNotNull();
    }

    @Test
    void aHealthCheckFollowsTheInstancesHealthAndZooKeepersList() {
        awaitShares("healthy", "a", "b", "c");
        sick.add("c");
        awaitShares("healthy", "a", "b");
        sick.remove("c");
        awaitShares("healthy", "a", "b", "c");
        serve("d");
        register("healthy", "d");
        awaitShares("healthy", "a", "b", "c", "d");
        consumer.registry().deregister("healthy", "d").join();
        awaitShares("healthy", "a", "b", "c");
    }

    @Test
    void aHealthCheckAsksTheConfiguredPort() {
        sick.add("b");
        try {
            assertThat(shares(12, Client.REST_CLIENT, "probed")).containsOnlyKeys("a", "b", "c");
        } finally {
            sick.remove("b");
        }
    }

    @ParameterizedTest
    @EnumSource
    void forwardedHeadersAreAdded(Client client) {
        assertThat(consumer.get(client, "http://forwarded/headers", Map.of()))
                .contains("x-forwarded-host=127.0.0.1")
                .contains("x-forwarded-proto=http");
        assertThat(consumer.get(client, "http://plain/headers", Map.of())).doesNotContain("x-forwarded");
    }

    @ParameterizedTest
    @EnumSource
    void theCookieOfTheInstanceIsAdded(Client client) {
        assertThat(consumer.get(client, "http://cookied/headers", Map.of())).contains("sc-lb-instance-id=");
        assertThat(consumer.get(client, "http://plain/headers", Map.of())).doesNotContain("sc-lb-instance-id");
    }

    @Test
    void aKeyGoesToTheSameInstanceOfTheReducedList() {
        Set<String> owners = Stream.iterate(0, i -> i + 1)
                .limit(30)
                .map(user -> {
                    Map<String, String> headers = Map.of("user", "user-" + user);
                    Set<String> answers = Stream.of(Client.values())
                            .map(client -> get(client, "keyed", headers))
                            .collect(Collectors.toSet());
                    assertThat(answers).hasSize(1);
                    return answers.iterator().next();
                })
                .collect(Collectors.toSet());
        assertThat(owners).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aBlockingClientOnAThreadThatMustNotBlockIsAnswered() {
        shares(1, Client.REST_CLIENT, "zoned");
        shares(1, Client.REST_CLIENT, "plain");
        assertThat(onEventLoop(() -> loadBalancer().choose("plain"))).isNotNull();
        assertThat(onEventLoop(() -> loadBalancer().choose("zoned"))).isNotNull();
        assertThat(onEventLoop(() -> get(Client.REST_TEMPLATE, "zoned", Map.of())))
                .isIn("a", "b");
    }

    @Test
    void aBlockingClientOnSuchAThreadIsToldWhyThereIsNone() {
        assertThatThrownBy(() -> onEventLoop(() -> get(Client.REST_TEMPLATE, "never-used", Map.of())))
                .hasMessageContaining("never-used")
                .isInstanceOf(NoInstanceException.class);
    }

    private static LoadBalancerClient loadBalancer() {
        return consumer.context().getBean(LoadBalancerClient.class);
    }

    private static <T> T onEventLoop(Supplier<T> call) {
        return Objects.requireNonNull(
                Mono.fromSupplier(call).subscribeOn(Schedulers.parallel()).block());
    }

    private static Map<String, Integer> shares(int requests, Client client, String service) {
        return Shares.of(requests, () -> get(client, service, Map.of()));
    }

    private static void awaitShares(String service, String... names) {
        await().untilAsserted(() ->
                assertThat(shares(16, Client.REST_CLIENT, service)).containsOnlyKeys(names));
    }

    private static String get(Client client, String service, Map<String, String> headers) {
        return consumer.get(client, "http://" + service + "/", headers);
    }

    private static void register(String service, String name) {
        Endpoint endpoint = Endpoint.of(
                        "127.0.0.1", Objects.requireNonNull(servers.get(name)).port())
                .withId(name)
                .withMetadata(METADATA.getOrDefault(name, Map.of()));
        Endpoint weighed =
                endpoint.withWeight(Integer.parseInt(endpoint.metadata().getOrDefault("weight", "1")));
        consumer.registry().register(service, weighed).join();
    }

    /** An instance answers with its name or, when asked for them, with the headers that reached it. */
    private static void serve(String name) {
        servers.put(
                name,
                TestServers.create()
                        .host("127.0.0.1")
                        .port(0)
                        .handle((request, response) -> switch (request.path()) {
                            case "health", "actuator/health" ->
                                response.status(sick.contains(name) ? 503 : 200).send();
                            case "headers" -> response.sendString(Mono.just(headers(request)));
                            default -> response.sendString(Mono.just(name));
                        })
                        .bindNow());
    }

    private static String headers(HttpServerRequest request) {
        return request.requestHeaders().entries().stream()
                .map(header -> header.getKey().toLowerCase(Locale.ROOT) + "=" + header.getValue())
                .collect(Collectors.joining("\n"));
    }
}

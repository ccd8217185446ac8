package io.github.zklb.springcloud.suppliers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TestServers;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/**
 * Those rows of docs/migrate/stock.md, before and after, for which an instance falls ill, a request has a hint or a cookie, or calls
 * are counted: as {@link MigrationFromStockTest}.
 */
class MigrationOfFiltersTest {

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final Map<String, DisposableServer> servers = new ConcurrentHashMap<>();
    private static final Set<String> sick = ConcurrentHashMap.newKeySet();
    private static final Map<Balancer, Consumer> consumers = new EnumMap<>(Balancer.class);

    /** Who balances, and what is set for it only. */
    enum Balancer {
        STOCK(StockHints.class, "zk-lb.enabled=false", "spring.cloud.zookeeper.loadbalancer.enabled=false"),
        ZK_LB(
                OurHints.class,
                "zk-lb.services.keyed.strategy=consistent-hash",
                "zk-lb.services.keyed.consistent-hash.key=cookie:SESSION");

        private final Class<?> hints;
        private final String[] properties;

        Balancer(Class<?> hints, String... properties) {
            this.hints = hints;
            this.properties = properties;
        }

        Consumer start() {
            Stream<String> ofBoth = Stream.of(
                    "spring.cloud.loadbalancer.stats.micrometer.enabled=true",
                    "spring.cloud.loadbalancer.hint-header-name=X-Colour",
                    "spring.cloud.loadbalancer.cache.enabled=false",
                    "spring.cloud.loadbalancer.clients.healthy.configurations=health-check",
                    "spring.cloud.loadbalancer.clients.healthy.health-check.path.default=/health",
                    "spring.cloud.loadbalancer.clients.healthy.health-check.interval=100ms");
            return Consumer.start(
                    zookeeper.connectString(),
                    new Class<?>[] {hints},
                    Stream.concat(ofBoth, Stream.of(properties)).toArray(String[]::new));
        }
    }

    @LoadBalancerClient(name = "hinted", configuration = StockChain.class)
    static class StockHints {

        /** By the builder of this type the stock balancer asks who is well: it must not balance. */
        @Bean
        @Primary
        WebClient.Builder plainBuilder() {
            return WebClient.builder();
        }
    }

    @LoadBalancerClient(name = "hinted", configuration = OurChain.class)
    static class OurHints {}

    static class StockChain {

        @Bean
        ServiceInstanceListSupplier supplier(ConfigurableApplicationContext context) {
            return ServiceInstanceListSupplier.builder()
                    .withDiscoveryClient()
                    .withHints()
                    .build(context);
        }
    }

    static class OurChain {

        @Bean
        ServiceInstanceListSupplier supplier(
                ConfigurableApplicationContext context, ObjectProvider<ZkServiceInstanceListSupplier> ours) {
            return ServiceInstanceListSupplier.builder()
                    .withBase(ours.getObject())
                    .withHints()
                    .build(context);
        }
    }

    @BeforeAll
    static void start() {
        for (String name : List.of("a", "b", "c")) {
            servers.put(
                    name,
                    TestServers.create()
                            .host("127.0.0.1")
                            .port(0)
                            .handle((request, response) -> request.path().equals("health") && sick.contains(name)
                                    ? response.status(503).send()
                                    : response.sendString(Mono.just(name)))
                            .bindNow());
        }
        consumers.put(Balancer.ZK_LB, Balancer.ZK_LB.start());
        for (String service : List.of("healthy", "hinted", "keyed", "counted")) {
            servers.forEach((name, server) -> consumer(Balancer.ZK_LB)
                    .registry()
                    .register(
                            service,
                            Endpoint.of("127.0.0.1", server.port())
                                    .withId(name)
                                    .withMetadata(Map.of("hint", name.equals("c") ? "blue" : "green")))
                    .join());
        }
        consumers.put(Balancer.STOCK, Balancer.STOCK.start());
    }

    @AfterAll
    static void stop() {
        consumers.values().forEach(Consumer::close);
        servers.values().forEach(DisposableServer::disposeNow);
        zookeeper.close();
    }

    @ParameterizedTest
    @EnumSource
    void aHealthCheckLeavesOutWhoIsIll(Balancer balancer) {
        awaitShares(balancer, "a", "b", "c");
        sick.add("c");
        try {
            awaitShares(balancer, "a", "b");
        } finally {
            sick.remove("c");
        }
    }

    /** Before the first check has ended, there is no instance. */
    private static void awaitShares(Balancer balancer, String... names) {
        await().ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(shares(balancer, "healthy", Map.of())).containsOnlyKeys(names));
    }

    @ParameterizedTest
    @EnumSource
    void aHintChoosesAmongTheInstances(Balancer balancer) {
        assertThat(shares(balancer, "hinted", Map.of("X-Colour", "blue"))).containsOnlyKeys("c");
        assertThat(shares(balancer, "hinted", Map.of("X-Colour", "green"))).containsOnlyKeys("a", "b");
    }

    @Test
    void aSessionsCookieIsAKeyWithoutACookieOfTheBalancers() {
        Set<String> owners = IntStream.range(0, 24)
                .mapToObj(session -> {
                    Map<String, Integer> shares =
                            shares(Balancer.ZK_LB, "keyed", Map.of("Cookie", "A=1; SESSION=" + session));
                    assertThat(shares).hasSize(1);
                    return shares.keySet().iterator().next();
                })
                .collect(Collectors.toSet());
        assertThat(owners).hasSizeGreaterThan(1);
        assertThat(shares(Balancer.STOCK, "keyed", Map.of("Cookie", "SESSION=1")))
                .hasSize(3);
    }

    @ParameterizedTest
    @EnumSource
    void callsAreCountedBySpringsOwnStatistics(Balancer balancer) {
        shares(balancer, "counted", Map.of());
        assertThat(consumer(balancer)
                        .context()
                        .getBean(MeterRegistry.class)
                        .get("loadbalancer.requests.success")
                        .tag("serviceId", "counted")
                        .timers())
                .isNotEmpty();
    }

    private static Map<String, Integer> shares(Balancer balancer, String service, Map<String, String> headers) {
        return Shares.of(12, () -> consumer(balancer).get(Client.REST_CLIENT, "http://" + service + "/", headers));
    }

    private static Consumer consumer(Balancer balancer) {
        return Objects.requireNonNull(consumers.get(balancer));
    }
}

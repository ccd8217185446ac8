package io.github.zklb.springcloud.suppliers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TestServers;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.core.RandomLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.loadbalancer.support.ServiceInstanceListSuppliers;
import org.springframework.context.annotation.Bean;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/**
 * The rows of docs/migrate/stock.md, before and after: an application with the stock balancer and one with zk-lb call the same three
 * instances, with what stands in the first and in the second column.
 */
class MigrationFromStockTest {

    private static final Map<String, Map<String, String>> METADATA = Map.of(
            "a", Map.of("zone", "z1", "API_VERSION", "1.0", "weight", "3"),
            "b", Map.of("zone", "z1", "API_VERSION", "1.0", "weight", "1"),
            "c", Map.of("zone", "z2", "API_VERSION", "2.0", "weight", "2"));

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final Map<String, DisposableServer> servers = new ConcurrentHashMap<>();
    private static final Map<Balancer, Consumer> consumers = new EnumMap<>(Balancer.class);

    /** Who balances, and what is set for it only. */
    enum Balancer {
        STOCK(
                "zk-lb.enabled=false",
                "spring.cloud.zookeeper.loadbalancer.enabled=false",
                "spring.cloud.loadbalancer.clients.weighted.configurations=weighted"),
        ZK_LB("zk-lb.services.random.strategy=random");

        private final String[] properties;

        Balancer(String... properties) {
            this.properties = properties;
        }

        Consumer start() {
            Stream<String> ofBoth = Stream.of(
                    "spring.cloud.loadbalancer.zone=z1",
                    "spring.cloud.loadbalancer.eager-load.clients=eager",
                    "spring.cloud.loadbalancer.retry.enabled=true",
                    "spring.cloud.loadbalancer.clients.zoned.configurations=zone-preference",
                    "spring.cloud.loadbalancer.clients.sticky.configurations=request-based-sticky-session",
                    "spring.cloud.loadbalancer.clients.same.configurations=same-instance-preference",
                    "spring.cloud.loadbalancer.clients.few.configurations=subset",
                    "spring.cloud.loadbalancer.clients.few.subset.size=2",
                    "spring.cloud.loadbalancer.clients.few.subset.instance-id=me",
                    "spring.cloud.loadbalancer.clients.versioned.configurations=api-version",
                    "spring.cloud.loadbalancer.clients.versioned.api-version.header=X-Version",
                    "spring.cloud.loadbalancer.clients.forwarded.x-forwarded.enabled=true",
                    "spring.cloud.zookeeper.dependencies.alias.path=/plain");
            Class<?>[] own = this == STOCK ? new Class<?>[] {Own.class, Random.class} : new Class<?>[] {Own.class};
            return Consumer.start(
                    zookeeper.connectString(),
                    own,
                    Stream.concat(ofBoth, Stream.of(properties)).toArray(String[]::new));
        }
    }

    @LoadBalancerClients({
        @LoadBalancerClient(name = "supplied", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "chosen", configuration = OwnBalancer.class)
    })
    static class Own {}

    @LoadBalancerClient(name = "random", configuration = StockRandom.class)
    static class Random {}

    static class StockRandom {

        @Bean
        ReactorLoadBalancer<ServiceInstance> random(LoadBalancerClientFactory clients) {
            return new RandomLoadBalancer(
                    clients.getLazyProvider("random", ServiceInstanceListSupplier.class), "random");
        }
    }

    static class OwnSupplier {

        @Bean
        ServiceInstanceListSupplier supplier() {
            return ServiceInstanceListSuppliers.from("supplied", instance("c"));
        }
    }

    static class OwnBalancer {

        @Bean
        ReactorServiceInstanceLoadBalancer balancer() {
            return request -> Mono.just(new DefaultResponse(instance("b")));
        }
    }

    @BeforeAll
    static void start() {
        METADATA.keySet().forEach(MigrationFromStockTest::serve);
        consumers.put(Balancer.ZK_LB, Balancer.ZK_LB.start());
        List.of("plain", "weighted", "random", "zoned", "sticky", "same", "few", "versioned", "eager", "forwarded")
                .forEach(service -> METADATA.keySet().forEach(name -> register(service, name)));
        consumers.put(Balancer.STOCK, Balancer.STOCK.start());
    }

    @AfterAll
    static void stop() {
        consumers.values().forEach(Consumer::close);
        servers.values().forEach(DisposableServer::disposeNow);
        zookeeper.close();
    }

    @Test
    void roundRobinBecomesWeighted() {
        assertThat(shares(Balancer.STOCK, 12, "plain")).isEqualTo(Map.of("a", 4, "b", 4, "c", 4));
        assertThat(shares(Balancer.ZK_LB, 12, "plain")).isEqualTo(Map.of("a", 6, "b", 2, "c", 4));
    }

    @ParameterizedTest
    @EnumSource
    void weightsCountWithTheSettingAndWithoutIt(Balancer balancer) {
        assertThat(shares(balancer, 12, "weighted")).isEqualTo(Map.of("a", 6, "b", 2, "c", 4));
    }

    @ParameterizedTest
    @EnumSource
    void chanceGivesEachTheSame(Balancer balancer) {
        Map<String, Integer> shares = shares(balancer, 300, "random");
        assertThat(shares).hasSize(3).isNotEqualTo(Map.of("a", 100, "b", 100, "c", 100));
        assertThat(shares.values()).allSatisfy(share -> assertThat(share).isCloseTo(100, within(50)));
    }

    @Test
    void theCacheHidesAChangeAndWithoutItThereIsNone() {
        METADATA.keySet().forEach(name -> register("cached", name));
        assertThat(shares(Balancer.STOCK, 12, "cached")).containsOnlyKeys("a", "b", "c");
        assertThat(shares(Balancer.ZK_LB, 12, "cached")).containsOnlyKeys("a", "b", "c");
        consumer(Balancer.ZK_LB).registry().deregister("cached", "c").join();
        await().untilAsserted(
                        () -> assertThat(shares(Balancer.ZK_LB, 12, "cached")).containsOnlyKeys("a", "b"));
        assertThat(shares(Balancer.STOCK, 12, "cached")).containsOnlyKeys("a", "b", "c");
    }

    @ParameterizedTest
    @EnumSource
    void zonePreferenceKeepsToTheZone(Balancer balancer) {
        assertThat(shares(balancer, 12, "zoned")).containsOnlyKeys("a", "b");
    }

    @ParameterizedTest
    @EnumSource
    void aStickySessionStays(Balancer balancer) {
        assertThat(Shares.of(12, () -> get(balancer, "sticky", Map.of("Cookie", "sc-lb-instance-id=c"))))
                .isEqualTo(Map.of("c", 12));
    }

    @ParameterizedTest
    @EnumSource
    void theSameInstanceIsPreferred(Balancer balancer) {
        assertThat(shares(balancer, 12, "same")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void aSubsetHasItsSize(Balancer balancer) {
        assertThat(shares(balancer, 24, "few")).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    void theVersionOfTheRequestChooses(Balancer balancer) {
        assertThat(Shares.of(12, () -> get(balancer, "versioned", Map.of("X-Version", "2.0"))))
                .isEqualTo(Map.of("c", 12));
    }

    @ParameterizedTest
    @EnumSource
    void aRetryGoesToAnotherInstance(Balancer balancer) {
        METADATA.keySet().forEach(name -> register("refusing", name));
        Consumer zkLb = consumer(Balancer.ZK_LB);
        zkLb.registry()
                .register("refusing", Endpoint.of("127.0.0.1", 1).withId("none"))
                .join();
        await().untilAsserted(() -> assertThat(zkLb.registeredPorts("refusing")).hasSize(4));
        assertThat(shares(balancer, 12, "refusing")).containsOnlyKeys("a", "b", "c");
    }

    @ParameterizedTest
    @EnumSource
    void clientsAreLoadedEagerly(Balancer balancer) {
        assertThat(Objects.requireNonNull(consumers.get(balancer))
                        .context()
                        .getBean(LoadBalancerClientFactory.class)
                        .getContextNames())
                .contains("eager");
    }

    @ParameterizedTest
    @EnumSource
    void forwardedHeadersAreAdded(Balancer balancer) {
        assertThat(consumer(balancer).get(Client.REST_CLIENT, "http://forwarded/headers", Map.of()))
                .contains("x-forwarded-host=127.0.0.1");
    }

    @ParameterizedTest
    @EnumSource
    void aSupplierOfTheUsersWins(Balancer balancer) {
        assertThat(shares(balancer, 6, "supplied")).isEqualTo(Map.of("c", 6));
    }

    @ParameterizedTest
    @EnumSource
    void aBalancerOfTheUsersWins(Balancer balancer) {
        assertThat(shares(balancer, 6, "chosen")).isEqualTo(Map.of("b", 6));
    }

    @ParameterizedTest
    @EnumSource
    void anAliasHasItsPath(Balancer balancer) {
        assertThat(shares(balancer, 12, "alias")).containsOnlyKeys("a", "b", "c");
    }

    private static Map<String, Integer> shares(Balancer balancer, int requests, String service) {
        return Shares.of(requests, () -> get(balancer, service, Map.of()));
    }

    private static String get(Balancer balancer, String service, Map<String, String> headers) {
        return consumer(balancer).get(Client.REST_CLIENT, "http://" + service + "/", headers);
    }

    private static Consumer consumer(Balancer balancer) {
        return Objects.requireNonNull(consumers.get(balancer));
    }

    private static ServiceInstance instance(String name) {
        return new DefaultServiceInstance(name, "orders", "127.0.0.1", port(name), false);
    }

    private static int port(String name) {
        return Objects.requireNonNull(servers.get(name)).port();
    }

    private static void register(String service, String name) {
        Map<String, String> metadata = Objects.requireNonNull(METADATA.get(name));
        Endpoint endpoint = Endpoint.of("127.0.0.1", port(name))
                .withId(name)
                .withMetadata(metadata)
                .withWeight(Integer.parseInt(Objects.requireNonNull(metadata.get("weight"))));
        consumer(Balancer.ZK_LB).registry().register(service, endpoint).join();
    }

    /** An instance answers with its name or, when asked for them, with the headers that reached it. */
    private static void serve(String name) {
        servers.put(
                name,
                TestServers.create()
                        .host("127.0.0.1")
                        .port(0)
                        .handle((request, response) -> switch (request.path()) {
                            case "headers" ->
                                response.sendString(Mono.just(request.requestHeaders().entries().stream()
                                        .map(header ->
                                                header.getKey().toLowerCase(Locale.ROOT) + "=" + header.getValue())
                                        .collect(Collectors.joining("\n"))));
                            default -> response.sendString(Mono.just(name));
                        })
                        .bindNow());
    }
}

package io.github.zklb.springcloud.suppliers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.NamedServer;
import io.github.zklb.testing.Shares;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryClient;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Flux;

/** Services that other registries than ZooKeeper know, each by a registry of its own, in one application. */
class OtherRegistriesTest {

    private static final NamedServer a = NamedServer.start("a");
    private static final NamedServer b = NamedServer.start("b");
    private static InProcessZooKeeper zookeeper;
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        List<String> properties = new ArrayList<>(List.of(
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.outlier-ejection.consecutive-errors=3",
                "zk-lb.services.failing.outlier-ejection.enabled=true",
                "zk-lb.services.zookeepers.source=zookeeper",
                "zk-lb.services.theirs.source=discovery-client",
                "zk-lb.services.nobodys.source=discovery-client",
                "zk-lb.services.stock.enabled=false",
                "zk-lb.services.[stock_too].ENABLED=false",
                "zk-lb.services.moves.membership.hold.enabled=false",
                "zk-lb.services.routed.routes[0].name=testers",
                "zk-lb.services.routed.routes[0].when=header:X-Tester",
                "zk-lb.services.routed.routes[0].to.weight=3",
                "zk-lb.services.in-turn.strategy=round-robin"));
        for (String service : List.of(
                "simple",
                "routed",
                "failing",
                "zookeepers",
                "theirs",
                "stock",
                "stock_too",
                "both",
                "in-turn",
                "moves")) {
            properties.addAll(inConfiguration(service));
        }
        consumer = Consumer.start(
                zookeeper.connectString(), new Class<?>[] {Registries.class}, properties.toArray(String[]::new));
    }

    /** What Spring's SimpleDiscoveryClient gives. */
    private static List<String> inConfiguration(String service) {
        String prefix = "spring.cloud.discovery.client.simple.instances[" + service + "]";
        return List.of(
                prefix + "[0].uri=http://127.0.0.1:" + a.port(),
                prefix + "[0].metadata.weight=3",
                prefix + "[1].uri=http://127.0.0.1:" + b.port());
    }

    @AfterAll
    static void stop() {
        consumer.close();
        zookeeper.close();
        a.close();
        b.close();
    }

    @ParameterizedTest
    @EnumSource
    void theirInstancesAreBalancedByTheStrategyAndItsWeights(Client client) {
        assertThat(shares(client, 40, "simple")).isEqualTo(Map.of("a", 30, "b", 10));
    }

    /** The metadata are all that tells them apart, and a is the one of weight 3. */
    @ParameterizedTest
    @EnumSource
    void routesHoldForTheirInstancesToo(Client client) {
        assertThat(shares(client, 8, "routed")).isEqualTo(Map.of("b", 8));
        assertThat(Shares.of(8, () -> consumer.get(client, "http://routed/", Map.of("X-Tester", "yes"))))
                .isEqualTo(Map.of("a", 8));
    }

    @Test
    void eachIsInTurn() {
        for (int i = 0; i < 10; i++) {
            assertThat(shares(Client.REST_CLIENT, 2, "in-turn")).isEqualTo(Map.of("a", 1, "b", 1));
        }
        assertThat(Shares.ofPorts(20, () -> consumer.choosePort("in-turn", null)))
                .isEqualTo(Map.of(a.port(), 10, b.port(), 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"of-a-reactive-one", "of-a-blocking-one"})
    void whateverKindOfClientARegistryHas(String service) {
        for (Client client : Client.values()) {
            assertThat(shares(client, 10, service)).as(client.name()).isEqualTo(Map.of("a", 5, "b", 5));
        }
    }

    @Test
    void aRegistryIsAskedOnceForAsLongAsSpringsCacheHoldsItsList() {
        Counted blocking = consumer.context().getBean(Counted.class);
        shares(Client.REST_CLIENT, 20, "cached");
        assertThat(blocking.asked.get("cached")).hasValue(1);
    }

    @Test
    void callsAreCountedAndWhoFailsIsEjected() {
        b.answersWith(500);
        try {
            await().until(() -> !shares(Client.WEB_CLIENT, 10, "failing").containsKey("failing"));
            ServiceEngine engine = engine("failing");
            assertThat(engine.loads().of(Endpoint.of("127.0.0.1", b.port())).errorsInARow())
                    .isPositive();
            assertThat(engine.snapshots().count(Reason.EJECTED)).isOne();
            assertThat(engine.loads().inFlight()).isZero();
        } finally {
            b.answersWith(200);
        }
    }

    @Test
    void aServiceThatZooKeeperHasHadStaysZooKeepers() {
        assertThat(shares(Client.REST_CLIENT, 4, "moves")).containsOnlyKeys("a", "b");
        Endpoint registered = Endpoint.of("127.0.0.1", a.port());
        consumer.registry().register("moves", registered).join();
        await().until(() -> shares(Client.REST_CLIENT, 4, "moves").equals(Map.of("a", 4)));
        consumer.registry().deregister("moves", registered.id()).join();
        await().untilAsserted(() -> assertThatThrownBy(() -> consumer.get("http://moves/"))
                .isInstanceOf(NoInstanceException.class)
                .hasMessageEndingWith(
                        "; SimpleDiscoveryClient knows it: set zk-lb.services.moves.source to discovery-client"
                                + " [zk-lb messages#another-registry-knows-the-service]"));
    }

    @Test
    void aServiceThatIsInBothIsZooKeepers() {
        consumer.registry().register("both", Endpoint.of("127.0.0.1", b.port())).join();
        assertThat(shares(Client.REST_CLIENT, 10, "both")).isEqualTo(Map.of("b", 10));
    }

    @Test
    void withTheSourceZooKeeperNoOtherIsAskedAndTheReasonNamesWhoKnowsTheService() {
        for (Client client : Client.values()) {
            assertThatThrownBy(() -> consumer.get(client, "http://zookeepers/", Map.of()))
                    .hasStackTraceContaining("no such service yet: ZooKeeper at " + zookeeper.connectString())
                    .hasStackTraceContaining("; SimpleDiscoveryClient knows it: set zk-lb.services.zookeepers.source to"
                            + " discovery-client or auto");
        }
        assertThat(consumer.context().getBean(Counted.class).asked).doesNotContainKey("zookeepers");
    }

    @Test
    void withTheSourceDiscoveryClientZooKeeperIsNotWatched() {
        consumer.registry().register("theirs", Endpoint.of("127.0.0.1", 1)).join();
        assertThat(shares(Client.REST_CLIENT, 8, "theirs")).isEqualTo(Map.of("a", 6, "b", 2));
        assertThat(engine("theirs").membership()).isNull();
        assertThatThrownBy(() -> consumer.get("http://nobodys/"))
                .hasMessageContaining(
                        "service nobodys has no instance in OtherRegistriesTest.Only, SimpleDiscoveryClient, OtherRegistriesTest.Counted; ")
                .hasMessageContaining("zk-lb.services.nobodys.source is discovery-client");
        assertThat(zookeeper.ask("wchp")).doesNotContain("/services/theirs\n", "/services/nobodys\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stock", "stock_too"})
    void aServiceIsGivenBackToTheStockBalancer(String service) {
        assertThat(consumer.context().getBean(LoadBalancerClientFactory.class).getInstance(service))
                .isExactlyInstanceOf(RoundRobinLoadBalancer.class);
        assertThat(consumer.context().getBean(ServiceEngines.class).inUse(service))
                .isNull();
    }

    @Test
    void zooKeepersOwnDiscoveryClientIsNeverAsked() {
        shares(Client.REST_CLIENT, 2, "simple");
        assertThat(consumer.context().getBean(NeverAsked.class).asked).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource
    void whileZooKeeperIsAwayTheyAreAskedAfterTheTimeOfTheFirstLoad(Client client) {
        List<String> properties = new ArrayList<>(inConfiguration("simple"));
        properties.add("spring.cloud.zookeeper.block-until-connected-wait=1");
        properties.add("zk-lb.membership.first-load-timeout=200ms");
        properties.add("zk-lb.eager=simple");
        properties.add("zk-lb.eager-timeout=10m");
        try (InProcessZooKeeper away = InProcessZooKeeper.prepare();
                Consumer lonely = Consumer.start(away.connectString(), properties.toArray(String[]::new))) {
            assertThat(Shares.of(8, () -> lonely.get(client, "http://simple/", Map.of())))
                    .isEqualTo(Map.of("a", 6, "b", 2));
            assertThatThrownBy(() -> lonely.get(client, "http://unknown/", Map.of()))
                    .hasStackTraceContaining("service unknown is not loaded: ZooKeeper at ");
        }
    }

    private static Map<String, Integer> shares(Client client, int requests, String service) {
        return Shares.of(requests, () -> {
            try {
                return consumer.get(client, "http://" + service + "/", Map.of());
            } catch (HttpServerErrorException | WebClientResponseException failed) {
                return "failing";
            }
        });
    }

    private static ServiceEngine engine(String service) {
        return Objects.requireNonNull(
                consumer.context().getBean(ServiceEngines.class).inUse(service));
    }

    @Configuration(proxyBeanMethods = false)
    static class Registries {

        @Bean
        Counted counted() {
            return new Counted();
        }

        @Bean
        ReactiveDiscoveryClient reactiveOnly() {
            return new ReactiveOnly();
        }

        @Bean
        NeverAsked zookeeperDiscoveryClient(ZookeeperDiscoveryProperties properties) {
            return new NeverAsked(properties);
        }
    }

    private static List<ServiceInstance> bothServers(String service) {
        return Stream.of(a, b)
                .<ServiceInstance>map(
                        server -> new DefaultServiceInstance(server.name(), service, "127.0.0.1", server.port(), false))
                .toList();
    }

    /** Knows some services, and counts how often it was asked for each. */
    static final class Counted implements DiscoveryClient {

        private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

        @Override
        public String description() {
            return "counts";
        }

        @Override
        public List<ServiceInstance> getInstances(String service) {
            asked.computeIfAbsent(service, name -> new AtomicInteger()).incrementAndGet();
            return getServices().contains(service) ? bothServers(service) : List.of();
        }

        @Override
        public List<String> getServices() {
            return List.of("of-a-blocking-one", "cached");
        }
    }

    /** A registry without a blocking client. */
    static final class ReactiveOnly implements ReactiveDiscoveryClient {

        @Override
        public String description() {
            return "reactive";
        }

        @Override
        public Flux<ServiceInstance> getInstances(String service) {
            return service.equals("of-a-reactive-one") ? Flux.fromIterable(bothServers(service)) : Flux.empty();
        }

        @Override
        public Flux<String> getServices() {
            return Flux.just("of-a-reactive-one");
        }
    }

    /** Blocks, and so is nobody to ask. */
    static final class NeverAsked extends ZookeeperDiscoveryClient {

        private final AtomicInteger asked = new AtomicInteger();

        @SuppressWarnings("NullAway") // there is nothing behind it
        NeverAsked(ZookeeperDiscoveryProperties properties) {
            super(null, null, properties);
        }

        @Override
        public List<ServiceInstance> getInstances(String service) {
            asked.incrementAndGet();
            return List.of();
        }
    }
}

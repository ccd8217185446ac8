package io.github.zklb.springcloud.suppliers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.actuate.MembershipHealthIndicator;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.NamedServer;
import io.github.zklb.testing.Shares;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Flux;

/** Services whose instances a supplier of the user's own gives, each another, in one application. */
class OwnSuppliersTest {

    private static final NamedServer a = NamedServer.start("a");
    private static final NamedServer b = NamedServer.start("b");
    private static final Map<String, Function<String, Flux<List<ServiceInstance>>>> SUPPLIERS = Map.ofEntries(
            Map.entry("failing", service -> Flux.just(List.of(instance(service, a), instance(service, b)))),
            Map.entry("retried", service -> Flux.just(List.of(instance(service, a), instance(service, b)))),
            Map.entry("anew", service -> Flux.defer(() -> Flux.just(shuffled(List.of(a.port(), b.port()))))),
            Map.entry("thousand", service -> Flux.defer(() -> Flux.just(shuffled(Ports.THOUSAND)))),
            Map.entry("same", service -> Flux.just(Ports.SAME)),
            Map.entry("changed", service -> Flux.just(Ports.CHANGED)),
            Map.entry(
                    "repeating",
                    service -> Flux.just(List.of(
                            instance(service, a), instance(service, b), instance(service, a), instance(service, a)))),
            Map.entry(
                    "without-port",
                    service -> Flux.just(List.of(
                            new DefaultServiceInstance(null, service, "plain.example", -1, false),
                            new DefaultServiceInstance(null, service, "::1", -1, true)))),
            Map.entry("empty", service -> Flux.just(List.of())),
            Map.entry("silent", service -> Flux.never()));

    private static InProcessZooKeeper zookeeper;
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {Suppliers.class, CountedTurns.class},
                "zk-lb.eager=silent,failing",
                "zk-lb.eager-timeout=10m", // which would not pass while a supplier is silent
                "zk-lb.strategy=counted",
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.outlier-ejection.consecutive-errors=3",
                "zk-lb.services.failing.outlier-ejection.enabled=true",
                "zk-lb.services.mixed.outlier-ejection.enabled=true",
                "zk-lb.services.repeating.strategy=weighted");
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
    void whoFailsEndlesslyIsEjected(Client client) {
        b.answersWith(500);
        try {
            await().until(() -> !shares(client, 10, "failing").containsKey("failing"));
            assertThat(engine("failing").snapshots().count(Reason.EJECTED)).isOne();
            assertThat(engine("failing").loads().inFlight()).isZero();
        } finally {
            b.answersWith(200);
        }
    }

    @Test
    void anInstanceThatAChainAddsToZooKeepersIsEjectedToo() {
        consumer.registry()
                .register("mixed", Endpoint.of("127.0.0.1", a.port()))
                .join();
        await().until(() -> shares(Client.REST_CLIENT, 10, "mixed").keySet().equals(Set.of("a", "b")));
        b.answersWith(500);
        try {
            await().until(() -> !shares(Client.REST_CLIENT, 10, "mixed").containsKey("failing"));
            assertThat(consumer.choosePort("mixed", null)).contains(a.port());
        } finally {
            b.answersWith(200);
        }
    }

    @Test
    void listsMadeAnewOfInstancesWithoutEqualityAreInTurnAndNeedOnePicker() {
        for (int i = 0; i < 20; i++) {
            assertThat(shares(Client.values()[i % 3], 2, "anew")).isEqualTo(Map.of("a", 1, "b", 1));
        }
        assertThat(CountedTurns.built.get("anew")).hasValue(1);
    }

    @Test
    void ofAThousandEachIsInTurnWhicheverWayTheyStand() {
        for (String service : List.of("thousand", "same")) {
            for (int round = 0; round < 2; round++) {
                Map<Integer, Integer> picks = new HashMap<>();
                for (int i = 0; i < 1_000; i++) {
                    picks.merge(choose(service).getPort(), 1, Integer::sum);
                }
                assertThat(picks).hasSize(1_000);
            }
            assertThat(CountedTurns.built.get(service)).hasValue(1);
        }
    }

    @Test
    void anInstanceIsOneOfTheListsOwn() {
        ServiceInstance chosen = choose("same");
        assertThat(Ports.SAME).anyMatch(instance -> instance == chosen);
    }

    @Test
    void aListThatIsChangedInItsPlaceIsNoticed() {
        assertThat(ports("changed", 4)).containsExactlyInAnyOrder(1, 2);
        Ports.CHANGED.add(new WithoutEquality("127.0.0.1", 3));
        assertThat(ports("changed", 6)).containsExactlyInAnyOrder(1, 2, 3);
        Ports.CHANGED.remove(0);
        assertThat(ports("changed", 6)).containsExactlyInAnyOrder(2, 3);
        Ports.CHANGED.set(0, new WithoutEquality("127.0.0.1", 4));
        assertThat(ports("changed", 1)).isSubsetOf(3, 4);
        assertThat(ports("changed", 4)).containsExactlyInAnyOrder(3, 4);
    }

    @Test
    void anInstanceWeighsAsOftenAsItIsThere() {
        assertThat(shares(Client.WEB_CLIENT, 8, "repeating")).isEqualTo(Map.of("a", 6, "b", 2));
    }

    @Test
    void anInstanceWithoutAPortIsWhereItsSchemeIs() {
        assertThat(Stream.of(choose("without-port"), choose("without-port"))
                        .map(ServiceInstance::getPort)
                        .toList())
                .containsExactly(-1, -1);
        ServiceEngine engine = engine("without-port");
        await().until(() -> engine.snapshots().known().size() == 2);
        assertThat(engine.snapshots().known().endpoints())
                .extracting(Endpoint::address)
                .containsExactlyInAnyOrder("plain.example:80", "[::1]:443");
        assertThat(engine.start("[::1]:443")).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void aRetryGoesElsewhere(Client client) {
        a.answersWith(503);
        try (Consumer retrying = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {Suppliers.class, CountedTurns.class},
                "zk-lb.eager-timeout=10m",
                "spring.cloud.loadbalancer.retry.enabled=true",
                "spring.cloud.loadbalancer.retry.retryable-status-codes=503")) {
            assertThat(Shares.of(10, () -> retrying.get(client, "http://retried/", Map.of())))
                    .isEqualTo(Map.of("b", 10));
        } finally {
            a.answersWith(200);
        }
    }

    @Test
    void whereAnOwnSupplierGivesNoneTheReasonNamesIt() {
        for (Client client : Client.values()) {
            assertThatThrownBy(() -> consumer.get(client, "http://empty/", Map.of()))
                    .hasStackTraceContaining("service empty has no instance for this request: its suppliers"
                            + " (OwnSuppliersTest.OwnSupplier) left none");
        }
        assertThat(consumer.choosePort("empty", null)).isEmpty();
    }

    @Test
    void callersByHandAskTheOwnSupplierToo() {
        assertThat(Shares.ofPorts(10, () -> consumer.choosePort("retried", null)))
                .isEqualTo(Map.of(a.port(), 5, b.port(), 5));
    }

    @Test
    void zooKeeperIsNotAskedAndHealthSaysNothing() {
        SUPPLIERS.keySet().stream()
                .filter(service -> !service.equals("silent"))
                .forEach(service -> Objects.requireNonNull(consumer.context()
                                .getBean(LoadBalancerClientFactory.class)
                                .getInstance(service, ReactorServiceInstanceLoadBalancer.class))
                        .choose()
                        .block());
        assertThat(SUPPLIERS.keySet())
                .allSatisfy(service -> assertThat(zookeeper.ask("wchp")).doesNotContain("/services/" + service + "\n"));
        Map<?, ?> services = (Map<?, ?>) Objects.requireNonNull(Objects.requireNonNull(consumer.context()
                        .getBean(MembershipHealthIndicator.class)
                        .health())
                .getDetails()
                .get("services"));
        SUPPLIERS
                .keySet()
                .forEach(service -> assertThat(services.containsKey(service)).isFalse());
    }

    private static Set<Integer> ports(String service, int picks) {
        return IntStream.range(0, picks)
                .mapToObj(i -> choose(service).getPort())
                .collect(Collectors.toSet());
    }

    private static ServiceInstance choose(String service) {
        return Objects.requireNonNull(Objects.requireNonNull(Objects.requireNonNull(consumer.context()
                                .getBean(LoadBalancerClientFactory.class)
                                .getInstance(service, ReactorServiceInstanceLoadBalancer.class))
                        .choose()
                        .block())
                .getServer());
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

    private static ServiceInstance instance(String service, NamedServer server) {
        return new DefaultServiceInstance(server.name(), service, "127.0.0.1", server.port(), false);
    }

    private static List<ServiceInstance> shuffled(List<Integer> ports) {
        List<ServiceInstance> instances =
                new ArrayList<>(ports.stream().map(WithoutEquality::at).toList());
        Collections.shuffle(instances);
        return instances;
    }

    /** Lists that live as long as the test. */
    private static final class Ports {

        static final List<Integer> THOUSAND =
                IntStream.rangeClosed(1, 1_000).boxed().toList();
        static final List<ServiceInstance> SAME = shuffled(THOUSAND);
        static final List<ServiceInstance> CHANGED =
                new CopyOnWriteArrayList<>(List.of(WithoutEquality.at(1), WithoutEquality.at(2)));
    }

    /** As Spring Cloud Zookeeper's instances are: another object is another instance. */
    private static final class WithoutEquality implements ServiceInstance {

        private final String host;
        private final int port;

        WithoutEquality(String host, int port) {
            this.host = host;
            this.port = port;
        }

        static ServiceInstance at(int port) {
            return new WithoutEquality("127.0.0.1", port);
        }

        @Override
        public String getServiceId() {
            return "any";
        }

        @Override
        public String getHost() {
            return host;
        }

        @Override
        public int getPort() {
            return port;
        }

        @Override
        public boolean isSecure() {
            return false;
        }

        @Override
        public URI getUri() {
            return URI.create("http://" + host + ":" + port);
        }

        @Override
        public Map<String, String> getMetadata() {
            return Map.of();
        }
    }

    /** Round robin that counts its pickers by service. */
    static final class CountedTurns implements StrategyFactory {

        static final Map<String, AtomicInteger> built = new ConcurrentHashMap<>();

        @Override
        public String name() {
            return "counted";
        }

        @Override
        public Strategy create(StrategyContext context) {
            Strategy turns = new StrategyCatalogue(List.of()).create("round-robin", StrategySettings.DEFAULTS, context);
            AtomicInteger count = built.computeIfAbsent(context.serviceId(), service -> new AtomicInteger());
            return new Strategy() {
                @Override
                public Picker newPicker(HostSet hosts) {
                    return newPicker(hosts, Acceptance.FULL);
                }

                @Override
                public Picker newPicker(HostSet hosts, Acceptance acceptance) {
                    count.incrementAndGet();
                    return turns.newPicker(hosts, acceptance);
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClients({
        @LoadBalancerClient(name = "failing", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "retried", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "anew", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "thousand", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "same", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "changed", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "repeating", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "without-port", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "empty", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "silent", configuration = OwnSupplier.class),
        @LoadBalancerClient(name = "mixed", configuration = Mixed.class)
    })
    static class Suppliers {}

    /** The supplier of a service. */
    static class OwnSupplier implements ServiceInstanceListSupplier {

        private final String service;

        OwnSupplier(Environment environment) {
            service = LoadBalancerClientFactory.getName(environment);
        }

        @Override
        public String getServiceId() {
            return service;
        }

        @Override
        public Flux<List<ServiceInstance>> get() {
            return Objects.requireNonNull(SUPPLIERS.get(service)).apply(service);
        }
    }

    static class Mixed {

        @Bean
        ServiceInstanceListSupplier mixed(ZkServiceInstanceListSupplier zookeeper) {
            return new DelegatingServiceInstanceListSupplier(zookeeper) {
                @Override
                public Flux<List<ServiceInstance>> get() {
                    return delegate.get();
                }

                @Override
                @SuppressWarnings("rawtypes")
                public Flux<List<ServiceInstance>> get(Request request) {
                    return delegate.get(request)
                            .map(instances -> Stream.concat(instances.stream(), Stream.of(instance("mixed", b)))
                                    .toList());
                }
            };
        }
    }
}

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheManager;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.ServiceInstanceListSuppliers;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Flux;

/** Suppliers of the user's own around ours, for one client. */
@ExtendWith(OutputCaptureExtension.class)
class SupplierChainTest {

    private static InProcessZooKeeper zookeeper;

    private Provider a;
    private Provider b;
    private Provider c;

    @BeforeAll
    static void startZooKeeper() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterAll
    static void stopZooKeeper() {
        zookeeper.close();
    }

    @BeforeEach
    void start() {
        String connect = zookeeper.connectString();
        a = Provider.start("orders", "a", connect, Map.of("zone", "z1", "hint", "blue", "weight", "3"));
        b = Provider.start("orders", "b", connect, Map.of("zone", "z1", "hint", "green", "weight", "1"));
        c = Provider.start("orders", "c", connect, Map.of("zone", "z2", "hint", "blue", "weight", "1"));
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        c.close();
    }

    @Test
    void withoutAChainEveryInstanceIsPicked() {
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThat(Shares.of(50, () -> consumer.get("http://orders/")))
                    .isEqualTo(Map.of("a", 30, "b", 10, "c", 10));
        }
    }

    @Test
    void hintsChooseTheListAndTheStrategyPicksFromIt() {
        try (Consumer consumer = start(HintsForOrders.class)) {
            for (Client client : Client.values()) {
                assertThat(Shares.of(40, () -> consumer.get(client, "http://orders/", Map.of("X-SC-LB-Hint", "blue"))))
                        .as("through %s", client)
                        .isEqualTo(Map.of("a", 30, "c", 10));
            }
            assertThat(Shares.of(
                            10,
                            () -> consumer.get(Client.WEB_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "green"))))
                    .isEqualTo(Map.of("b", 10));
        }
    }

    @Test
    void zonePreferenceKeepsToTheZone() {
        try (Consumer consumer = start(ZoneForOrders.class, "spring.cloud.loadbalancer.zone=z1")) {
            assertThat(Shares.of(40, () -> consumer.get("http://orders/"))).isEqualTo(Map.of("a", 30, "b", 10));
        }
    }

    @Test
    void sameInstancePreferenceLearnsTheChoice() {
        try (Consumer consumer = start(SameInstanceForOrders.class)) {
            assertThat(Shares.of(20, () -> consumer.get("http://orders/"))).hasSize(1);
        }
    }

    @Test
    void stickySessionGoesToTheInstanceOfTheCookie() {
        try (Consumer consumer = start(StickyForOrders.class)) {
            String id = b.path().substring(b.path().lastIndexOf('/') + 1);
            assertThat(Shares.of(20, () -> consumer.get(Client.WEB_CLIENT, "http://orders/", Map.of("Cookie", "x=1"))))
                    .hasSizeGreaterThan(1);
            assertThat(Shares.of(
                            20,
                            () -> consumer.get(
                                    Client.REST_CLIENT, "http://orders/", Map.of("Cookie", "sc-lb-instance-id=" + id))))
                    .isEqualTo(Map.of("b", 20));
        }
    }

    @Test
    void aPickerIsBuiltForAListOnceAndNotAgainWhileItIsEqual() {
        try (Consumer consumer = start(HintsForOrders.class, "zk-lb.strategy=counted", "zk-lb.eager=orders")) {
            CountedStrategy counted = consumer.context().getBean(CountedStrategy.class);
            // The whole list was picked from before the application was ready.
            int built = counted.built.get();
            for (int i = 0; i < 50; i++) {
                consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "blue"));
                consumer.get("http://orders/");
            }
            assertThat(counted.built).hasValue(built + 1);
        }
    }

    @Test
    void theHintOfThePropertiesChoosesTheListOfEveryClient() {
        try (Consumer consumer = start(HintsForOrders.class, "spring.cloud.loadbalancer.hint.orders=blue")) {
            for (Client client : Client.values()) {
                assertThat(Shares.of(40, () -> consumer.get(client, "http://orders/", Map.of())))
                        .as("through %s", client)
                        .isEqualTo(Map.of("a", 30, "c", 10));
            }
        }
    }

    @Test
    void requestsThatTakeTurnsBetweenListsRotateEvenlyInEach() {
        c.updateMetadata(Map.of("hint", "blue", "weight", "3"));
        try (Consumer consumer = start(HintsForOrders.class)) {
            Supplier<String> blueAfterGreen = () -> {
                consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "any"));
                return consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "blue"));
            };
            assertThat(Shares.of(40, blueAfterGreen)).isEqualTo(Map.of("a", 20, "c", 20));
        }
    }

    @Test
    void theWeightsOfASupplierAreTheOnesThatCount() {
        try (Consumer consumer = start(WeightedForOrders.class)) {
            assertThat(Shares.of(40, () -> consumer.get("http://orders/")))
                    .isEqualTo(Map.of("a", 10, "b", 10, "c", 20));
        }
    }

    @Test
    void aRetryAvoidsWhatWasTriedAlsoWhereASupplierWeighs() {
        c.answersWith(503);
        try (Consumer consumer = start(
                WeightedForOrders.class,
                "zk-lb.strategy=weighted-random",
                "spring.cloud.loadbalancer.retry.enabled=true",
                "spring.cloud.loadbalancer.retry.retryable-status-codes=503")) {
            for (Client client : Client.values()) {
                assertThat(Shares.of(20, () -> consumer.get(client, "http://orders/", Map.of())))
                        .as("through %s", client)
                        .containsOnlyKeys("a", "b");
            }
        }
    }

    @Test
    void aRetryReturnsToTheKeysInstanceIfItShallNotAvoidIt() {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.strategy=consistent-hash",
                "zk-lb.consistent-hash.key=header:user",
                "spring.cloud.loadbalancer.retry.enabled=true",
                "spring.cloud.loadbalancer.retry.retryable-status-codes=503",
                "spring.cloud.loadbalancer.retry.avoid-previous-instance=false")) {
            String user = Stream.iterate(0, i -> i + 1)
                    .map(String::valueOf)
                    .filter(key -> consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("user", key))
                            .equals("c"))
                    .findFirst()
                    .orElseThrow();
            c.answersWith(503);
            for (Client client : Client.values()) {
                assertThatThrownBy(() -> consumer.get(client, "http://orders/", Map.of("user", user)))
                        .as("through %s", client)
                        .hasStackTraceContaining("503");
            }
        }
    }

    @Test
    void aCacheOfTheUsersIsWarnedOfAndEndsWithItsTimeToLive(CapturedOutput output) {
        try (Consumer consumer = start(CacheForOrders.class, "spring.cloud.loadbalancer.cache.ttl=100ms")) {
            assertThat(consumer.context()
                            .getBean(LoadBalancerCacheManager.class)
                            .getCache(CachingServiceInstanceListSupplier.SERVICE_INSTANCE_CACHE_NAME))
                    .isNotNull();
            assertThat(Shares.of(50, () -> consumer.get("http://orders/"))).hasSize(3);
            b.endSession();
            await().untilAsserted(() -> assertThat(Shares.of(10, () -> consumer.get("http://orders/")))
                    .containsOnlyKeys("a", "c"));
        }
        assertThat(output.getOut()
                        .lines()
                        .filter(line -> line.contains("WARN") && (line.contains("zklb") || line.contains(" i.g.z."))))
                .singleElement()
                .asString()
                .contains("service orders", "CachingServiceInstanceListSupplier around ", "withCaching()");
        assertThat(output).doesNotContain("changes nothing", "Caffeine");
    }

    @Test
    void thePickersOfAListThatIsGoneAreForgotten() {
        try (Consumer consumer = start(HintsForOrders.class, "zk-lb.strategy=counted")) {
            CountedStrategy counted = consumer.context().getBean(CountedStrategy.class);
            consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "blue"));
            WeakReference<HostSet> last = counted.last;
            b.updateMetadata(Map.of("hint", "yellow"));
            await().until(() -> {
                consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "blue"));
                System.gc();
                return last.get() == null;
            });
        }
    }

    @Test
    void theSameInstancesInAnotherOrderNeedNoOtherPicker() {
        try (Consumer consumer = start(ShuffleForOrders.class, "zk-lb.strategy=counted")) {
            CountedStrategy counted = consumer.context().getBean(CountedStrategy.class);
            consumer.get("http://orders/");
            int built = counted.built.get();
            for (int i = 0; i < 50; i++) {
                consumer.get("http://orders/");
            }
            assertThat(counted.built).hasValue(built);
        }
    }

    @Test
    void anotherDiscoverysListIsBalancedWithoutZooKeeper() {
        try (Consumer consumer = start(StaticForElsewhere.class, "elsewhere.port=" + b.port())) {
            for (Client client : Client.values()) {
                assertThat(consumer.get(client, "http://elsewhere/", Map.of())).isEqualTo("b");
            }
        }
    }

    @Test
    void theConfigurationOfAllServicesYieldsToTheOneOfAService() {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                "spring.cloud.loadbalancer.zone=z1",
                "spring.cloud.loadbalancer.configurations=zone-preference")) {
            assertThat(Shares.of(40, () -> consumer.get("http://orders/"))).isEqualTo(Map.of("a", 30, "b", 10));
        }
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                "spring.cloud.loadbalancer.zone=z1",
                "spring.cloud.loadbalancer.configurations=zone-preference",
                "spring.cloud.loadbalancer.clients.orders.configurations=default")) {
            assertThat(Shares.of(50, () -> consumer.get("http://orders/")))
                    .isEqualTo(Map.of("a", 30, "b", 10, "c", 10));
        }
    }

    @Test
    @Timeout(180)
    void aHealthCheckWithoutZooKeeperFailsInBoundedTimeAndHeals() {
        try (InProcessZooKeeper notStarted = InProcessZooKeeper.prepare();
                Consumer consumer = Consumer.start(
                        notStarted.connectString(),
                        Consumer.SHORT_SESSION,
                        Consumer.WITHOUT_WAITING,
                        "zk-lb.membership.first-load-timeout=500ms",
                        "spring.cloud.loadbalancer.configurations=health-check",
                        "spring.cloud.loadbalancer.health-check.path.default=/")) {
            assertThatThrownBy(() -> consumer.get("http://orders/"))
                    .hasMessageContaining("service orders is not loaded");
            notStarted.restart();
            try (Provider d = Provider.start("orders", "d", notStarted.connectString(), 1)) {
                await().ignoreExceptions()
                        .until(() -> consumer.get("http://orders/").equals(d.name()));
            }
        }
    }

    @Test
    void aChainOfTheUsersStandsOnTheConfiguredSupplier() {
        try (Consumer consumer = start(
                HintsForOrders.class,
                "spring.cloud.loadbalancer.zone=z1",
                "spring.cloud.loadbalancer.configurations=zone-preference")) {
            assertThat(Shares.of(
                            10,
                            () -> consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "blue"))))
                    .isEqualTo(Map.of("a", 10));
        }
    }

    private Consumer start(Class<?> configuration, String... properties) {
        return Consumer.start(
                zookeeper.connectString(), new Class<?>[] {configuration, CountedStrategy.class}, properties);
    }

    /** A user's own strategy: always the first endpoint; it counts the pickers. */
    static final class CountedStrategy implements StrategyFactory {

        private final AtomicInteger built = new AtomicInteger();
        private volatile WeakReference<HostSet> last = new WeakReference<>(HostSet.EMPTY);

        @Override
        public String name() {
            return "counted";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return this::newPicker;
        }

        private Picker newPicker(HostSet hosts) {
            built.incrementAndGet();
            last = new WeakReference<>(hosts);
            return context -> hosts.get(0);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = HintsChain.class)
    static class HintsForOrders {}

    static class HintsChain {
        @Bean
        ServiceInstanceListSupplier chain(
                ZkServiceInstanceListSupplier zookeeper, ConfigurableApplicationContext context) {
            return ServiceInstanceListSupplier.builder()
                    .withBase(zookeeper)
                    .withHints()
                    .build(context);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = ZoneChain.class)
    static class ZoneForOrders {}

    static class ZoneChain {
        @Bean
        ServiceInstanceListSupplier chain(
                ZkServiceInstanceListSupplier zookeeper, ConfigurableApplicationContext context) {
            return ServiceInstanceListSupplier.builder()
                    .withBase(zookeeper)
                    .withZonePreference()
                    .build(context);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = SameInstanceChain.class)
    static class SameInstanceForOrders {}

    static class SameInstanceChain {
        @Bean
        ServiceInstanceListSupplier chain(
                ZkServiceInstanceListSupplier zookeeper, ConfigurableApplicationContext context) {
            return ServiceInstanceListSupplier.builder()
                    .withBase(zookeeper)
                    .withSameInstancePreference()
                    .build(context);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = StickyChain.class)
    static class StickyForOrders {}

    static class StickyChain {
        @Bean
        ServiceInstanceListSupplier chain(
                ZkServiceInstanceListSupplier zookeeper, ConfigurableApplicationContext context) {
            return ServiceInstanceListSupplier.builder()
                    .withBase(zookeeper)
                    .withRequestBasedStickySession()
                    .build(context);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = WeightedChain.class)
    static class WeightedForOrders {}

    static class WeightedChain {
        @Bean
        ServiceInstanceListSupplier chain(
                ZkServiceInstanceListSupplier zookeeper, ConfigurableApplicationContext context) {
            return ServiceInstanceListSupplier.builder()
                    .withBase(zookeeper)
                    .withWeighted(instance -> "z2".equals(instance.getMetadata().get("zone")) ? 2 : 1)
                    .build(context);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = CacheChain.class)
    static class CacheForOrders {}

    static class CacheChain {
        @Bean
        ServiceInstanceListSupplier chain(
                ZkServiceInstanceListSupplier zookeeper, ConfigurableApplicationContext context) {
            return ServiceInstanceListSupplier.builder()
                    .withBase(zookeeper)
                    .withCaching()
                    .build(context);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = ShuffleChain.class)
    static class ShuffleForOrders {}

    static class ShuffleChain {
        @Bean
        ServiceInstanceListSupplier chain(ZkServiceInstanceListSupplier zookeeper) {
            return new DelegatingServiceInstanceListSupplier(zookeeper) {
                @Override
                public Flux<List<ServiceInstance>> get() {
                    return delegate.get();
                }

                @Override
                public Flux<List<ServiceInstance>> get(Request request) {
                    return delegate.get(request).map(instances -> {
                        List<ServiceInstance> shuffled = new ArrayList<>(instances);
                        Collections.shuffle(shuffled);
                        return shuffled;
                    });
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "elsewhere", configuration = StaticList.class)
    static class StaticForElsewhere {}

    static class StaticList {
        @Bean
        ServiceInstanceListSupplier list(@Value("${elsewhere.port}") int port) {
            return ServiceInstanceListSuppliers.from(
                    "elsewhere", new DefaultServiceInstance("x", "elsewhere", "127.0.0.1", port, false));
        }
    }
}

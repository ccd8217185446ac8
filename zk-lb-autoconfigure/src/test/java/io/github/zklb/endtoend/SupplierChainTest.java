package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Suppliers of the user's own around ours, for one client. */
class SupplierChainTest {

    private final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private Provider a;
    private Provider b;
    private Provider c;

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
        zookeeper.close();
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
        try (Consumer consumer = start(HintsForOrders.class, "zk-lb.strategy=counted")) {
            CountedStrategy counted = consumer.context().getBean(CountedStrategy.class);
            consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "blue"));
            int built = counted.built.get();
            for (int i = 0; i < 50; i++) {
                consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "blue"));
            }
            assertThat(counted.built).hasValue(built);
            consumer.get(Client.REST_CLIENT, "http://orders/", Map.of("X-SC-LB-Hint", "green"));
            assertThat(counted.built).hasValue(built + 1);
        }
    }

    private Consumer start(Class<?> configuration, String... properties) {
        return Consumer.start(
                zookeeper.connectString(), new Class<?>[] {configuration, CountedStrategy.class}, properties);
    }

    /** A user's own strategy: always the first endpoint; it counts the pickers. */
    static final class CountedStrategy implements StrategyFactory {

        private final AtomicInteger built = new AtomicInteger();

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
}

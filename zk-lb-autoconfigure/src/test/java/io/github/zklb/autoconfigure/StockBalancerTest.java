package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.NamedServer;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cache.Cache;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheManager;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;

/** Where a switch of Spring's leaves the balancing to the stock balancer, all is as without zk-lb. */
@ExtendWith(OutputCaptureExtension.class)
class StockBalancerTest {

    private static final String CAFFEINE = "recommended to use Caffeine cache";
    private static final NamedServer a = NamedServer.start("a");
    private static final NamedServer b = NamedServer.start("b");
    private static InProcessZooKeeper zookeeper;
    private static Provider provider;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        provider = Provider.start("orders", "registered", zookeeper.connectString(), 1);
    }

    @AfterAll
    static void stop() {
        provider.close();
        zookeeper.close();
        a.close();
        b.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.cloud.zookeeper.enabled=false",
                "spring.cloud.zookeeper.discovery.enabled=false",
                "spring.cloud.zookeeper.loadbalancer.enabled=false",
                "zk-lb.enabled=false"
            })
    void theStockBalancerHasItsListFromTheOtherRegistriesAndThroughItsCache(String off, CapturedOutput output) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                off,
                "spring.cloud.discovery.client.simple.instances.simple[0].uri=http://127.0.0.1:" + a.port(),
                "spring.cloud.discovery.client.simple.instances.simple[1].uri=http://127.0.0.1:" + b.port())) {
            LoadBalancerClientFactory clients = consumer.context().getBean(LoadBalancerClientFactory.class);
            assertThat(clients).isExactlyInstanceOf(LoadBalancerClientFactory.class);
            assertThat(clients.getInstance("simple")).isExactlyInstanceOf(RoundRobinLoadBalancer.class);
            // With the other two, Spring Cloud Zookeeper's supplier is there, which knows only its own instances.
            if (off.startsWith("spring.cloud.zookeeper.enabled") || off.startsWith("spring.cloud.zookeeper.load")) {
                assertThat(clients.getInstance("simple", ServiceInstanceListSupplier.class))
                        .isInstanceOf(CachingServiceInstanceListSupplier.class);
                for (Client client : Client.values()) {
                    assertThat(Shares.of(10, () -> consumer.get(client, "http://simple/", Map.of())))
                            .isEqualTo(Map.of("a", 5, "b", 5));
                }
                Cache cache = consumer.context()
                        .getBean(LoadBalancerCacheManager.class)
                        .getCache(CachingServiceInstanceListSupplier.SERVICE_INSTANCE_CACHE_NAME);
                assertThat(Objects.requireNonNull(cache).get("simple")).isNotNull();
            }
            assertThat(consumer.context().getBeansOfType(ZkLoadBalancer.class)).isEmpty();
            assertThat(consumer.context().getBeansOfType(ServiceEngines.class)).isEmpty();
        }
        assertThat(output).contains(CAFFEINE);
    }

    @Test
    void theGenericBalancerHasZooKeepersServicesFromItsDiscoveryClient() {
        try (Consumer consumer =
                Consumer.start(zookeeper.connectString(), "spring.cloud.zookeeper.loadbalancer.enabled=false")) {
            for (Client client : Client.values()) {
                assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("registered");
            }
        }
    }

    @Test
    void withZkLbTheCacheIsThereAndItsWarningIsNot(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThat(consumer.context().getBean(LoadBalancerCacheManager.class))
                    .isNotNull();
            assertThat(consumer.get("http://orders/")).isEqualTo("registered");
        }
        assertThat(output).doesNotContain(CAFFEINE);
    }

    @Test
    void whoeverWantsTheWarningHasIt(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                "logging.level.[org.springframework.cloud.loadbalancer.config.LoadBalancerCacheAutoConfiguration"
                        + "$LoadBalancerCaffeineWarnLogger]=warn")) {
            assertThat(consumer.get("http://orders/")).isEqualTo("registered");
        }
        assertThat(output).contains(CAFFEINE);
    }
}

package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.EndpointRegistry;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;

class ZkLbAutoConfigurationTest {

    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterAll
    static void stop() {
        zookeeper.close();
    }

    @Test
    void ourSupplierIsTheOneOfEveryClient() {
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            LoadBalancerClientFactory clients = consumer.context().getBean(LoadBalancerClientFactory.class);
            for (int i = 0; i < 20; i++) {
                String service = "service-" + i;
                assertThat(clients.getInstances(service, ServiceInstanceListSupplier.class)
                                .values())
                        .singleElement()
                        .isInstanceOf(ZkServiceInstanceListSupplier.class);
                assertThat(clients.getInstance(service).getClass().getPackageName())
                        .isEqualTo(ZkLoadBalancer.class.getPackageName());
            }
        }
    }

    @Test
    void disabledGivesTheStockBalancerBack() {
        try (Provider provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.enabled=false")) {
            assertThat(consumer.context().getBeansOfType(ZkLoadBalancer.class)).isEmpty();
            assertThat(consumer.context().getBeansOfType(EndpointRegistry.class))
                    .isEmpty();
            LoadBalancerClientFactory clients = consumer.context().getBean(LoadBalancerClientFactory.class);
            assertThat(clients.getInstance("orders", ReactorServiceInstanceLoadBalancer.class))
                    .isInstanceOf(RoundRobinLoadBalancer.class);
            assertThat(consumer.context().getEnvironment().getProperty("spring.cloud.loadbalancer.cache.enabled"))
                    .isNull();
            assertThat(consumer.get("http://orders/")).isEqualTo(provider.name());
        }
    }

    @Test
    void backsOffWithoutZooKeeper() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ZkLbAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ZkLoadBalancer.class));
    }

    @Test
    void callersByHandGetNothingRatherThanAnError() {
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThat(consumer.context().getBean(LoadBalancerClient.class).choose("nobody"))
                    .isNull();
            assertThat(consumer.choosePort("nobody", "key")).isEmpty();
        }
    }

    @Test
    void closingTheApplicationLeavesNoThreadOfOurs() {
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            consumer.choosePort("orders", null);
            assertThat(ourThreads()).isNotEmpty();
        }
        await().untilAsserted(() -> assertThat(ourThreads()).isEmpty());
        assertThat(zookeeper.ask("wchs")).contains("Total watches:0");
    }

    private static Stream<Thread> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("zk-lb"));
    }
}

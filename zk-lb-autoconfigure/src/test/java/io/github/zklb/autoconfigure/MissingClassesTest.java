package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.actuate.ZkLbEndpointAutoConfiguration;
import io.github.zklb.actuate.ZkLbHealthAutoConfiguration;
import io.github.zklb.actuate.metrics.ZkLbMetricsAutoConfiguration;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.springcloud.blocking.BlockingAutoConfiguration;
import io.github.zklb.springcloud.feign.OpenFeignAutoConfiguration;
import io.github.zklb.springcloud.gateway.GatewayWebFluxAutoConfiguration;
import io.github.zklb.springcloud.gateway.GatewayWebMvcAutoConfiguration;
import io.github.zklb.springcloud.webclient.WebClientAutoConfiguration;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.commons.util.UtilAutoConfiguration;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.zookeeper.ZookeeperAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryAutoConfiguration;
import org.springframework.cloud.zookeeper.support.CuratorServiceDiscoveryAutoConfiguration;

/** What other starters bring may be missing: the start then backs off, wholly or in part, and never fails. */
class MissingClassesTest {

    private static InProcessZooKeeper zookeeper;
    private static Provider provider;
    private static ApplicationContextRunner runner;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ZooKeeperClientAutoConfiguration.class,
                        ClientFactoryAutoConfiguration.class,
                        ZkLbAutoConfiguration.class,
                        EagerLoadAutoConfiguration.class,
                        ZkLbEndpointAutoConfiguration.class,
                        ZkLbHealthAutoConfiguration.class,
                        ZkLbMetricsAutoConfiguration.class,
                        BlockingAutoConfiguration.class,
                        OpenFeignAutoConfiguration.class,
                        GatewayWebFluxAutoConfiguration.class,
                        GatewayWebMvcAutoConfiguration.class,
                        WebClientAutoConfiguration.class))
                .withPropertyValues("spring.cloud.zookeeper.connect-string=" + zookeeper.connectString());
    }

    @AfterAll
    static void stop() {
        provider.close();
        zookeeper.close();
    }

    /** With what others configure, which would not be there without their classes. */
    private static ApplicationContextRunner balanced() {
        return runner.withConfiguration(AutoConfigurations.of(
                UtilAutoConfiguration.class,
                ZookeeperAutoConfiguration.class,
                CuratorServiceDiscoveryAutoConfiguration.class,
                ZookeeperDiscoveryAutoConfiguration.class,
                LoadBalancerAutoConfiguration.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.springframework.cloud.loadbalancer",
                "org.springframework.cloud.zookeeper",
                "org.apache.curator"
            })
    void withoutWhatItStandsOnThereIsNoBalancerOfOurs(String missing) {
        runner.withClassLoader(new FilteredClassLoader(missing))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(ZkLoadBalancer.class)
                        .doesNotHaveBean("zkLbServiceEngines")
                        .doesNotHaveBean("zkLbEagerLoad")
                        .doesNotHaveBean("zkLbHealthIndicator"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reactor.netty",
                "org.springframework.web.reactive",
                "org.springframework.boot.webclient",
                "org.springframework.boot.restclient",
                "io.micrometer",
                "org.springframework.boot.actuate",
                "org.springframework.boot.health",
                "org.springframework.retry",
                "org.springframework.cloud.openfeign",
                "org.springframework.cloud.gateway",
                "com.github.benmanes.caffeine",
                "org.springframework.boot.cache"
            })
    void withoutWhatIsOptionalItBalancesAllTheSame(String missing) {
        balanced().withClassLoader(new FilteredClassLoader(missing)).run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(ZkLoadBalancer.class);
            assertThat(context.getBean(ZkLoadBalancer.class).choose("orders")).isPresent();
        });
    }

    @Test
    void withoutSpringsSwitchForBalancingThereIsNoClientToLoad() {
        balanced()
                .withPropertyValues("spring.cloud.loadbalancer.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("zkLbEagerLoad"));
    }
}

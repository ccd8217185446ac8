package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Our factory is there in place of the stock one, and only as long as the user has none of his own. */
class ClientFactoryAutoConfigurationTest {

    private static InProcessZooKeeper zookeeper;
    private static ApplicationContextRunner runner;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        runner = new ApplicationContextRunner()
                .withUserConfiguration(Application.class)
                .withPropertyValues(
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.service-registry.auto-registration.enabled=false");
    }

    @AfterAll
    static void stop() {
        zookeeper.close();
    }

    @Test
    void oursIsTheStockOneByTypeAndName() {
        runner.run(context -> assertThat(context.getBean("loadBalancerClientFactory", LoadBalancerClientFactory.class))
                .isSameAs(context.getBean(LoadBalancerClientFactory.class))
                .satisfies(factory -> assertThat(factory.getClass().getPackageName())
                        .isEqualTo(ZkLoadBalancer.class.getPackageName())));
    }

    @Test
    void theUsersOwnWins() {
        runner.withUserConfiguration(UsersOwn.class)
                .run(context -> assertThat(context.getBean(LoadBalancerClientFactory.class))
                        .isSameAs(context.getBean("usersFactory")));
    }

    @Test
    void withoutZkLbTheStockOneIsBack() {
        runner.withPropertyValues("zk-lb.enabled=false")
                .run(context -> assertThat(context.getBean(LoadBalancerClientFactory.class))
                        .isExactlyInstanceOf(LoadBalancerClientFactory.class));
        runner.withPropertyValues("spring.cloud.zookeeper.enabled=false")
                .run(context -> assertThat(context.getBean(LoadBalancerClientFactory.class))
                        .isExactlyInstanceOf(LoadBalancerClientFactory.class));
        runner.withPropertyValues("spring.cloud.loadbalancer.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LoadBalancerClientFactory.class));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    static class UsersOwn {

        @Bean
        LoadBalancerClientFactory usersFactory(LoadBalancerClientsProperties properties) {
            return new LoadBalancerClientFactory(properties);
        }
    }
}

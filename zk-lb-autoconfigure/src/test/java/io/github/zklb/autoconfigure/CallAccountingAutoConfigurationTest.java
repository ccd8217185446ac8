package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import feign.Client;
import feign.Feign;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestFactory;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancedExchangeFilterFunction;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.client.loadbalancer.reactive.RetryableLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.RetryableFeignBlockingLoadBalancerClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/** Our clients are there in place of the stock ones, and only as long as the user has none of his own. */
class CallAccountingAutoConfigurationTest {

    private static final String OURS = ZkLoadBalancer.class.getPackageName();

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
    void ourClientsAreTheStockOnesByTypeAndName() {
        runner.run(context -> {
            assertThat(context.getBean("blockingLoadBalancerClient", BlockingLoadBalancerClient.class))
                    .isSameAs(context.getBean(LoadBalancerClient.class))
                    .satisfies(CallAccountingAutoConfigurationTest::isOurs);
            assertThat(context.getBean("loadBalancerRequestFactory"))
                    .isSameAs(context.getBean(LoadBalancerRequestFactory.class))
                    .satisfies(CallAccountingAutoConfigurationTest::isOurs);
            assertThat(context.getBean(
                            "loadBalancerExchangeFilterFunction", ReactorLoadBalancerExchangeFilterFunction.class))
                    .isSameAs(context.getBean(LoadBalancedExchangeFilterFunction.class))
                    .satisfies(CallAccountingAutoConfigurationTest::isOurs);
        });
    }

    @Test
    void withRetriesTheFilterIsTheOneThatRetries() {
        runner.withPropertyValues("spring.cloud.loadbalancer.retry.enabled=true")
                .run(context -> assertThat(context.getBean(
                                "retryableLoadBalancerExchangeFilterFunction",
                                RetryableLoadBalancerExchangeFilterFunction.class))
                        .isSameAs(context.getBean(LoadBalancedExchangeFilterFunction.class))
                        .satisfies(CallAccountingAutoConfigurationTest::isOurs));
    }

    @Test
    void theClientOfFeignIsOursWithAndWithoutRetries() {
        runner.run(context -> assertThat(context.getBean("feignRetryClient", Client.class))
                .isInstanceOf(RetryableFeignBlockingLoadBalancerClient.class)
                .satisfies(CallAccountingAutoConfigurationTest::isOurs));
        runner.withPropertyValues("spring.cloud.loadbalancer.retry.enabled=false")
                .run(context -> assertThat(context.getBean("feignClient", Client.class))
                        .isInstanceOf(FeignBlockingLoadBalancerClient.class)
                        .satisfies(CallAccountingAutoConfigurationTest::isOurs));
        runner.withClassLoader(new FilteredClassLoader(RetryTemplate.class))
                .run(context -> assertThat(context.getBean("feignClient", Client.class))
                        .isInstanceOf(FeignBlockingLoadBalancerClient.class)
                        .satisfies(CallAccountingAutoConfigurationTest::isOurs));
    }

    @Test
    void aFeignClientOfTheUsersOwnClassStays() {
        runner.withUserConfiguration(UsersFeign.class)
                .run(context -> assertThat(context.getBean(Client.class)).isExactlyInstanceOf(UsersFeign.Own.class));
    }

    @Test
    void theUsersOwnWin() {
        runner.withUserConfiguration(UsersOwn.class).run(context -> {
            assertThat(context.getBean(LoadBalancerClient.class)).isSameAs(context.getBean("usersClient"));
            assertThat(context.getBean(LoadBalancerRequestFactory.class)).isSameAs(context.getBean("usersRequests"));
            assertThat(context.getBean(LoadBalancedExchangeFilterFunction.class))
                    .isSameAs(context.getBean("usersFilter"));
        });
    }

    @Test
    void disabledGivesTheStockClientsBack() {
        runner.withPropertyValues("zk-lb.enabled=false").run(context -> {
            assertThat(context.getBean(LoadBalancerClient.class)).isExactlyInstanceOf(BlockingLoadBalancerClient.class);
            assertThat(context.getBean(LoadBalancedExchangeFilterFunction.class))
                    .isExactlyInstanceOf(ReactorLoadBalancerExchangeFilterFunction.class);
            assertThat(context.getBean(Client.class))
                    .isExactlyInstanceOf(RetryableFeignBlockingLoadBalancerClient.class);
        });
        runner.withPropertyValues("spring.cloud.loadbalancer.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LoadBalancerClient.class));
    }

    @Test
    void eachIsThereOnlyWithItsClientOnTheClassPath() {
        runner.withClassLoader(new FilteredClassLoader(WebClient.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(LoadBalancerClient.class)
                        .doesNotHaveBean(LoadBalancedExchangeFilterFunction.class));
        runner.withClassLoader(new FilteredClassLoader(RestTemplate.class, RestClient.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(LoadBalancedExchangeFilterFunction.class)
                        .doesNotHaveBean(LoadBalancerClient.class)
                        .doesNotHaveBean(LoadBalancerRequestFactory.class));
        runner.withClassLoader(new FilteredClassLoader(Feign.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(LoadBalancerClient.class)
                        .doesNotHaveBean("zkLbCountingFeignClients")
                        .doesNotHaveBean("zkLbFeignServices"));
        runner.withClassLoader(new FilteredClassLoader(FeignBlockingLoadBalancerClient.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(LoadBalancerClient.class)
                        .doesNotHaveBean("zkLbCountingFeignClients")
                        .doesNotHaveBean("zkLbFeignServices"));
    }

    private static void isOurs(Object bean) {
        assertThat(bean.getClass().getPackageName()).startsWith(OURS);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    static class UsersFeign {

        @Bean
        Client usersFeignClient(LoadBalancerClient balancer, LoadBalancerClientFactory factory) {
            return new Own(balancer, factory);
        }

        static final class Own extends FeignBlockingLoadBalancerClient {
            Own(LoadBalancerClient balancer, LoadBalancerClientFactory factory) {
                super(new Client.Default(null, null), balancer, factory, List.of());
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class UsersOwn {

        @Bean
        LoadBalancerClient usersClient(ReactiveLoadBalancer.Factory<ServiceInstance> factory) {
            return new BlockingLoadBalancerClient(factory);
        }

        @Bean
        LoadBalancerRequestFactory usersRequests(LoadBalancerClient client) {
            return new LoadBalancerRequestFactory(client);
        }

        @Bean
        ReactorLoadBalancerExchangeFilterFunction usersFilter(ReactiveLoadBalancer.Factory<ServiceInstance> factory) {
            return new ReactorLoadBalancerExchangeFilterFunction(factory, List.of());
        }
    }
}

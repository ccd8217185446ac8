package io.github.zklb.springcloud.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Gateway;
import io.github.zklb.testing.InProcessZooKeeper;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.ResponseHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is ours in each gateway, and that it yields. */
class GatewayAutoConfigurationTest {

    private static final String OURS = ZkLoadBalancer.class.getPackageName();

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
    void onWebFluxOurFiltersStandAmongTheStockOnes() {
        try (ConfigurableApplicationContext context = Gateway.WEBFLUX.start(zookeeper.connectString())) {
            Map<String, GlobalFilter> filters = context.getBeansOfType(GlobalFilter.class);
            assertThat(filters)
                    .containsKeys("gatewayLoadBalancerClientFilter", "zkLbGatewayNoInstance", "zkLbGatewayRouting");
            assertThat(context.getBeanNamesForType(ProxyExchangeHandlerFunction.class))
                    .isEmpty();
        }
    }

    @Test
    void onWebMvcOurHandlerIsTheStockOneByTypeAndNameAndOthersGetTheApplicationsClient() {
        try (ConfigurableApplicationContext context = Gateway.WEBMVC.start(zookeeper.connectString())) {
            assertThat(context.getBean("proxyExchangeHandlerFunction")
                            .getClass()
                            .getPackageName())
                    .startsWith(OURS);
            assertThat(context.getBean(LoadBalancerClient.class)).isInstanceOf(BlockingLoadBalancerClient.class);
            assertThat(context.getBean(LoadBalancerClientFactory.class).getInstance("any", LoadBalancerClient.class))
                    .isInstanceOf(GatewayLoadBalancerClient.class);
            assertThat(context.getBeanNamesForType(GlobalFilter.class)).isEmpty();
        }
    }

    @Test
    void theUsersOwnHandlerWins() {
        try (ConfigurableApplicationContext context =
                Gateway.WEBMVC.start(zookeeper.connectString(), new Class<?>[] {UsersOwn.class})) {
            assertThat(context.getBean(ProxyExchangeHandlerFunction.class)).isSameAs(context.getBean("usersHandler"));
        }
    }

    @Test
    void disabledGivesTheStockGatewaysBack() {
        try (ConfigurableApplicationContext context =
                Gateway.WEBFLUX.start(zookeeper.connectString(), "zk-lb.enabled=false")) {
            assertThat(context.getBeansOfType(GlobalFilter.class))
                    .containsKey("gatewayLoadBalancerClientFilter")
                    .doesNotContainKeys("zkLbGatewayNoInstance", "zkLbGatewayRouting");
        }
        try (ConfigurableApplicationContext context =
                Gateway.WEBMVC.start(zookeeper.connectString(), "zk-lb.enabled=false")) {
            assertThat(context.getBean(ProxyExchangeHandlerFunction.class))
                    .isExactlyInstanceOf(ProxyExchangeHandlerFunction.class);
            assertThat(context.getBean(LoadBalancerClientFactory.class).getInstance("any", LoadBalancerClient.class))
                    .isSameAs(context.getBean(LoadBalancerClient.class));
        }
    }

    /** Spring's property for its own filter, which a gateway sets that balances nothing. */
    @Test
    void withoutTheStockFilterThereIsNoneOfOurs() {
        try (ConfigurableApplicationContext context = Gateway.WEBFLUX.start(
                zookeeper.connectString(),
                "spring.cloud.gateway.server.webflux.global-filter.reactive-load-balancer-client.enabled=false")) {
            assertThat(context.getBeansOfType(GlobalFilter.class))
                    .doesNotContainKeys(
                            "gatewayLoadBalancerClientFilter", "zkLbGatewayNoInstance", "zkLbGatewayRouting");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class UsersOwn {

        @Bean
        ProxyExchangeHandlerFunction usersHandler(
                ProxyExchange exchange,
                ObjectProvider<RequestHttpHeadersFilter> requestFilters,
                ObjectProvider<ResponseHttpHeadersFilter> responseFilters) {
            return new ProxyExchangeHandlerFunction(exchange, requestFilters, responseFilters);
        }
    }
}

package io.github.zklb.springcloud.webclient;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.client.loadbalancer.reactive.DeferringLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancedExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;

/**
 * Has each call of a load-balanced WebClient know its {@link FailedAttempts}: in the beans of its builder, and in groups of
 * HTTP interfaces. Comes after Spring's own, which add the filter that balances.
 */
final class BalancedBuilders implements BeanPostProcessor, WebClientHttpServiceGroupConfigurer {

    /** Spring's own is at 10. */
    private static final int ORDER = 20;

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof WebClient.Builder builder) {
            complete(builder);
        }
        return bean;
    }

    @Override
    public void configureGroups(Groups<WebClient.Builder> groups) {
        groups.forEachClient((group, builder) -> complete(builder));
    }

    @Override
    public int getOrder() {
        return ORDER;
    }

    private static void complete(WebClient.Builder builder) {
        builder.filters(filters -> {
            if (filters.stream().anyMatch(BalancedBuilders::balances)) {
                builder.defaultRequest(FailedAttempts::begin);
            }
        });
    }

    private static boolean balances(ExchangeFilterFunction filter) {
        return filter instanceof DeferringLoadBalancerExchangeFilterFunction
                || filter instanceof LoadBalancedExchangeFilterFunction;
    }
}

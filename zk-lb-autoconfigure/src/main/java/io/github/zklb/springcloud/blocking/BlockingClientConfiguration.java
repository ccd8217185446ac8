package io.github.zklb.springcloud.blocking;

import io.github.zklb.springcloud.ClientCalls;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.client.loadbalancer.BlockingRestClassesPresentCondition;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** The client of RestTemplate and RestClient, in place of the stock one and under its name; a user's own wins. */
@Configuration(proxyBeanMethods = false)
@Conditional(BlockingRestClassesPresentCondition.class)
public class BlockingClientConfiguration {

    @Bean
    @ConditionalOnMissingBean
    LoadBalancerClient blockingLoadBalancerClient(LoadBalancerClientFactory clients, ClientCalls calls) {
        return new CountingLoadBalancerClient(clients, calls);
    }
}

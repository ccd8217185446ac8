package io.github.zklb.springcloud.blocking;

import io.github.zklb.springcloud.ClientCalls;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.client.loadbalancer.BlockingRestClassesPresentCondition;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestFactory;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestTransformer;
import org.springframework.cloud.loadbalancer.config.BlockingLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/** The client of RestTemplate and RestClient and its requests, in place of the stock ones and under their names. */
@AutoConfiguration(
        afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration",
        before = BlockingLoadBalancerClientAutoConfiguration.class)
@Conditional(BlockingRestClassesPresentCondition.class)
@ConditionalOnBean({ClientCalls.class, LoadBalancerClientFactory.class})
public final class BlockingAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    LoadBalancerClient blockingLoadBalancerClient(LoadBalancerClientFactory clients, ClientCalls calls) {
        return new CountingLoadBalancerClient(clients, calls);
    }

    @Bean
    @ConditionalOnMissingBean
    LoadBalancerRequestFactory loadBalancerRequestFactory(
            LoadBalancerClient client, ObjectProvider<LoadBalancerRequestTransformer> transformers) {
        return new InterceptedRequest.Factory(
                client, transformers.orderedStream().toList());
    }
}

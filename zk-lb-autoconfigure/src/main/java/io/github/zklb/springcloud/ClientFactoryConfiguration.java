package io.github.zklb.springcloud;

import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClientSpecification;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The factory of the clients' contexts, in place of the stock one and under its name; a user's own wins. */
@Configuration(proxyBeanMethods = false)
public class ClientFactoryConfiguration {

    /** Declared as the stock type: what is prepared ahead of time asks for a bean of exactly that. */
    @Bean
    @ConditionalOnMissingBean
    LoadBalancerClientFactory loadBalancerClientFactory(
            LoadBalancerClientsProperties properties,
            ObjectProvider<List<LoadBalancerClientSpecification>> specifications) {
        RememberingClientFactory factory = new RememberingClientFactory(properties);
        factory.setConfigurations(specifications.getIfAvailable(List::of));
        return factory;
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.springcloud.suppliers.SupplierConfigurations;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.loadbalancer.support.LoadBalancerEnvironmentPropertyUtils;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * The beans of each service's child context. Registered before those of Spring Cloud Zookeeper and Spring Cloud
 * LoadBalancer, which then back off; and as fallbacks, so that a user's own beans for a client win over them.
 */
@Configuration(proxyBeanMethods = false)
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
public class ZkLoadBalancerClientConfiguration {

    @Bean
    @Fallback
    ZkServiceInstanceListSupplier zkServiceInstanceListSupplier(
            ServiceBalancers balancers, Environment environment, ConfigurableApplicationContext context) {
        ServiceBalancer balancer = balancers.balancer(LoadBalancerClientFactory.getName(environment));
        return new ZkServiceInstanceListSupplier(
                SupplierConfigurations.around(new WatchedInstances(balancer), context));
    }

    @Bean
    @Fallback
    ReactorServiceInstanceLoadBalancer zkReactorLoadBalancer(
            ServiceBalancers balancers,
            Environment environment,
            ObjectProvider<ServiceInstanceListSupplier> suppliers) {
        return new ZkReactorLoadBalancer(
                balancers.balancer(LoadBalancerClientFactory.getName(environment)),
                LoadBalancerEnvironmentPropertyUtils.trueOrMissingForClientOrDefault(
                        environment, "retry.avoid-previous-instance"),
                suppliers::getObject);
    }
}

package io.github.zklb.springcloud.suppliers;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.WatchedInstances;
import io.github.zklb.springcloud.ZkReactorLoadBalancer;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
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
            ServiceEngines engines, Environment environment, ConfigurableApplicationContext context) {
        ServiceEngine engine = engines.engine(LoadBalancerClientFactory.getName(environment));
        return new ZkServiceInstanceListSupplier(SupplierConfigurations.around(new WatchedInstances(engine), context));
    }

    @Bean
    @Fallback
    ReactorServiceInstanceLoadBalancer zkReactorLoadBalancer(
            ServiceEngines engines,
            KeySources keySources,
            Environment environment,
            ObjectProvider<ServiceInstanceListSupplier> suppliers) {
        ServiceEngine engine = engines.engine(LoadBalancerClientFactory.getName(environment));
        return new ZkReactorLoadBalancer(
                engine,
                keySources::firstOf,
                LoadBalancerEnvironmentPropertyUtils.trueOrMissingForClientOrDefault(
                        environment, "retry.avoid-previous-instance"),
                () -> SupplierChain.around(engine, suppliers.getObject()));
    }
}

package io.github.zklb.autoconfigure;

import io.github.zklb.autoconfigure.properties.ZkLbProperties;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.BalancedServices;
import io.github.zklb.springcloud.EagerLoad;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.cloud.client.loadbalancer.LoadBalancerEagerLoadProperties;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClientSpecification;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Makes the services that the configuration names ready before the application is. */
@AutoConfiguration(after = {ZkLbAutoConfiguration.class, LoadBalancerAutoConfiguration.class})
@ConditionalOnBean({ServiceEngines.class, LoadBalancerClientFactory.class})
public final class EagerLoadAutoConfiguration {

    @Bean
    EagerLoad zkLbEagerLoad(
            ServiceEngines engines,
            LoadBalancerClientFactory clients,
            ZkLbProperties properties,
            ObjectProvider<LoadBalancerEagerLoadProperties> eagerLoad,
            ObjectProvider<BalancedServices> ofClients,
            ListableBeanFactory beans,
            Environment environment) {
        Set<String> serviceIds = new TreeSet<>();
        beans.getBeansOfType(LoadBalancerClientSpecification.class).forEach((beanName, client) -> {
            if (!client.getName().startsWith("default.") && !beanName.startsWith(AheadOfTime.BEAN_NAME_PREFIX)) {
                serviceIds.add(client.getName());
            }
        });
        ofClients.forEach(some -> serviceIds.addAll(some.serviceIds()));
        serviceIds.addAll(HttpServiceGroups.services(beans.getBeanDefinitionNames(), environment));
        serviceIds.removeIf(id -> hasBeansOfItsOwn(clients.getConfigurations().get(id)));
        serviceIds.addAll(properties.eager());
        eagerLoad.ifAvailable(spring -> serviceIds.addAll(spring.getClients()));
        return new EagerLoad(serviceIds, engines, clients, properties.eagerTimeout());
    }

    /** A user's beans for a client may need what comes after us, such as the port of the web server. */
    private static boolean hasBeansOfItsOwn(@Nullable LoadBalancerClientSpecification client) {
        return client != null && client.getConfiguration().length > 0;
    }
}

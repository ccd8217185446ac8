package io.github.zklb.autoconfigure;

import java.util.Set;
import java.util.TreeSet;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClientSpecification;
import org.springframework.core.env.Environment;

/**
 * Names services as load balancer clients while code is generated ahead of time, and not otherwise: Spring Cloud generates
 * the contexts of named clients only. Which services this application calls is known of those that are eager, that have
 * settings, and that are behind an HTTP service group.
 */
final class AheadOfTimeClients implements BeanDefinitionRegistryPostProcessor {

    /** Begins the names of our beans, to tell them from the clients that a user names. */
    static final String BEAN_NAME_PREFIX = "zk-lb.ahead-of-time.";

    /** Spring sets it while it generates code. */
    private static final String PROCESSING = "spring.aot.processing";

    private final Environment environment;

    AheadOfTimeClients(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
        if (Boolean.getBoolean(PROCESSING)) {
            for (String serviceId : serviceIds(registry)) {
                // As Spring Cloud calls the bean of a client that a user names.
                if (!registry.containsBeanDefinition(serviceId + ".LoadBalancerClientSpecification")) {
                    registry.registerBeanDefinition(
                            BEAN_NAME_PREFIX + serviceId,
                            BeanDefinitionBuilder.genericBeanDefinition(LoadBalancerClientSpecification.class)
                                    .addConstructorArgValue(serviceId)
                                    .addConstructorArgValue(new Class<?>[0])
                                    .getBeanDefinition());
                }
            }
        }
    }

    private Set<String> serviceIds(BeanDefinitionRegistry registry) {
        Binder binder = Binder.get(environment);
        Set<String> serviceIds = new TreeSet<>();
        serviceIds.addAll(binder.bindOrCreate("zk-lb", EagerProperties.class).eager());
        serviceIds.addAll(
                binder.bindOrCreate("zk-lb", ZkLbProperties.class).services().keySet());
        serviceIds.addAll(HttpServiceGroups.services(registry.getBeanDefinitionNames(), environment));
        return serviceIds;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        // All is done before.
    }
}

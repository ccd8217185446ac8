package io.github.zklb.autoconfigure;

import io.github.zklb.autoconfigure.properties.ServiceProperties;
import io.github.zklb.autoconfigure.properties.ZkLbProperties;
import io.github.zklb.springcloud.BalancedServices;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClientSpecification;
import org.springframework.core.env.Environment;

/**
 * What zk-lb adds to the code that Spring generates ahead of time; it does nothing otherwise.
 *
 * <p>It names services as load balancer clients, because Spring Cloud generates the contexts of named clients only. Which
 * services this application calls is known of those that are eager, that have settings, and that are behind an HTTP
 * service group. And it tells what is used by reflection: the properties that are bound by hand, and the errors that
 * properties name. ZooKeeper's content is read as a tree, which needs none.
 */
final class AheadOfTime implements BeanDefinitionRegistryPostProcessor, BeanFactoryInitializationAotProcessor {

    /** Begins the names of our beans, to tell them from the clients that a user names. */
    static final String BEAN_NAME_PREFIX = "zk-lb.ahead-of-time.";

    /** Spring sets it while it generates code. */
    private static final String PROCESSING = "spring.aot.processing";

    private final Environment environment;

    AheadOfTime(Environment environment) {
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
        ZkLbProperties properties = bound(ZkLbProperties.class);
        Set<String> serviceIds = new TreeSet<>(properties.eager());
        serviceIds.addAll(properties.services().keySet());
        serviceIds.addAll(HttpServiceGroups.services(registry.getBeanDefinitionNames(), environment));
        if (registry instanceof ListableBeanFactory beans) {
            for (String name : beans.getBeanNamesForType(BalancedServices.class, true, false)) {
                if (registry.getBeanDefinition(name).getFactoryBeanName() == null) { // needs no other bean
                    serviceIds.addAll(
                            beans.getBean(name, BalancedServices.class).serviceIds());
                }
            }
        }
        return serviceIds;
    }

    @Override
    public BeanFactoryInitializationAotContribution processAheadOfTime(ConfigurableListableBeanFactory beans) {
        return (context, code) -> register(context.getRuntimeHints());
    }

    void register(RuntimeHints hints) {
        BindableRuntimeHintsRegistrar.forTypes(
                        ZkLbProperties.class, ServiceProperties.class, HttpServiceGroups.Group.class)
                .registerHints(hints);
        Stream.concat(
                        Stream.of(bound(ServiceProperties.class)),
                        bound(ZkLbProperties.class).services().values().stream())
                .flatMap(properties -> properties.load().errorTypes().stream())
                .forEach(type -> hints.reflection().registerType(TypeReference.of(type.trim())));
    }

    private <T> T bound(Class<T> properties) {
        return Binder.get(environment).bindOrCreate("zk-lb", properties);
    }
}

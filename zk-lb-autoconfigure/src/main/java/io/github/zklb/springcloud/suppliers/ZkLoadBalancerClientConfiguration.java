package io.github.zklb.springcloud.suppliers;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.ZkReactorLoadBalancer;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.loadbalancer.support.LoadBalancerEnvironmentPropertyUtils;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * The beans of each service's child context. Registered before those of Spring Cloud Zookeeper and Spring Cloud
 * LoadBalancer, which then back off; and as fallbacks, so that a user's own beans for a client win over them.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(ZkLoadBalancerClientConfiguration.OnServiceEnabled.class)
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
public class ZkLoadBalancerClientConfiguration {

    @Bean
    @Fallback
    @ConditionalOnMissingBean(value = ServiceInstanceListSupplier.class, search = SearchStrategy.ANCESTORS)
    ZkServiceInstanceListSupplier zkServiceInstanceListSupplier(
            ServiceEngines engines, Environment environment, ConfigurableApplicationContext context) {
        return new ZkServiceInstanceListSupplier(SupplierConfigurations.around(
                new WatchedInstances(LoadBalancerClientFactory.getName(environment), engines, context), context));
    }

    @Bean
    @Fallback
    @ConditionalOnMissingBean(value = ReactiveLoadBalancer.class, search = SearchStrategy.ANCESTORS)
    ReactorServiceInstanceLoadBalancer zkReactorLoadBalancer(
            ServiceEngines engines,
            KeySources keySources,
            Environment environment,
            ObjectProvider<ServiceInstanceListSupplier> suppliers) {
        return new ZkReactorLoadBalancer(
                () -> new SupplierChain(LoadBalancerClientFactory.getName(environment), engines, suppliers.getObject()),
                keySources,
                LoadBalancerEnvironmentPropertyUtils.trueOrMissingForClientOrDefault(
                        environment, "retry.avoid-previous-instance"));
    }

    /** A balancer for callers by hand, where a service has no client, or that has another one. */
    public static ZkReactorLoadBalancer withoutClient(
            String serviceId, ServiceEngines engines, ApplicationContext context) {
        ServiceInstanceListSupplier registered =
                new ZkServiceInstanceListSupplier(new WatchedInstances(serviceId, engines, context));
        return new ZkReactorLoadBalancer(
                () -> new SupplierChain(serviceId, engines, registered), context.getBean(KeySources.class), true);
    }

    /** A service may be left to the stock balancer, whose beans are then the only ones. */
    static final class OnServiceEnabled implements Condition {

        private static final ConfigurationPropertyName SERVICES = ConfigurationPropertyName.of("zk-lb.services");

        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            String serviceId = LoadBalancerClientFactory.getName(context.getEnvironment());
            Binder binder = Binder.get(context.getEnvironment());
            Stream<ConfigurationPropertyName> plain = Stream.of(serviceId)
                    .filter(id -> id.matches("[A-Za-z0-9-]+"))
                    .map(id -> ConfigurationPropertyName.adapt(SERVICES + "." + id, '.'));
            return Stream.concat(Stream.of(SERVICES.append('[' + serviceId + ']')), plain)
                    .map(service -> binder.bind(service.append("enabled"), Bindable.of(Boolean.class)))
                    .filter(BindResult::isBound)
                    .findFirst()
                    .map(BindResult::get)
                    .orElse(true);
        }
    }
}

package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.autoconfigure.properties.ServiceProperties;
import io.github.zklb.autoconfigure.properties.ZkLbProperties;
import io.github.zklb.springcloud.BalancedServices;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClientSpecification;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** What zk-lb adds to code that is generated ahead of time. */
class AheadOfTimeConfigurationTest {

    private static final String PROCESSING = "spring.aot.processing";

    private final DefaultListableBeanFactory beans = new DefaultListableBeanFactory();

    @AfterEach
    void end() {
        System.clearProperty(PROCESSING);
    }

    @Test
    void knownServicesAreNamedAsClientsWhileCodeIsGenerated() {
        System.setProperty(PROCESSING, "true");
        beans.registerBeanDefinition("loadBalancerRestClientHttpServiceGroupConfigurer", anything());
        beans.registerBeanDefinition("stock#com.example.StockApi", anything());
        beans.registerBeanDefinition("feign", feignServices());
        register(
                "zk-lb.eager=orders,payments",
                "zk-lb.services.users.strategy=random",
                "zk-lb.services.[with_underscore].strategy=random");
        assertThat(clients())
                .containsExactlyInAnyOrder("orders", "payments", "users", "with_underscore", "stock", "of-feign");
    }

    @Test
    void aClientThatTheUserNamesKeepsItsConfiguration() {
        System.setProperty(PROCESSING, "true");
        beans.registerBeanDefinition("orders.LoadBalancerClientSpecification", definition("orders", List.class));
        register("zk-lb.eager=orders");
        assertThat(beans.getBean(LoadBalancerClientSpecification.class).getConfiguration())
                .containsExactly(List.class);
    }

    @Test
    void otherwiseNothingIsNamed() {
        register("zk-lb.eager=orders");
        assertThat(clients()).isEmpty();
    }

    @Test
    void errorTypesAndServicePropertiesAreFoundByReflection() {
        Environment environment =
                environment("zk-lb.services.orders.load.error-types=" + UncheckedIOException.class.getName());
        RuntimeHints hints = new RuntimeHints();
        new AheadOfTime(environment).register(hints);
        assertThat(List.of(UncheckedIOException.class, TimeoutException.class, IOException.class))
                .allMatch(
                        type -> RuntimeHintsPredicates.reflection().onType(type).test(hints));
        assertThat(List.of(ServiceProperties.class, ZkLbProperties.class, HttpServiceGroups.Group.class))
                .allMatch(type -> RuntimeHintsPredicates.reflection()
                        .onConstructorInvocation(type.getDeclaredConstructors()[0])
                        .test(hints));
    }

    private void register(String... properties) {
        new AheadOfTime(environment(properties)).postProcessBeanDefinitionRegistry(beans);
    }

    private Stream<String> clients() {
        return Arrays.stream(beans.getBeanNamesForType(LoadBalancerClientSpecification.class))
                .map(name -> beans.getBean(name, LoadBalancerClientSpecification.class)
                        .getName());
    }

    private static BeanDefinition anything() {
        return BeanDefinitionBuilder.genericBeanDefinition(Object.class).getBeanDefinition();
    }

    private static BeanDefinition feignServices() {
        return BeanDefinitionBuilder.genericBeanDefinition(BalancedServices.class, () -> () -> Set.of("of-feign"))
                .getBeanDefinition();
    }

    private static BeanDefinition definition(String name, Class<?> configuration) {
        return BeanDefinitionBuilder.genericBeanDefinition(LoadBalancerClientSpecification.class)
                .addConstructorArgValue(name)
                .addConstructorArgValue(new Class<?>[] {configuration})
                .getBeanDefinition();
    }

    private static Environment environment(String... properties) {
        ConfigurableEnvironment environment = new StandardEnvironment();
        Map<String, Object> values = new LinkedHashMap<>();
        for (String property : properties) {
            values.put(property.substring(0, property.indexOf('=')), property.substring(property.indexOf('=') + 1));
        }
        environment.getPropertySources().addFirst(new MapPropertySource("test", values));
        return environment;
    }
}

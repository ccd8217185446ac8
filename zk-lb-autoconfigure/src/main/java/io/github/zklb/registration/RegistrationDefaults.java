package io.github.zklb.registration;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryProperties;
import org.springframework.cloud.zookeeper.support.StatusConstants;
import org.springframework.core.env.Environment;

/**
 * Gives Spring Cloud Zookeeper's properties of the registration what {@code zk-lb.registration} says. What is set below {@code
 * spring.cloud.zookeeper.discovery} wins.
 */
final class RegistrationDefaults implements BeanPostProcessor {

    private static final String REGISTER = "spring.cloud.zookeeper.discovery.register";
    private static final String INITIAL_STATUS = "spring.cloud.zookeeper.discovery.initial-status";

    private final ObjectProvider<RegistrationProperties> properties;
    private final Environment environment;

    RegistrationDefaults(ObjectProvider<RegistrationProperties> properties, Environment environment) {
        this.properties = properties;
        this.environment = environment;
    }

    /** Whether a registration begins {@code OUT_OF_SERVICE}: it is made by itself, and nobody has said how it is to begin. */
    static boolean beginsOut(RegistrationProperties properties, Environment environment) {
        return properties.enabled()
                && environment.getProperty(REGISTER, Boolean.class, true)
                && !environment.containsProperty(INITIAL_STATUS);
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof ZookeeperDiscoveryProperties springs) {
            RegistrationProperties ours = properties.getObject();
            ours.metadata().forEach(springs.getMetadata()::putIfAbsent);
            if (beginsOut(ours, environment)) {
                springs.setInitialStatus(StatusConstants.STATUS_OUT_OF_SERVICE);
            }
        }
        return bean;
    }
}

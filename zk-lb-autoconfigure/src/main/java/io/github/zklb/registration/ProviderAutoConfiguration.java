package io.github.zklb.registration;

import io.github.zklb.Message;
import io.github.zklb.WarmUp;
import java.time.Duration;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperAutoServiceRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperAutoServiceRegistrationAutoConfiguration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperServiceRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/** Lets an application that Spring Cloud Zookeeper registers join when it is ready, and leave before it stops. */
@AutoConfiguration(after = ZookeeperAutoServiceRegistrationAutoConfiguration.class)
@ConditionalOnClass(ZookeeperAutoServiceRegistration.class)
@ConditionalOnBean({ZookeeperAutoServiceRegistration.class, ZookeeperRegistration.class})
@ConditionalOnBooleanProperty(name = "zk-lb.enabled", matchIfMissing = true)
@EnableConfigurationProperties(RegistrationProperties.class)
public final class ProviderAutoConfiguration {

    private static final Logger log = LoggerFactory.getLogger(ProviderAutoConfiguration.class);

    /** What Spring's TestContext framework adds to the environment of a context. */
    private static final List<String> TEST_SOURCES = List.of("Inlined Test Properties", "test");

    private static final String DEVTOOLS = "org.springframework.boot.devtools.restart.classloader.RestartClassLoader";
    private static final String PHASE_TIMEOUT = "spring.lifecycle.timeout-per-shutdown-phase";

    @Bean
    static RegistrationDefaults zkLbRegistrationDefaults(
            ObjectProvider<RegistrationProperties> properties, Environment environment) {
        return new RegistrationDefaults(properties, environment);
    }

    @Bean
    @ConditionalOnBooleanProperty(
            name = {"zk-lb.registration.enabled", "spring.cloud.zookeeper.discovery.register"},
            matchIfMissing = true)
    ProviderLifecycle zkLbProviderLifecycle(
            RegistrationProperties properties,
            ZookeeperServiceRegistry registry,
            ZookeeperRegistration registration,
            ZookeeperAutoServiceRegistration automatic,
            ObjectProvider<CuratorFramework> client,
            ObjectProvider<WarmUp> warmUps,
            ConfigurableApplicationContext context) {
        ConfigurableEnvironment environment = context.getEnvironment();
        return new ProviderLifecycle(
                context,
                new OwnRegistration(registry, registration, automatic, client.getIfUnique()),
                RegistrationDefaults.beginsOut(properties, environment),
                warmUps.orderedStream().toList(),
                waits(environment, context.getClassLoader()) ? delay(properties, environment) : Duration.ZERO,
                ProviderLifecycle.LONG_WARM_UP);
    }

    /** Nobody waits for a test, for a restart by devtools, or where the server cuts its requests off anyway. */
    static boolean waits(ConfigurableEnvironment environment, @Nullable ClassLoader loader) {
        return TEST_SOURCES.stream().noneMatch(environment.getPropertySources()::contains)
                && (loader == null || !loader.getClass().getName().equals(DEVTOOLS))
                && !"immediate".equalsIgnoreCase(environment.getProperty("server.shutdown"));
    }

    private static Duration delay(RegistrationProperties properties, Environment environment) {
        Duration phase = environment.getProperty(PHASE_TIMEOUT, Duration.class, Duration.ofSeconds(30));
        if (properties.drainDelay().compareTo(phase) >= 0) {
            log.warn(
                    Message.A_DELAY_LONGER_THAN_THE_SHUTDOWN_PHASE.of(
                            "zk-lb.registration.drain-delay is {} ms, and Spring Boot goes on with the shutdown after {} ms: raise {}"
                                    + " above it, or shorten the delay"),
                    properties.drainDelay().toMillis(),
                    phase.toMillis(),
                    PHASE_TIMEOUT);
        }
        return properties.drainDelay();
    }
}

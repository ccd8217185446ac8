package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.DefaultResourceLoader;

/** The defaults that zk-lb sets, each only where it is meant. */
class ZkLbEnvironmentPostProcessorTest {

    private static final String REGISTRATION = "spring.cloud.service-registry.auto-registration.enabled";
    private static final String CACHE = "spring.cloud.loadbalancer.cache.enabled";

    @Test
    void withoutAWebServerTheApplicationDoesNotRegister() {
        assertThat(after(Map.of(), WebServerInitializedEvent.class).getProperty(REGISTRATION))
                .isEqualTo("false");
        assertThat(after(Map.of()).getProperty(REGISTRATION)).isNull();
    }

    @Test
    void theUsersOwnWordCounts() {
        assertThat(after(Map.of(REGISTRATION, "true"), WebServerInitializedEvent.class)
                        .getProperty(REGISTRATION))
                .isEqualTo("true");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zk-lb.enabled",
                "spring.cloud.zookeeper.enabled",
                "spring.cloud.zookeeper.discovery.enabled",
                "spring.cloud.discovery.enabled"
            })
    void whereZooKeeperOrZkLbIsOffNothingIsSet(String off) {
        ConfigurableEnvironment environment = after(Map.of(off, "false"), WebServerInitializedEvent.class);
        assertThat(environment.getPropertySources().contains("zk-lb defaults")).isFalse();
        assertThat(environment.getProperty(REGISTRATION)).isNull();
    }

    @Test
    void springsCacheIsLeftAsItIs() {
        assertThat(after(Map.of()).getProperty(CACHE)).isNull();
    }

    private static ConfigurableEnvironment after(Map<String, Object> properties, Class<?>... missing) {
        ConfigurableEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("users", properties));
        SpringApplication application = new SpringApplication(
                new DefaultResourceLoader(new FilteredClassLoader(missing)), ZkLbEnvironmentPostProcessorTest.class);
        new ZkLbEnvironmentPostProcessor().postProcessEnvironment(environment, application);
        return environment;
    }
}

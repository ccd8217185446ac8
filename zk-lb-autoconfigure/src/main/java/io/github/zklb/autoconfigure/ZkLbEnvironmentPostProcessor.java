package io.github.zklb.autoconfigure;

import java.util.List;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;

/**
 * Sets one of Spring Cloud's defaults to what suits an application that uses zk-lb; the user's own property wins. An
 * application without a web server does not register itself: Spring Cloud Zookeeper would fail on a class of that server
 * which is not there.
 */
final class ZkLbEnvironmentPostProcessor implements EnvironmentPostProcessor {

    private static final List<String> SWITCHES = List.of(
            "zk-lb.enabled",
            "spring.cloud.zookeeper.enabled",
            "spring.cloud.zookeeper.discovery.enabled",
            "spring.cloud.discovery.enabled");
    private static final String REGISTRATION = "spring.cloud.service-registry.auto-registration.enabled";
    private static final String WEB_SERVER_EVENT =
            "org.springframework.boot.web.server.context.WebServerInitializedEvent";

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        // A default that is given to SpringApplication would otherwise come after ours.
        if (SWITCHES.stream().allMatch(name -> environment.getProperty(name, Boolean.class, true))
                && !ClassUtils.isPresent(WEB_SERVER_EVENT, application.getClassLoader())
                && !environment.containsProperty(REGISTRATION)) {
            environment
                    .getPropertySources()
                    .addLast(new MapPropertySource("zk-lb defaults", Map.of(REGISTRATION, false)));
        }
    }
}

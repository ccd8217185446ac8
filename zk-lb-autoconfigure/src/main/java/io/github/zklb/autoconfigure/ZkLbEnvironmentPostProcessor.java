package io.github.zklb.autoconfigure;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;

/**
 * Sets two defaults to what suits an application that uses zk-lb; the user's own property wins.
 *
 * <p>An application without a web server does not register itself: Spring Cloud Zookeeper would fail on a class of that
 * server which is not there. And Spring's cache of instances warns at each start for want of Caffeine, although zk-lb puts
 * no cache around ZooKeeper's list: the logger of that warning alone is silent.
 */
final class ZkLbEnvironmentPostProcessor implements EnvironmentPostProcessor {

    private static final List<String> SWITCHES = List.of(
            "zk-lb.enabled",
            "spring.cloud.zookeeper.enabled",
            "spring.cloud.zookeeper.discovery.enabled",
            "spring.cloud.discovery.enabled");
    private static final String BALANCING = "spring.cloud.zookeeper.loadbalancer.enabled";
    private static final String REGISTRATION = "spring.cloud.service-registry.auto-registration.enabled";
    private static final String WEB_SERVER_EVENT =
            "org.springframework.boot.web.server.context.WebServerInitializedEvent";
    private static final String LEVEL_OF_CAFFEINE_WARNING =
            "logging.level.[org.springframework.cloud.loadbalancer.config.LoadBalancerCacheAutoConfiguration"
                    + "$LoadBalancerCaffeineWarnLogger]";

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        if (!SWITCHES.stream().allMatch(name -> isOn(name, environment))) {
            return;
        }
        Map<String, Object> defaults = new HashMap<>();
        if (!ClassUtils.isPresent(WEB_SERVER_EVENT, application.getClassLoader())) {
            defaults.put(REGISTRATION, false);
        }
        if (isOn(BALANCING, environment)) {
            defaults.put(LEVEL_OF_CAFFEINE_WARNING, "error");
        }
        // A default that is given to SpringApplication would otherwise come after ours.
        defaults.keySet().removeIf(environment::containsProperty);
        environment.getPropertySources().addLast(new MapPropertySource("zk-lb defaults", defaults));
    }

    private static boolean isOn(String name, ConfigurableEnvironment environment) {
        return environment.getProperty(name, Boolean.class, true);
    }
}

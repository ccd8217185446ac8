package io.github.zklb.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;

/**
 * Sets two of Spring Cloud's defaults to what suits an application that uses zk-lb; any property of the user's wins.
 *
 * <ul>
 *   <li>The balancer's own cache is off: the snapshot is the cache, and without Caffeine the stock cache warns at each
 *       start.
 *   <li>An application without a web server does not register itself: Spring Cloud Zookeeper would fail on a class of
 *       that server which is not there.
 * </ul>
 */
final class ZkLbEnvironmentPostProcessor implements EnvironmentPostProcessor {

    private static final String WEB_SERVER_EVENT =
            "org.springframework.boot.web.server.context.WebServerInitializedEvent";

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        if (!environment.getProperty("zk-lb.enabled", Boolean.class, true)) {
            return;
        }
        Map<String, Object> defaults = new LinkedHashMap<>();
        defaults.put("spring.cloud.loadbalancer.cache.enabled", false);
        if (!ClassUtils.isPresent(WEB_SERVER_EVENT, application.getClassLoader())) {
            defaults.put("spring.cloud.service-registry.auto-registration.enabled", false);
        }
        // Those that are given to SpringApplication as its defaults would otherwise come after ours.
        defaults.keySet().removeIf(environment::containsProperty);
        environment.getPropertySources().addLast(new MapPropertySource("zk-lb defaults", defaults));
    }
}

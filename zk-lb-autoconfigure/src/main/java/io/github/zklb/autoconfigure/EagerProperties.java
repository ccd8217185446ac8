package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb} that decide what is loaded before the application is ready.
 *
 * @param eager Ids of the services that are loaded and picked from once before the application is ready, besides those
 *     that Spring's configuration names: eager-load clients, load balancer clients and HTTP service groups.
 * @param eagerTimeout Time for which the start waits for these services, 0s to 10m; then the application starts without
 *     those that are not loaded yet. With 0s it does not wait.
 */
@ConfigurationProperties("zk-lb")
public record EagerProperties(
        @DefaultValue List<String> eager,
        @DefaultValue("5s") Duration eagerTimeout) {

    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** Checks the values. */
    public EagerProperties {
        eager.stream().filter(id -> !isServiceId(id)).findFirst().ifPresent(id -> {
            throw new InvalidSettingException("eager", "a list of service ids, such as orders", "'" + id + "'");
        });
        InvalidSettingException.requireRange("eager-timeout", eagerTimeout, Duration.ZERO, LONGEST);
    }

    /** Whether it may be one; the mistakes are an empty name, and a URL. */
    private static boolean isServiceId(String id) {
        return id.matches("\\S+") && !id.contains("//");
    }
}

package io.github.zklb.autoconfigure.properties;

import static io.github.zklb.InvalidSettingException.requireRange;

import io.github.zklb.InvalidSettingException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb} that hold for the whole application, and the services that have some of their own.
 *
 * @param services Settings for single services, by service id; each overrides the one of the same name below zk-lb.
 * @param eager Ids of the services that are loaded and picked from once before the application is ready, besides those
 *     that Spring's configuration names: eager-load clients, load balancer clients and HTTP service groups.
 * @param eagerTimeout Time for which the start waits for these services, 0s to 10m; then the application starts without
 *     those that are not loaded yet. With 0s it does not wait.
 * @param membership How the application starts.
 * @param policy Where operators write.
 */
@ConfigurationProperties("zk-lb")
public record ZkLbProperties(
        @DefaultValue Map<String, ServiceProperties> services,
        @DefaultValue List<String> eager,
        @DefaultValue("5s") Duration eagerTimeout,
        @DefaultValue Start membership,
        @DefaultValue Operators policy) {

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    /** Checks the values. */
    public ZkLbProperties {
        eager.stream().filter(id -> !isServiceId(id)).findFirst().ifPresent(id -> {
            throw new InvalidSettingException("eager", "a list of service ids, such as orders", "'" + id + "'");
        });
        requireRange("eager-timeout", eagerTimeout, Duration.ZERO, LONGEST_WAIT);
        requireRange("membership.fail-fast-timeout", membership.failFastTimeout, Duration.ZERO, LONGEST_WAIT);
        requireRange("membership.idle-timeout", membership.idleTimeout, Duration.ofSeconds(1), Duration.ofDays(1));
    }

    /** Whether it may be one; the mistakes are an empty name, and a URL. */
    private static boolean isServiceId(String id) {
        return id.matches("\\S+") && !id.contains("//");
    }

    /**
     * The properties below {@code zk-lb.policy} that hold for all services.
     *
     * @param root Path in ZooKeeper below which operators write what the applications heed; not below the discovery root.
     * @param writableServices Ids of the services whose overlays may be written through this application's actuator
     *     endpoint zklboverlays, with the rights that the application has in ZooKeeper.
     */
    public record Operators(
            @DefaultValue("/zk-lb") String root,
            @DefaultValue Set<String> writableServices) {}

    /**
     * The properties below {@code zk-lb.membership} that hold for all services.
     *
     * @param storeDirectory Directory in which the last instances of each service are kept, for a start while ZooKeeper is
     *     away; nothing is kept unless it is set.
     * @param failFast Whether the application refuses to start when ZooKeeper does not answer.
     * @param failFastTimeout Time for which a start with fail-fast waits for ZooKeeper's answer, 0s to 10m.
     * @param idleTimeout Time after which a service is forgotten that ZooKeeper does not know and nobody calls, 1s to 24h.
     */
    public record Start(
            @Nullable Path storeDirectory,
            @DefaultValue("false") boolean failFast,
            @DefaultValue("10s") Duration failFastTimeout,
            @DefaultValue("5m") Duration idleTimeout) {}
}

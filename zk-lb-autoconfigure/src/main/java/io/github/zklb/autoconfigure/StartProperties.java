package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.membership} that decide how an application starts; they hold for all services.
 *
 * @param storeDirectory Directory in which the last instances of each service are kept, for a start while ZooKeeper is
 *     away; nothing is kept unless it is set.
 * @param failFast Whether the application refuses to start when ZooKeeper does not answer.
 * @param failFastTimeout Time for which a start with fail-fast waits for ZooKeeper's answer, 0s to 10m.
 */
@ConfigurationProperties("zk-lb.membership")
public record StartProperties(
        @Nullable Path storeDirectory,
        @DefaultValue("false") boolean failFast,
        @DefaultValue("10s") Duration failFastTimeout) {

    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** Checks the values. */
    public StartProperties {
        if (failFastTimeout.isNegative() || failFastTimeout.compareTo(LONGEST) > 0) {
            throw new InvalidSettingException("membership.fail-fast-timeout", "0s..10m", failFastTimeout);
        }
    }
}

package io.github.zklb.autoconfigure.properties;

import io.github.zklb.policy.OverlaySettings;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.policy} that a service may have of its own.
 *
 * @param enabled Whether overlays and policies that operators write into ZooKeeper are heeded.
 * @param maxTtl Longest time from an overlay's writing to its expiry, 1s to 365d; one that is to last longer is invalid.
 * @param maxDrainedPercent Part of the weight of the instances that serve, in a hundred, that overlays may take away together,
 *     0 to 100, unless an overlay overrides this.
 */
public record PolicyProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("24h") Duration maxTtl,
        @DefaultValue("50") int maxDrainedPercent) {

    OverlaySettings toSettings() {
        return new OverlaySettings(enabled, maxTtl, maxDrainedPercent);
    }
}

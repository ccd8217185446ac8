package io.github.zklb.policy;

import io.github.zklb.InvalidSettingException;
import java.time.Duration;

/**
 * How far a client heeds operators' overlays.
 *
 * @param enabled whether it heeds them at all
 * @param maxTtl the longest time from an overlay's writing to its expiry; what is to last longer is invalid
 * @param maxDrainedPercent how much of the weight of the endpoints that serve overlays may take away together, 0 to 100
 */
public record OverlaySettings(boolean enabled, Duration maxTtl, int maxDrainedPercent) {

    /** Overlays of up to a day, which drain up to a half. */
    public static final OverlaySettings DEFAULTS = new OverlaySettings(true, Duration.ofHours(24), 50);

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public OverlaySettings {
        InvalidSettingException.requireRange("policy.max-ttl", maxTtl, Duration.ofSeconds(1), Duration.ofDays(365));
        InvalidSettingException.requireRange("policy.max-drained-percent", maxDrainedPercent, 0, 100);
    }
}

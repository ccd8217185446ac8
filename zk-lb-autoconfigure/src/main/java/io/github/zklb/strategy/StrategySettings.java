package io.github.zklb.strategy;

import java.util.Objects;

/**
 * The settings of all built-in strategies; each looks at its own.
 *
 * @param consistentHash how consistent hashing maps keys to endpoints
 */
public record StrategySettings(ConsistentHashSettings consistentHash) {

    /** What holds unless the user says otherwise. */
    public static final StrategySettings DEFAULTS = new StrategySettings(ConsistentHashSettings.DEFAULTS);

    /** Refuses null. */
    public StrategySettings {
        Objects.requireNonNull(consistentHash, "consistentHash");
    }
}

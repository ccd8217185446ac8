package io.github.zklb.strategy;

import java.util.Objects;

/**
 * The settings of all built-in strategies; each looks at its own.
 *
 * @param consistentHash how consistent hashing maps keys to endpoints
 * @param leastRequest among how many endpoints {@code least-request} chooses
 */
public record StrategySettings(ConsistentHashSettings consistentHash, LeastRequestSettings leastRequest) {

    /** What holds unless the user says otherwise. */
    public static final StrategySettings DEFAULTS = new StrategySettings(ConsistentHashSettings.DEFAULTS);

    /** Refuses null. */
    public StrategySettings {
        Objects.requireNonNull(consistentHash, "consistentHash");
        Objects.requireNonNull(leastRequest, "leastRequest");
    }

    /**
     * With the defaults for the other strategies.
     *
     * @param consistentHash how consistent hashing maps keys to endpoints
     */
    public StrategySettings(ConsistentHashSettings consistentHash) {
        this(consistentHash, LeastRequestSettings.DEFAULTS);
    }
}

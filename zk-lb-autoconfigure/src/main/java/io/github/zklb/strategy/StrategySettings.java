package io.github.zklb.strategy;

import io.github.zklb.InvalidSettingException;

/**
 * The settings of all built-in strategies; each looks at its own.
 *
 * @param consistentHash how consistent hashing maps keys to endpoints
 * @param choiceCount among how many endpoints a pick of {@code least-request} chooses the best, 2 to 100: more follow the
 *     loads more closely, and make clients that see the same loads agree on the same endpoint
 * @param maxWeightRatio how many times the lower median of the weights any weight counts for at most, 1 to 1,000,000
 */
public record StrategySettings(ConsistentHashSettings consistentHash, int choiceCount, int maxWeightRatio) {

    /** What holds unless the user says otherwise. */
    public static final StrategySettings DEFAULTS = new StrategySettings(ConsistentHashSettings.DEFAULTS);

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a number is out of range
     */
    public StrategySettings {
        InvalidSettingException.requireRange("least-request.choice-count", choiceCount, 2, 100);
        InvalidSettingException.requireRange("weight.max-ratio", maxWeightRatio, 1, 1_000_000);
    }

    /**
     * With the defaults for the other strategies.
     *
     * @param consistentHash how consistent hashing maps keys to endpoints
     */
    public StrategySettings(ConsistentHashSettings consistentHash) {
        this(consistentHash, 2, 100);
    }
}

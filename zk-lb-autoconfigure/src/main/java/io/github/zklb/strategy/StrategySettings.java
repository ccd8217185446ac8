package io.github.zklb.strategy;

import io.github.zklb.InvalidSettingException;

/**
 * The settings of all built-in strategies; each looks at its own.
 *
 * @param consistentHash how consistent hashing maps keys to endpoints
 * @param choiceCount among how many endpoints a pick of {@code least-request} chooses the best, 2 to 100: more follow the
 *     loads more closely, and make clients that see the same loads agree on the same endpoint
 */
public record StrategySettings(ConsistentHashSettings consistentHash, int choiceCount) {

    /** What holds unless the user says otherwise. */
    public static final StrategySettings DEFAULTS = new StrategySettings(ConsistentHashSettings.DEFAULTS);

    /**
     * Checks the range.
     *
     * @throws InvalidSettingException if the number is out of range
     */
    public StrategySettings {
        InvalidSettingException.requireRange("least-request.choice-count", choiceCount, 2, 100);
    }

    /**
     * With the defaults for the other strategies.
     *
     * @param consistentHash how consistent hashing maps keys to endpoints
     */
    public StrategySettings(ConsistentHashSettings consistentHash) {
        this(consistentHash, 2);
    }
}

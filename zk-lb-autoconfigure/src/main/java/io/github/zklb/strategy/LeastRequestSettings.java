package io.github.zklb.strategy;

import io.github.zklb.InvalidSettingException;

/**
 * How {@code least-request} makes its choice.
 *
 * @param choiceCount among how many endpoints a pick chooses the best, 2 to {@value #MAX_CHOICE_COUNT}: more follow the
 *     loads more closely, and make clients that see the same loads agree on the same endpoint
 */
public record LeastRequestSettings(int choiceCount) {

    /** The greatest {@code choiceCount}. */
    public static final int MAX_CHOICE_COUNT = 100;

    /** Two choices. */
    public static final LeastRequestSettings DEFAULTS = new LeastRequestSettings(2);

    /**
     * Checks the range.
     *
     * @throws InvalidSettingException if the number is out of range
     */
    public LeastRequestSettings {
        InvalidSettingException.requireRange("least-request.choice-count", choiceCount, 2, MAX_CHOICE_COUNT);
    }
}

package io.github.zklb.strategy;

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
     * @throws IllegalArgumentException if the number is out of range; the message names its property
     */
    public LeastRequestSettings {
        if (choiceCount < 2 || choiceCount > MAX_CHOICE_COUNT) {
            throw new IllegalArgumentException(
                    "zk-lb.least-request.choice-count must be 2.." + MAX_CHOICE_COUNT + " but was " + choiceCount);
        }
    }
}

package io.github.zklb.membership;

import static io.github.zklb.InvalidSettingException.requireRange;

import java.time.Duration;

/**
 * When endpoints that lose their registrations are held, and for how long.
 *
 * @param enabled whether to hold anything at all
 * @param threshold the share of the endpoints that serve, 0 to 1, that must remain for a loss to be an ordinary one
 * @param window the time within which endpoints that go count as one loss
 * @param gracePeriod the time after which ZooKeeper's word is adopted, counted while ZooKeeper is connected
 * @param maxDuration the longest time that a hold lasts, counted in the same way
 * @param whenEmpty how long endpoints are held while none that is registered serves
 * @param probe whether connections are opened to what is held; if not, calls alone tell
 */
public record HoldSettings(
        boolean enabled,
        double threshold,
        Duration window,
        Duration gracePeriod,
        Duration maxDuration,
        WhenEmpty whenEmpty,
        boolean probe) {

    /** How long endpoints are held while none that is registered serves. */
    public enum WhenEmpty {
        /** Until each is known to be dead: the grace period does not count. */
        UNTIL_DEAD,
        /** For the grace period, as otherwise. */
        GRACE_PERIOD
    }

    private static final Duration LONGEST = Duration.ofDays(1);

    /** The loss of more than half within 30 s is held for 30 s, that of all for up to an hour. */
    public static final HoldSettings DEFAULTS = new HoldSettings(
            true, 0.5, Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofHours(1), WhenEmpty.UNTIL_DEAD, true);

    /**
     * Checks the ranges.
     *
     * @throws io.github.zklb.InvalidSettingException if a value is out of range
     */
    public HoldSettings {
        requireRange("membership.hold.threshold", threshold, 0, 1);
        requireRange("membership.hold.window", window, Duration.ZERO, LONGEST);
        requireRange("membership.hold.grace-period", gracePeriod, Duration.ZERO, LONGEST);
        requireRange("membership.hold.max-duration", maxDuration, Duration.ZERO, LONGEST);
    }

    boolean countsGrace(boolean anyServes) {
        return anyServes || whenEmpty == WhenEmpty.GRACE_PERIOD;
    }
}

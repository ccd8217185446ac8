package io.github.zklb.zookeeper;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.resilience.LossGuard;
import java.time.Duration;

/**
 * How the membership of a service is kept.
 *
 * @param resyncInterval the time between two complete readings when nothing seems to change; jittered by a fifth
 * @param removalDelay the time for which a registration that goes may come back under the same id unnoticed
 * @param readTimeout the time without any answer after which a reading is given up
 * @param lossGuard when endpoints that go in a mass are held for a while
 * @param allowed the hosts and ports that a registration may name
 */
public record MembershipSettings(
        Duration resyncInterval,
        Duration removalDelay,
        Duration readTimeout,
        LossGuard.Settings lossGuard,
        AllowList allowed) {

    /** A resync each minute, a removal delay of 250 ms, a read time-out of 10 s, the loss guard on. */
    public static final MembershipSettings DEFAULTS = new MembershipSettings(
            Duration.ofSeconds(60), Duration.ofMillis(250), Duration.ofSeconds(10), LossGuard.Settings.DEFAULTS);

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public MembershipSettings {
        requireRange(resyncInterval, "resync-interval", Duration.ofSeconds(1), Duration.ofDays(1));
        requireRange(removalDelay, "removal-delay", Duration.ZERO, Duration.ofMinutes(1));
        requireRange(readTimeout, "read-timeout", Duration.ofMillis(100), Duration.ofMinutes(5));
    }

    /** Settings that allow every host and port. */
    public MembershipSettings(
            Duration resyncInterval, Duration removalDelay, Duration readTimeout, LossGuard.Settings lossGuard) {
        this(resyncInterval, removalDelay, readTimeout, lossGuard, AllowList.EVERYTHING);
    }

    private static void requireRange(Duration value, String property, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new InvalidSettingException("membership." + property, text(least) + ".." + text(most), text(value));
        }
    }

    private static String text(Duration value) {
        return value.toMillis() % 1_000 == 0 ? value.toSeconds() + "s" : value.toMillis() + "ms";
    }
}

package io.github.zklb.membership;

import static io.github.zklb.InvalidSettingException.requireRange;

import io.github.zklb.codec.AllowList;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the membership of a service is kept.
 *
 * @param resyncInterval the time after which the list of a service is verified when nothing seems to change; jittered by a
 *     fifth
 * @param verifyInterval the time within which each node's content is, or null for one that follows from the number of
 *     nodes
 * @param reconnectSpread the longest time over which the readings after a reconnection are spread
 * @param removalDelay the time for which a registration that goes may come back under the same id unnoticed
 * @param readTimeout the time without any answer after which a reading is given up
 * @param allowed the hosts and ports that a registration may name, and what counts at all
 */
public record MembershipSettings(
        Duration resyncInterval,
        @Nullable Duration verifyInterval,
        Duration reconnectSpread,
        Duration removalDelay,
        Duration readTimeout,
        AllowList allowed) {

    private static final Duration VERIFY_FEW = Duration.ofMinutes(2);
    private static final Duration VERIFY_MANY = Duration.ofMinutes(10);
    private static final int FEW = 100;

    /** A resync each minute, a removal delay of 250 ms and a read time-out of 10 s. */
    public static final MembershipSettings DEFAULTS = new MembershipSettings(
            Duration.ofSeconds(60),
            null,
            Duration.ofSeconds(15),
            Duration.ofMillis(250),
            Duration.ofSeconds(10),
            AllowList.EVERYTHING);

    /**
     * Checks the ranges.
     *
     * @throws io.github.zklb.InvalidSettingException if a value is out of range
     */
    public MembershipSettings {
        requireRange("membership.resync-interval", resyncInterval, Duration.ofSeconds(1), Duration.ofDays(1));
        if (verifyInterval != null) {
            requireRange("membership.verify-interval", verifyInterval, Duration.ofSeconds(1), Duration.ofDays(1));
        }
        requireRange("membership.reconnect-spread", reconnectSpread, Duration.ZERO, Duration.ofMinutes(5));
        requireRange("membership.removal-delay", removalDelay, Duration.ZERO, Duration.ofMinutes(1));
        requireRange("membership.read-timeout", readTimeout, Duration.ofMillis(100), Duration.ofMinutes(5));
    }

    /** The time within which each node's content is verified if the service has so many. */
    Duration verifyInterval(int nodes) {
        if (verifyInterval != null) {
            return verifyInterval;
        }
        return nodes <= FEW ? VERIFY_FEW : VERIFY_MANY;
    }
}

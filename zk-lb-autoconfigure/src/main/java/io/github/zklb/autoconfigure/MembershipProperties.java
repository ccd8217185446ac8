package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.LossGuard;
import io.github.zklb.membership.MembershipSettings;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.membership}.
 *
 * @param resyncInterval Time between two complete readings of a service while nothing seems to change, 1s to 24h.
 * @param removalDelay Time for which a registration that goes may come back unnoticed, 0s to 60s. Curator deletes and
 *     creates a registration again at each reconnect.
 * @param readTimeout Time without an answer of ZooKeeper after which a reading is given up and tried again, 100ms to
 *     5m.
 * @param firstLoadTimeout Time for which the first calls to a service wait for ZooKeeper's first answer, 0s to 5m,
 *     counted from the first of them.
 * @param lossGuard Guard against the sudden loss of most of a service.
 * @param allowedHosts Hosts that a registration may name, all if empty: IP addresses, CIDRs such as 10.0.0.0/8, and
 *     host names such as example.org, each with all names below it. A registration of another host is skipped.
 * @param allowedPorts Ports that a registration may name, all if empty: numbers and ranges such as 8000-8099. A
 *     registration of another port is skipped.
 */
public record MembershipProperties(
        @DefaultValue("60s") Duration resyncInterval,
        @DefaultValue("250ms") Duration removalDelay,
        @DefaultValue("10s") Duration readTimeout,
        @DefaultValue("2s") Duration firstLoadTimeout,
        @NestedConfigurationProperty @DefaultValue LossGuardProperties lossGuard,
        @DefaultValue List<String> allowedHosts,
        @DefaultValue List<String> allowedPorts) {

    private static final Duration LONGEST_FIRST_LOAD = Duration.ofMinutes(5);

    /** Checks the values. */
    public MembershipProperties {
        settings(resyncInterval, removalDelay, readTimeout, lossGuard, allowedHosts, allowedPorts);
        if (firstLoadTimeout.isNegative() || firstLoadTimeout.compareTo(LONGEST_FIRST_LOAD) > 0) {
            throw new InvalidSettingException("membership.first-load-timeout", "0s..5m", firstLoadTimeout);
        }
    }

    MembershipSettings toSettings() {
        return settings(resyncInterval, removalDelay, readTimeout, lossGuard, allowedHosts, allowedPorts);
    }

    private static MembershipSettings settings(
            Duration resyncInterval,
            Duration removalDelay,
            Duration readTimeout,
            LossGuardProperties lossGuard,
            List<String> allowedHosts,
            List<String> allowedPorts) {
        return new MembershipSettings(
                resyncInterval,
                removalDelay,
                readTimeout,
                lossGuard.toSettings(),
                AllowList.of(allowedHosts, allowedPorts));
    }

    /**
     * The properties below {@code zk-lb.membership.loss-guard}.
     *
     * @param enabled Whether instances that go in a mass are still served for a while.
     * @param threshold Share of the instances, 0 to 1, that must stay for a loss to be taken at its word.
     * @param minimumEndpoints Number of instances from which on a service is guarded, at least 1.
     * @param window Time within which instances that go count as one loss, 0s to 24h.
     * @param gracePeriod Time after which ZooKeeper's word is adopted whatever it is, 0s to 24h.
     */
    public record LossGuardProperties(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("0.5") double threshold,
            @DefaultValue("4") int minimumEndpoints,
            @DefaultValue("30s") Duration window,
            @DefaultValue("30s") Duration gracePeriod) {

        /** Checks the values. */
        public LossGuardProperties {
            new LossGuard.Settings(enabled, threshold, minimumEndpoints, window, gracePeriod);
        }

        LossGuard.Settings toSettings() {
            return new LossGuard.Settings(enabled, threshold, minimumEndpoints, window, gracePeriod);
        }
    }
}

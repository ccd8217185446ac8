package io.github.zklb.autoconfigure.properties;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.membership.MembershipSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.membership} that a service may have of its own.
 *
 * @param resyncInterval Time after which the list of a service's instances is verified while nothing seems to change,
 *     by one request, 1s to 24h.
 * @param verifyInterval Time within which the registration of each instance is read again while nothing seems to
 *     change, some at a time, 1s to 24h. Without it 2m up to 100 instances, and 10m above.
 * @param reconnectSpread Longest time over which the readings after a reconnection are spread, those of overlays and
 *     policies too, 0s to 5m; a service of up to 100 instances is read at once if it is the only one.
 * @param removalDelay Time for which a registration that goes may come back unnoticed, 0s to 60s. Curator deletes and
 *     creates a registration again at each reconnect.
 * @param readTimeout Time without an answer of ZooKeeper after which a reading is given up and tried again, 100ms to
 *     5m.
 * @param firstLoadTimeout Time for which the first calls to a service wait for ZooKeeper's first answer, overlays and
 *     policy included, 0s to 5m, counted from the first of them.
 * @param hold When instances that lose their registrations are still served.
 * @param allowedHosts Hosts that a registration may name, all if empty: IP addresses, CIDRs such as 10.0.0.0/8, and
 *     host names such as example.org, each with all names below it. A registration of another host is skipped.
 * @param allowedPorts Ports that a registration may name, all if empty: numbers and ranges such as 8000-8099. A
 *     registration of another port is skipped.
 * @param ignore Metadata by which a registration is not meant for this application, as a key or as key=value. Instances
 *     of Dubbo, which register below the same path, have the default.
 */
public record MembershipProperties(
        @DefaultValue("60s") Duration resyncInterval,
        @Nullable Duration verifyInterval,
        @DefaultValue("15s") Duration reconnectSpread,
        @DefaultValue("250ms") Duration removalDelay,
        @DefaultValue("10s") Duration readTimeout,
        @DefaultValue("2s") Duration firstLoadTimeout,
        @DefaultValue Hold hold,
        @DefaultValue List<String> allowedHosts,
        @DefaultValue List<String> allowedPorts,
        @DefaultValue("dubbo.endpoints") List<String> ignore) {

    public MembershipSettings toSettings(Predicate<Endpoint> filter) {
        AllowList allowed =
                AllowList.of(allowedHosts, allowedPorts).ignoring(ignore).filtered(filter);
        return new MembershipSettings(
                resyncInterval, verifyInterval, reconnectSpread, removalDelay, readTimeout, allowed);
    }

    /**
     * The properties below {@code zk-lb.membership.hold}.
     *
     * @param enabled Whether instances that lose their registrations in a mass are still served, as far as they are alive.
     * @param threshold Share of the instances that serve, 0 to 1, that must stay for a loss to be taken at its word.
     * @param window Time within which instances that go count as one loss, 0s to 24h.
     * @param gracePeriod Time after which ZooKeeper's word is adopted whatever it is, 0s to 24h; counted while ZooKeeper is
     *     connected.
     * @param maxDuration Longest time for which instances are held when none is registered, 0s to 24h; counted while
     *     ZooKeeper is connected.
     * @param whenEmpty How long instances are held when none that is registered serves: until-dead, as long as they answer,
     *     or grace-period.
     * @param probe Whether TCP connections are opened to instances that are held, to see whether they are alive. Without
     *     them calls alone tell: for a sidecar or a virtual address that accepts for everyone.
     */
    public record Hold(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("0.5") double threshold,
            @DefaultValue("30s") Duration window,
            @DefaultValue("30s") Duration gracePeriod,
            @DefaultValue("1h") Duration maxDuration,
            @DefaultValue("until-dead") HoldSettings.WhenEmpty whenEmpty,
            @DefaultValue("true") boolean probe) {

        HoldSettings toSettings() {
            return new HoldSettings(enabled, threshold, window, gracePeriod, maxDuration, whenEmpty, probe);
        }
    }
}

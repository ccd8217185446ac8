package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.engine.Digest;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.policy.KnownPolicy;
import io.github.zklb.policy.PolicyNode;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Zones;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What zk-lb knows and does of one service, at one moment.
 *
 * @param schema the version of this form
 * @param service the service's id, as callers name it
 * @param membership what ZooKeeper says; null for a service that comes from elsewhere
 * @param strategy how endpoints are chosen
 * @param zone whether requests keep to the caller's zone, how, or why not
 * @param routes which requests go to which endpoints; empty without routes
 * @param overlays what operators have set, whether it is in effect or not
 * @param policy what the service's owner has set for all clients; null without
 * @param loadReport whether endpoints have their shares by what they report of their load, or why not; null if they are not asked
 * @param digest equal at clients that give each key the same place
 * @param matching how many endpoints there are to show
 * @param endpoints those of them that are shown, in the order of their addresses
 */
public record ServiceDescription(
        int schema,
        String service,
        @Nullable MembershipDescription membership,
        StrategyDescription strategy,
        Zones.State zone,
        List<RouteDescription> routes,
        List<OverlayDescription> overlays,
        @Nullable PolicyDescription policy,
        @Nullable LoadReportDescription loadReport,
        Digest digest,
        int matching,
        List<EndpointDescription> endpoints) {

    /**
     * The most important of a service.
     *
     * @param service the service's id
     * @param state how the endpoints relate to ZooKeeper's own content; null for a service that comes from elsewhere
     * @param strategy the name of the strategy
     * @param known how many endpoints there are
     * @param serving how many of them may be given to requests
     * @param digest equal at clients that give each key the same place
     */
    public record Overview(
            String service, Membership.@Nullable State state, String strategy, int known, int serving, Digest digest) {}

    /**
     * What ZooKeeper says of a service.
     *
     * @param state how the endpoints relate to ZooKeeper's own content
     * @param since when the state began
     * @param ageMs how long ago that is, in milliseconds
     * @param cause what is the case, and the remedy
     * @param known how many endpoints there are
     * @param serving how many of them may be given to requests
     * @param held how many of them are not registered any more
     * @param invalidNodes how many nodes have no valid content, or cannot be read
     */
    public record MembershipDescription(
            Membership.State state,
            Instant since,
            long ageMs,
            String cause,
            int known,
            int serving,
            int held,
            int invalidNodes) {}

    /**
     * The policy of the service.
     *
     * @param node the path of its node in ZooKeeper
     * @param version how many times the node was written since it was created
     * @param writtenAt when it was written last, by ZooKeeper's clock
     * @param entry what counts of it; null if nothing does
     * @param origins what sets each of the settings that it says: it does, unless something else goes before it
     * @param because why the node's present content does not count; null if it does
     */
    public record PolicyDescription(
            String node,
            int version,
            Instant writtenAt,
            PolicyNode.@Nullable Entry entry,
            Map<String, String> origins,
            @Nullable String because) {

        static @Nullable PolicyDescription of(
                KnownPolicy.@Nullable Known known, Function<String, @Nullable String> origin) {
            if (known == null) {
                return null;
            }
            PolicyNode node = known.node();
            Map<String, String> origins = new LinkedHashMap<>();
            if (known.entry() != null) {
                known.entry().names().forEach(name -> origins.put(name, String.valueOf(origin.apply(name))));
            }
            return new PolicyDescription(
                    node.path(), node.version(), node.writtenAt(), known.entry(), origins, known.because());
        }
    }

    /**
     * What is to be shown of the endpoints.
     *
     * @param state only those in this state; null for all
     * @param offset the number of the first, from 0
     * @param limit how many at most
     * @param shown what is shown of an endpoint's metadata, by key and value
     */
    record View(@Nullable String state, int offset, int limit, BiFunction<String, String, @Nullable Object> shown) {}

    static Overview overview(ServiceEngine engine) {
        Published now = engine.snapshots().published();
        Membership membership = membership(engine, now);
        return new Overview(
                engine.serviceId(),
                membership == null ? null : membership.state(),
                now.settings().strategy(),
                now.known().size(),
                now.candidates().hosts().size(),
                now.digest());
    }

    static ServiceDescription of(ServiceEngine engine, SettingOrigins origins, Instant now, View view) {
        Published published = engine.snapshots().published();
        Function<String, @Nullable String> origin =
                setting -> origins.of(engine.serviceId(), published.overlays().layers(), setting);
        Predicate<Endpoint> wanted = each -> view.state == null
                || view.state.equalsIgnoreCase(EndpointDescription.stateOf(each, published.candidates()));
        List<Endpoint> matching =
                published.known().endpoints().stream().filter(wanted).toList();
        return new ServiceDescription(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                membership(engine, published, now),
                StrategyDescription.of(published.settings(), origin),
                published.zones(),
                RouteDescription.of(published.settings().routes(), published.snapshot()),
                OverlayDescription.of(published),
                PolicyDescription.of(published.overlays().policy(), origin),
                LoadReportDescription.of(published, engine.reporting()),
                published.digest(),
                matching.size(),
                EndpointDescription.of(
                        matching.stream().skip(view.offset).limit(view.limit).toList(),
                        published,
                        engine,
                        now,
                        view.shown));
    }

    /** Before the registry's first answer, what it says of that; null for a service that comes from elsewhere. */
    private static @Nullable Membership membership(ServiceEngine engine, Published published) {
        return published.membership() == null ? engine.known() : published.membership();
    }

    private static @Nullable MembershipDescription membership(ServiceEngine engine, Published published, Instant now) {
        ServiceMembership membership = engine.membership();
        Membership current = membership(engine, published);
        if (membership == null || current == null) {
            return null;
        }
        Candidates candidates = published.candidates();
        return new MembershipDescription(
                current.state(),
                current.since().truncatedTo(ChronoUnit.MILLIS),
                Math.max(0, Duration.between(current.since(), now).toMillis()),
                current.cause(),
                published.known().size(),
                candidates.hosts().size(),
                candidates.count(Reason.HELD) + candidates.count(Reason.HELD_DEMOTED),
                membership.invalidNodes());
    }
}

package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.engine.Digest;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Zones;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        Digest digest,
        int matching,
        List<EndpointDescription> endpoints) {

    /** The state of an endpoint that is given its whole share. */
    private static final String SERVING = "SERVING";

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
     * How endpoints are chosen.
     *
     * @param name the strategy's name
     * @param settings the settings that it reads
     */
    public record StrategyDescription(String name, Map<String, Object> settings) {}

    /**
     * One endpoint.
     *
     * @param address its host and port
     * @param id the id of its registration
     * @param zone the zone that its registration names, if any
     * @param version the version that its registration names, if any
     * @param weight the weight that its registration declares
     * @param state the most important of the reasons; {@value #SERVING} without any
     * @param because why it is not given its whole share
     * @param tier the row of endpoints it is in: a request comes to it when all of the rows before were tried; null if it is
     *     in none
     * @param acceptance the part of its share that it is given at present, from 0 to 1
     * @param share the part of the traffic that it is to have, and the part that it has had
     * @param picks the calls of this client to it, those in flight included, since it is known or was ejected last
     * @param errors how many of them failed
     * @param inFlight the requests that have been sent to it and have not ended
     * @param latencyMs the time in milliseconds that a response of it is expected to take; 0 if that is not known
     */
    public record EndpointDescription(
            String address,
            String id,
            @Nullable String zone,
            @Nullable String version,
            Number weight,
            String state,
            Set<Reason> because,
            @Nullable Integer tier,
            double acceptance,
            ShareDescription share,
            long picks,
            long errors,
            int inFlight,
            double latencyMs) {}

    /**
     * Parts of the traffic of a service, from 0 to 1.
     *
     * @param expected what the strategy gives to the endpoint, if loads are equal and keys are many; null if that cannot be told
     *     without picking
     * @param observed its part of the picks of all endpoints; null before the first
     */
    public record ShareDescription(
            @Nullable Double expected, @Nullable Double observed) {}

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

    static ServiceDescription of(ServiceEngine engine, Instant now, @Nullable String state, int offset, int limit) {
        Published published = engine.snapshots().published();
        Candidates candidates = published.candidates();
        Set<Endpoint> passed = Collections.newSetFromMap(new IdentityHashMap<>());
        passed.addAll(candidates.hosts().endpoints());
        Predicate<Endpoint> wanted = each -> state == null || state.equalsIgnoreCase(stateOf(each, candidates));
        List<Endpoint> matching =
                published.known().endpoints().stream().filter(wanted).toList();
        Map<String, Double> shares = Explanation.expectedShares(published);
        long picks = published.known().endpoints().stream()
                .mapToLong(each -> picks(engine.loads().of(each)))
                .sum();
        return new ServiceDescription(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                membership(engine, published, now),
                strategy(published.settings()),
                engine.zones(),
                RouteDescription.of(published.settings().routes(), published.snapshot()),
                published.digest(),
                matching.size(),
                matching.stream()
                        .skip(offset)
                        .limit(limit)
                        .map(each -> endpoint(
                                each, published, passed.contains(each), share(each, shares, picks, engine), engine))
                        .toList());
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

    private static StrategyDescription strategy(EngineSettings settings) {
        Map<String, Object> read = new LinkedHashMap<>();
        if (settings.strategy().equals(ConsistentHashSettings.STRATEGY)) {
            ConsistentHashSettings hashing = settings.strategySettings().consistentHash();
            read.put("key", settings.keySources());
            read.put("algorithm", hashing.algorithm());
            read.put("virtualNodes", hashing.virtualNodes());
            read.put("tableSize", hashing.tableSize());
            read.put("boundedLoad", hashing.boundedLoad());
            read.put("replicas", hashing.replicas());
            read.put("identity", hashing.identity());
            read.put("whenMissing", hashing.whenMissing());
        } else if (settings.strategy().equals("least-request")) {
            read.put("choiceCount", settings.strategySettings().choiceCount());
        }
        read.values().removeIf(value -> value == null);
        return new StrategyDescription(settings.strategy(), read);
    }

    private static String stateOf(Endpoint endpoint, Candidates candidates) {
        Reason reason = candidates.state(endpoint);
        return reason == null ? SERVING : reason.name();
    }

    private static ShareDescription share(
            Endpoint endpoint, @Nullable Map<String, Double> shares, long picks, ServiceEngine engine) {
        return new ShareDescription(
                shares == null ? null : Explanation.rounded(shares.getOrDefault(endpoint.address(), 0.0)),
                picks == 0
                        ? null
                        : Explanation.rounded((double) picks(engine.loads().of(endpoint)) / picks));
    }

    private static long picks(CallLoad load) {
        return load.history().successes() + load.history().failures() + load.inFlight();
    }

    private static EndpointDescription endpoint(
            Endpoint endpoint, Published published, boolean passed, ShareDescription share, ServiceEngine engine) {
        Candidates candidates = published.candidates();
        CallLoad load = engine.loads().of(endpoint);
        Set<Reason> because = candidates.reasons().getOrDefault(endpoint, EnumSet.noneOf(Reason.class));
        return new EndpointDescription(
                endpoint.address(),
                endpoint.id(),
                endpoint.metadata().get(published.settings().zone().metadataKey()),
                endpoint.metadata().get("version"),
                endpoint.weight(),
                stateOf(endpoint, candidates),
                because,
                passed ? candidates.tier(endpoint) : null,
                passed ? candidates.acceptance().of(endpoint) : 0,
                share,
                picks(load),
                load.history().failures(),
                load.inFlight(),
                load.latency() / Duration.ofMillis(1).toNanos());
    }
}

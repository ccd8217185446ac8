package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Ejections;
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
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint of a service.
 *
 * @param address its host and port
 * @param id the id of its registration
 * @param zone the zone that its registration names, if any
 * @param version the version that its registration names, if any
 * @param metadata what else its registration says; the values as far as they may be shown
 * @param weight the weight that its registration declares, and what becomes of it
 * @param state the most important of the reasons; {@value #SERVING} without any
 * @param because why it is not given its whole share
 * @param ejection since when and until when it is ejected, be it that this is ignored; null if it is not
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
        Map<String, @Nullable Object> metadata,
        WeightDescription weight,
        String state,
        Set<Reason> because,
        @Nullable Ejection ejection,
        @Nullable Integer tier,
        double acceptance,
        ShareDescription share,
        long picks,
        long errors,
        int inFlight,
        double latencyMs) {

    /** The state of an endpoint that is given its whole share. */
    private static final String SERVING = "SERVING";

    private static final String VERSION = "version";
    private static final String WEIGHT = "weight";

    /**
     * Parts of the traffic of a service, from 0 to 1.
     *
     * @param expected what the strategy gives to the endpoint, if loads are equal and keys are many; null if that cannot be told
     *     without picking
     * @param observed its part of the picks of all endpoints; null before the first
     */
    public record ShareDescription(
            @Nullable Double expected, @Nullable Double observed) {}

    /**
     * The time of an ejection.
     *
     * @param since when it began
     * @param until when it ends at the earliest; null if it ends as soon as a connection to the endpoint comes about
     */
    public record Ejection(Instant since, @Nullable Instant until) {

        static @Nullable Ejection of(Ejections.@Nullable Term term, long nanoTime, Instant now) {
            return term == null
                    ? null
                    : new Ejection(
                            at(term.since(), nanoTime, now),
                            term.until() == null ? null : at(term.until(), nanoTime, now));
        }

        private static Instant at(long when, long nanoTime, Instant now) {
            return now.plusNanos(when - nanoTime).truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /**
     * Some endpoints of a service.
     *
     * @param now the time by the wall clock
     * @param shown what is shown of an endpoint's metadata, by key and value
     */
    static List<EndpointDescription> of(
            List<Endpoint> some,
            Published published,
            ServiceEngine engine,
            Instant now,
            BiFunction<String, String, @Nullable Object> shown) {
        Candidates candidates = published.candidates();
        CallLoads loads = engine.loads();
        long nanoTime = loads.nanoTime();
        Map<String, Ejections.Term> terms = published.ejections().terms();
        Set<Endpoint> passed = Collections.newSetFromMap(new IdentityHashMap<>());
        passed.addAll(candidates.hosts().endpoints());
        Map<String, Double> shares = Explanation.expectedShares(published);
        long picks = published.known().endpoints().stream()
                .mapToLong(each -> picks(loads.of(each)))
                .sum();
        String zoneKey = published.settings().zone().metadataKey();
        return some.stream()
                .map(each -> {
                    CallLoad load = loads.of(each);
                    boolean isCandidate = passed.contains(each);
                    return new EndpointDescription(
                            each.address(),
                            each.id(),
                            each.metadata().get(zoneKey),
                            each.metadata().get(VERSION),
                            metadata(each, Set.of(zoneKey, VERSION, WEIGHT), shown),
                            WeightDescription.of(each, published.steering(), published.reports()),
                            stateOf(each, candidates),
                            candidates.reasons().getOrDefault(each, EnumSet.noneOf(Reason.class)),
                            Ejection.of(terms.get(each.address()), nanoTime, now),
                            isCandidate ? candidates.tier(each) : null,
                            isCandidate ? candidates.acceptance().of(each) : 0,
                            new ShareDescription(
                                    shares == null
                                            ? null
                                            : Explanation.rounded(shares.getOrDefault(each.address(), 0.0)),
                                    picks == 0 ? null : Explanation.rounded((double) picks(load) / picks)),
                            picks(load),
                            load.history().failures(),
                            load.inFlight(),
                            load.latency() / Duration.ofMillis(1).toNanos());
                })
                .toList();
    }

    static String stateOf(Endpoint endpoint, Candidates candidates) {
        Reason reason = candidates.state(endpoint);
        return reason == null ? SERVING : reason.name();
    }

    private static Map<String, @Nullable Object> metadata(
            Endpoint endpoint, Set<String> elsewhere, BiFunction<String, String, @Nullable Object> shown) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        endpoint.metadata().forEach((key, value) -> {
            if (!elsewhere.contains(key)) {
                metadata.put(key, shown.apply(key, value));
            }
        });
        return metadata;
    }

    private static long picks(CallLoad load) {
        return load.calls();
    }
}

package io.github.zklb.actuate;

import io.github.zklb.actuate.ExplainedRequest.Question;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.springcloud.KeySources;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/**
 * The services that the application calls, and what zk-lb knows and does of each, for operators. It reads what the requests
 * read: it asks nobody, opens no service and moves no cursor.
 */
@WebEndpoint(id = ZkLbEndpoint.ID, defaultAccess = Access.READ_ONLY)
public final class ZkLbEndpoint {

    static final String ID = "zklb";

    /** Counts the changes of the answers that are more than an addition. */
    public static final int SCHEMA = 1;

    /** So many endpoints are in one answer unless the caller says otherwise. */
    static final int LIMIT = 1_000;

    /** So many endpoints are in one explanation unless the caller says otherwise. */
    private static final int STEPS = 10;

    /** So many are at most: each costs a pick that knows all before it. */
    private static final int MOST_STEPS = 100;

    /** More than that are told by equal parts. */
    private static final int MOST_ARCS = 10_000;

    /** What may stand behind a service's id; the first is what is meant without. */
    private static final String DETAIL = "detail";

    private static final String EXPLAIN = "explain";
    private static final String EVENTS = "events";
    private static final String REHEARSE = "rehearse";
    private static final String RING = "ring";
    private static final Set<String> VERBS = Set.of(DETAIL, EXPLAIN, EVENTS, REHEARSE, RING);

    private final ServiceEngines engines;
    private final KeySources keySources;
    private final InstantSource clock;
    private final SettingOrigins origins;
    private final MetadataValues metadata;
    private final Rehearsals rehearsals;

    /**
     * An endpoint over the application's services.
     *
     * @param engines the services; they stay the caller's
     * @param rehearsals rehearses changes, one at a time
     * @param keySources what the requests' keys come from
     * @param clock the wall clock, for the ages
     * @param origins which properties have set the settings
     * @param metadata what is shown of registrations' metadata
     */
    public ZkLbEndpoint(
            ServiceEngines engines,
            Rehearsals rehearsals,
            KeySources keySources,
            InstantSource clock,
            SettingOrigins origins,
            MetadataValues metadata) {
        this.engines = engines;
        this.rehearsals = rehearsals;
        this.keySources = keySources;
        this.clock = clock;
        this.origins = origins;
        this.metadata = metadata;
    }

    /**
     * All services in use, by their ids.
     *
     * @param schema the version of this form
     * @param services an overview of each
     */
    public record Services(int schema, List<ServiceDescription.Overview> services) {}

    /** What is shown of the metadata of registrations. */
    @FunctionalInterface
    public interface MetadataValues {

        /** What somebody is shown of a value. */
        @Nullable Object of(String key, String value, SecurityContext whom);
    }

    /** Why there is no answer, in a sentence. */
    public record Refusal(int schema, String service, String error) {}

    /** All services in use. */
    @ReadOperation
    public Services services() {
        return new Services(
                SCHEMA,
                engines.inUse().stream()
                        .sorted(Comparator.comparing(ServiceEngine::serviceId))
                        .map(ServiceDescription::overview)
                        .toList());
    }

    /**
     * One service with its endpoints; behind {@code /explain} where a request to it would go and why, behind {@code /events}
     * what has happened to it of late, behind {@code /rehearse} what a change of it would bring about, behind {@code /ring} who
     * owns which part of its ring; null, which is 404, for one that is not in use.
     *
     * @param whom who asks
     * @param zklbSegments the service's id, and perhaps the word that says what is asked
     * @param offset the number of the first endpoint to show, from 0
     * @param limit how many endpoints to show at most
     * @param state shows the endpoints in this state only
     * @param key the hash key of the request to explain
     * @param hash the hash of this key, instead of the key
     * @param method its method; GET if it is missing
     * @param header its headers, such as {@code X-User-Id:7}; may be repeated, as {@code cookie} and {@code tried}
     * @param cookie its cookies, such as {@code SESSION=7}
     * @param path its path
     * @param query its query
     * @param tried the addresses where earlier attempts of it went
     * @param since the number of the first event to show
     * @param remove the addresses that leave in the change to rehearse; may be repeated, as {@code add} and {@code weight}
     * @param add the endpoints that come, such as {@code 10.0.0.9:8080;weight=2;zone=a}
     * @param weight the weights that change, such as {@code 10.0.0.7:8080=50}
     * @param drainZone the zone that is to get no more requests
     * @param routePercent the percents of routes that change, such as {@code ramp=10}
     * @param strategy another strategy
     * @param algorithm another algorithm of consistent hashing, and so on for its other settings
     */
    @ReadOperation
    public @Nullable Object service(
            SecurityContext whom,
            @Selector(match = Match.ALL_REMAINING) String[] zklbSegments,
            @Nullable Integer offset,
            @Nullable Integer limit,
            @Nullable String state,
            @Nullable String key,
            @Nullable String hash,
            @Nullable String method,
            @Nullable Object header,
            @Nullable Object cookie,
            @Nullable String path,
            @Nullable String query,
            @Nullable Object tried,
            @Nullable Long since,
            @Nullable Object remove,
            @Nullable Object add,
            @Nullable Object weight,
            @Nullable String drainZone,
            @Nullable Object routePercent,
            @Nullable String strategy,
            @Nullable String algorithm,
            @Nullable String virtualNodes,
            @Nullable String tableSize,
            @Nullable String boundedLoad,
            @Nullable String replicas) {
        List<String> segments = List.of(zklbSegments);
        int last = segments.size() - 1;
        String verb = last > 0 && VERBS.contains(segments.get(last)) ? segments.get(last) : "";
        ServiceEngine engine = engines.inUse(String.join("/", verb.isEmpty() ? segments : segments.subList(0, last)));
        if (engine == null) {
            return null;
        }
        int most = limit == null ? verb.equals(EXPLAIN) ? STEPS : LIMIT : Math.max(0, limit);
        if (verb.equals(EXPLAIN)) {
            Question question =
                    new Question(key, hash, method, values(header), values(cookie), path, query, values(tried));
            return answer(
                    engine,
                    () -> ExplainedRequest.of(engine, keySources, question, Math.max(1, Math.min(most, MOST_STEPS))));
        }
        if (verb.equals(EVENTS)) {
            return ServiceEvents.of(engine.serviceId(), engine.events(), since == null ? 0 : since);
        }
        if (verb.equals(RING)) {
            return RingDescription.of(engine, Math.max(1, Math.min(most, MOST_ARCS)));
        }
        if (verb.equals(REHEARSE)) {
            Map<String, @Nullable String> settings = new LinkedHashMap<>();
            settings.put("strategy", strategy);
            settings.put("algorithm", algorithm);
            settings.put("virtualNodes", virtualNodes);
            settings.put("tableSize", tableSize);
            settings.put("boundedLoad", boundedLoad);
            settings.put("replicas", replicas);
            RehearsedChange.Question question = new RehearsedChange.Question(
                    values(remove), values(add), values(weight), drainZone, values(routePercent), settings);
            return answer(engine, () -> RehearsedChange.of(engine, rehearsals, question, most));
        }
        ServiceDescription.View view = new ServiceDescription.View(
                state, offset == null ? 0 : Math.max(0, offset), most, (name, value) -> metadata.of(name, value, whom));
        return ServiceDescription.of(engine, origins, clock.instant(), view);
    }

    private static Object answer(ServiceEngine engine, Supplier<Object> answer) {
        try {
            return answer.get();
        } catch (IllegalArgumentException e) {
            return refusal(engine, e, WebEndpointResponse.STATUS_BAD_REQUEST);
        } catch (Rehearsals.Unavailable e) {
            return refusal(engine, e, WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
        }
    }

    private static WebEndpointResponse<Refusal> refusal(ServiceEngine engine, RuntimeException why, int status) {
        return new WebEndpointResponse<>(
                new Refusal(SCHEMA, engine.serviceId(), String.valueOf(why.getMessage())), status);
    }

    /** A parameter that may be repeated comes as a text or as a list of them. */
    private static List<String> values(@Nullable Object parameter) {
        return parameter == null
                ? List.of()
                : parameter instanceof Collection<?> several
                        ? several.stream().map(String::valueOf).toList()
                        : List.of(parameter.toString());
    }
}

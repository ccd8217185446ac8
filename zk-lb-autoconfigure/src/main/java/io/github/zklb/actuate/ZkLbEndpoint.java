package io.github.zklb.actuate;

import io.github.zklb.actuate.ExplainedRequest.Question;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.KeySources;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/**
 * The services that the application calls, and what zk-lb knows and does of each, for operators. It reads what the requests
 * read: it asks nobody, opens no service and moves no cursor.
 */
@WebEndpoint(id = ZkLbEndpoint.ID, defaultAccess = Access.READ_ONLY)
public final class ZkLbEndpoint {

    static final String ID = "zklb";

    /** Counts the changes of the answers that are more than an addition. */
    static final int SCHEMA = 1;

    /** So many endpoints are in one answer unless the caller says otherwise. */
    static final int LIMIT = 1_000;

    /** So many endpoints are in one explanation unless the caller says otherwise. */
    private static final int STEPS = 10;

    /** What may stand behind a service's id; the first is what is meant without. */
    private static final String DETAIL = "detail";

    private static final String EXPLAIN = "explain";
    private static final String EVENTS = "events";
    private static final Set<String> VERBS = Set.of(DETAIL, EXPLAIN, EVENTS);

    private final ServiceEngines engines;
    private final KeySources keySources;
    private final InstantSource clock;

    /**
     * An endpoint over the application's services.
     *
     * @param engines the services; they stay the caller's
     * @param keySources what the requests' keys come from
     * @param clock the wall clock, for the ages
     */
    public ZkLbEndpoint(ServiceEngines engines, KeySources keySources, InstantSource clock) {
        this.engines = engines;
        this.keySources = keySources;
        this.clock = clock;
    }

    /**
     * All services in use, by their ids.
     *
     * @param schema {@value #SCHEMA}
     * @param services an overview of each
     */
    public record Services(int schema, List<ServiceDescription.Overview> services) {}

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
     * One service with its endpoints; behind {@code /explain} where a request to it would go and why, and behind {@code
     * /events} what has happened to it of late; null, which is 404, for one that is not in use.
     *
     * @param zklbSegments the service's id, and perhaps the word that says what is asked
     * @param offset the number of the first endpoint to show, from 0
     * @param limit how many endpoints to show at most
     * @param state shows the endpoints in this state only
     * @param key the hash key of the request to explain
     * @param header its headers, such as {@code X-User-Id:7}; may be repeated, as {@code cookie} and {@code tried}
     * @param cookie its cookies, such as {@code SESSION=7}
     * @param path its path
     * @param query its query
     * @param tried the addresses where earlier attempts of it went
     * @param since the number of the first event to show
     */
    @ReadOperation
    public @Nullable Object service(
            @Selector(match = Match.ALL_REMAINING) String[] zklbSegments,
            @Nullable Integer offset,
            @Nullable Integer limit,
            @Nullable String state,
            @Nullable String key,
            @Nullable Object header,
            @Nullable Object cookie,
            @Nullable String path,
            @Nullable String query,
            @Nullable Object tried,
            @Nullable Long since) {
        List<String> segments = List.of(zklbSegments);
        int last = segments.size() - 1;
        String verb = last > 0 && VERBS.contains(segments.get(last)) ? segments.get(last) : "";
        ServiceEngine engine = engines.inUse(String.join("/", verb.isEmpty() ? segments : segments.subList(0, last)));
        if (engine == null) {
            return null;
        }
        if (verb.equals(EXPLAIN)) {
            Question question = new Question(key, values(header), values(cookie), path, query, values(tried));
            return ExplainedRequest.of(engine, keySources, question, limit == null ? STEPS : Math.max(1, limit));
        }
        if (verb.equals(EVENTS)) {
            return ServiceEvents.of(engine.serviceId(), engine.events(), since == null ? 0 : since);
        }
        return ServiceDescription.of(
                engine,
                clock.instant(),
                state,
                offset == null ? 0 : Math.max(0, offset),
                limit == null ? LIMIT : Math.max(0, limit));
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

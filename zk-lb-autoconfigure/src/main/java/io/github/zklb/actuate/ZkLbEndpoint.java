package io.github.zklb.actuate;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
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
@WebEndpoint(id = "zklb", defaultAccess = Access.READ_ONLY)
public final class ZkLbEndpoint {

    /** Counts the changes of the answers that are more than an addition. */
    static final int SCHEMA = 1;

    /** So many endpoints are in one answer unless the caller says otherwise. */
    static final int LIMIT = 1_000;

    /** The word behind a service's id whose own last part is a word of this endpoint. */
    private static final String DETAIL = "detail";

    private final ServiceEngines engines;
    private final InstantSource clock;

    /**
     * An endpoint over the application's services.
     *
     * @param engines the services; they stay the caller's
     * @param clock the wall clock, for the ages
     */
    public ZkLbEndpoint(ServiceEngines engines, InstantSource clock) {
        this.engines = engines;
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
     * One service with its endpoints; null, which is 404, for one that is not in use.
     *
     * @param zklbSegments the service's id
     * @param offset the number of the first endpoint to show, from 0
     * @param limit how many endpoints to show at most
     * @param state shows the endpoints in this state only
     */
    @ReadOperation
    public @Nullable ServiceDescription service(
            @Selector(match = Match.ALL_REMAINING) String[] zklbSegments,
            @Nullable Integer offset,
            @Nullable Integer limit,
            @Nullable String state) {
        List<String> segments = List.of(zklbSegments);
        int last = segments.size() - 1;
        boolean detail = last > 0 && segments.get(last).equals(DETAIL);
        ServiceEngine engine = engines.inUse(String.join("/", detail ? segments.subList(0, last) : segments));
        return engine == null
                ? null
                : ServiceDescription.of(
                        engine,
                        clock.instant(),
                        state,
                        offset == null ? 0 : Math.max(0, offset),
                        limit == null ? LIMIT : Math.max(0, limit));
    }
}

package io.github.zklb.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Reason;
import io.github.zklb.actuate.overlays.OverlayAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The form of the endpoint's answers, which dashboards and the page read. Fields may be added here; to change or remove one takes
 * another {@code schema}.
 */
class SchemaTest {

    /** The endpoints' answers. */
    static final Map<String, Class<?>> ANSWERS = answers();

    private static Map<String, Class<?>> answers() {
        Map<String, Class<?>> answers = new LinkedHashMap<>();
        answers.put("services", ZkLbEndpoint.Services.class);
        answers.put("service", ServiceDescription.class);
        answers.put("explain", ExplainedRequest.class);
        answers.put("rehearse", RehearsedChange.class);
        answers.put("ring", RingDescription.class);
        answers.put("events", ServiceEvents.class);
        answers.put("overlays", OverlayAnswer.All.class);
        answers.put("preview", OverlayAnswer.Preview.class);
        answers.put("written", OverlayAnswer.Written.class);
        answers.put("deleted", OverlayAnswer.Deleted.class);
        answers.put("refusal", ZkLbEndpoint.Refusal.class);
        return answers;
    }

    private static final String FORM = """
            services.schema int
            services.services[].service string
            services.services[].state one of Membership.State
            services.services[].strategy string
            services.services[].known int
            services.services[].serving int
            services.services[].digest.endpoints string
            services.services[].digest.placement string
            service.schema int
            service.service string
            service.membership.state one of Membership.State
            service.membership.since instant
            service.membership.ageMs long
            service.membership.cause string
            service.membership.known int
            service.membership.serving int
            service.membership.held int
            service.membership.invalidNodes int
            service.strategy.name string
            service.strategy.settings map to object
            service.strategy.origins map to string
            service.zone.mode one of ZoneSettings.Mode
            service.zone.own string
            service.zone.inEffect boolean
            service.zone.because one of Zones.Obstacle
            service.zone.shares map to double
            service.routes[].name string
            service.routes[].when[] string
            service.routes[].groups[].to map to string
            service.routes[].groups[].percent double
            service.routes[].groups[].otherwise one of Route.Otherwise
            service.routes[].groups[].endpoints int
            service.routes[].groups[].picks long
            service.routes[].groups[].fallbacks long
            service.routes[].groups[].zone.mode one of ZoneSettings.Mode
            service.routes[].groups[].zone.own string
            service.routes[].groups[].zone.inEffect boolean
            service.routes[].groups[].zone.because one of Zones.Obstacle
            service.routes[].groups[].zone.shares map to double
            service.overlays[].name string
            service.overlays[].version long
            service.overlays[].writtenAt instant
            service.overlays[].target string
            service.overlays[].set.weightPercent integer
            service.overlays[].set.drain boolean
            service.overlays[].set.settings map to string
            service.overlays[].expires instant
            service.overlays[].author string
            service.overlays[].reason string
            service.overlays[].state one of OverlayDescription.State
            service.overlays[].because string
            service.policy.node string
            service.policy.version int
            service.policy.writtenAt instant
            service.policy.entry.entry int
            service.policy.entry.settings map to string
            service.policy.entry.author string
            service.policy.entry.reason string
            service.policy.entry.skipped[] string
            service.policy.origins map to string
            service.policy.because string
            service.loadReport.inEffect boolean
            service.loadReport.because one of ReportedWeights.Obstacle
            service.loadReport.reporting int
            service.digest.endpoints string
            service.digest.placement string
            service.matching int
            service.endpoints[].address string
            service.endpoints[].id string
            service.endpoints[].zone string
            service.endpoints[].version string
            service.endpoints[].metadata map to object
            service.endpoints[].weight.declared number
            service.endpoints[].weight.overlay integer
            service.endpoints[].weight.reported number
            service.endpoints[].weight.effective number
            service.endpoints[].state string
            service.endpoints[].because[] one of Reason
            service.endpoints[].ejection.since instant
            service.endpoints[].ejection.until instant
            service.endpoints[].tier integer
            service.endpoints[].acceptance double
            service.endpoints[].share.expected double
            service.endpoints[].share.observed double
            service.endpoints[].picks long
            service.endpoints[].errors long
            service.endpoints[].inFlight int
            service.endpoints[].latencyMs double
            explain.schema int
            explain.service string
            explain.snapshot long
            explain.key.source string
            explain.key.present boolean
            explain.key.triedSources[] string
            explain.route.name string
            explain.route.to map to string
            explain.route.otherwise one of Route.Otherwise
            explain.route.slot integer
            explain.route.because string
            explain.hash string
            explain.sector.from double
            explain.sector.to double
            explain.sector.share double
            explain.sector.owner string
            explain.explanation.deterministic boolean
            explain.explanation.stages[].stage string
            explain.explanation.stages[].in int
            explain.explanation.stages[].out int
            explain.explanation.stages[].noted int
            explain.explanation.stages[].because[].address string
            explain.explanation.stages[].because[].reason one of Reason
            explain.explanation.sequence[].address string
            explain.explanation.sequence[].tier int
            explain.explanation.sequence[].verdict one of Explanation.Verdict
            explain.explanation.sequence[].reason string
            explain.explanation.leftOut int
            explain.explanation.exact boolean
            explain.explanation.shares[].address string
            explain.explanation.shares[].share double
            explain.explanation.none string
            rehearse.schema int
            rehearse.service string
            rehearse.change map to object
            rehearse.movedPercent double
            rehearse.idealPercent double
            rehearse.exact boolean
            rehearse.moves[].from string
            rehearse.moves[].to string
            rehearse.moves[].percent double
            rehearse.endpoints[].address string
            rehearse.endpoints[].before double
            rehearse.endpoints[].after double
            rehearse.endpoints[].load.before double
            rehearse.endpoints[].load.after double
            rehearse.zones[].zone string
            rehearse.zones[].before double
            rehearse.zones[].after double
            rehearse.zones[].load.before double
            rehearse.zones[].load.after double
            rehearse.verdict one of Rehearsal.Verdict
            rehearse.because[] string
            ring.schema int
            ring.service string
            ring.algorithm one of ConsistentHashSettings.Algorithm
            ring.points int
            ring.aggregated boolean
            ring.arcs[].from double
            ring.arcs[].to double
            ring.arcs[].address string
            events.schema int
            events.service string
            events.next long
            events.events[].number long
            events.events[].time instant
            events.events[].kind one of EventLog.Kind
            events.events[].address string
            events.events[].count int
            events.events[].detail string
            overlays.schema int
            overlays.service string
            overlays.writable boolean
            overlays.warnings[] string
            overlays.overlays[].name string
            overlays.overlays[].version long
            overlays.overlays[].writtenAt instant
            overlays.overlays[].target string
            overlays.overlays[].set.weightPercent integer
            overlays.overlays[].set.drain boolean
            overlays.overlays[].set.settings map to string
            overlays.overlays[].expires instant
            overlays.overlays[].author string
            overlays.overlays[].reason string
            overlays.overlays[].state one of OverlayDescription.State
            overlays.overlays[].because string
            preview.schema int
            preview.service string
            preview.name string
            preview.expectedVersion long
            preview.id string
            preview.expires instant
            preview.warnings[] string
            preview.rehearsal.schema int
            preview.rehearsal.service string
            preview.rehearsal.change map to object
            preview.rehearsal.movedPercent double
            preview.rehearsal.idealPercent double
            preview.rehearsal.exact boolean
            preview.rehearsal.moves[].from string
            preview.rehearsal.moves[].to string
            preview.rehearsal.moves[].percent double
            preview.rehearsal.endpoints[].address string
            preview.rehearsal.endpoints[].before double
            preview.rehearsal.endpoints[].after double
            preview.rehearsal.endpoints[].load.before double
            preview.rehearsal.endpoints[].load.after double
            preview.rehearsal.zones[].zone string
            preview.rehearsal.zones[].before double
            preview.rehearsal.zones[].after double
            preview.rehearsal.zones[].load.before double
            preview.rehearsal.zones[].load.after double
            preview.rehearsal.verdict one of Rehearsal.Verdict
            preview.rehearsal.because[] string
            written.schema int
            written.service string
            written.name string
            written.version long
            written.target string
            written.set.weightPercent integer
            written.set.drain boolean
            written.set.settings map to string
            written.expires instant
            written.author string
            written.reason string
            written.state one of OverlayDescription.State
            written.because string
            written.warnings[] string
            deleted.schema int
            deleted.service string
            deleted.name string
            refusal.schema int
            refusal.service string
            refusal.error string
            """;

    private static final String VALUES = """
            ConsistentHashSettings.Algorithm RING MAGLEV RENDEZVOUS
            EventLog.Kind SETTINGS SETTINGS_REFUSED LOADING SYNCED STALE DENIED ABSENT PANIC PANIC_ENDED ZONE_MODE OVERLAY_ON \
            OVERLAY_OFF POLICY_ON POLICY_OFF POLICY_INVALID JOINED LEFT REWEIGHED UP NOT_UP HELD DEMOTED GONE EJECTED RETURNED
            Explanation.Verdict CHOSEN NEXT SKIPPED
            Membership.State LOADING SYNCED STALE DENIED ABSENT HELD
            OverlayDescription.State APPLIED REFUSED OTHER_APPLICATION EXPIRED INVALID
            Reason OTHER_GROUP REPORTED OTHER_ZONE OVERLAY_WEIGHT WARMING HELD HELD_DEMOTED PANIC EJECTED HELD_GONE \
            OVERLAY_DRAINED DRAINED NOT_UP
            Rehearsal.Verdict SAFE WARN REFUSED
            ReportedWeights.Obstacle STRATEGY TOO_FEW_REPORTS
            Route.Otherwise BASE ALL FAIL
            ZoneSettings.Mode OFF BALANCED PREFER_LOCAL
            Zones.Obstacle ZONE_PREFERENCE_SUPPLIER CONSISTENT_HASH PANIC NO_OWN_ZONE TOO_FEW_ENDPOINTS ONE_ZONE CALLERS_UNKNOWN
            """;

    private final Set<String> values = new TreeSet<>();

    @Test
    void theAnswersHaveTheFieldsAndTheValuesThatTheyWereGiven() {
        List<String> fields = new ArrayList<>();
        ANSWERS.forEach((name, type) -> note(name, type, fields));
        assertThat(fields).containsExactlyInAnyOrderElementsOf(FORM.lines().toList());
        assertThat(values).containsExactlyInAnyOrderElementsOf(VALUES.lines().toList());
        assertThat(ZkLbEndpoint.SCHEMA).isEqualTo(1);
    }

    @Test
    void thePageOffersEachStateOfAnEndpointInTheOrderInWhichTheyCount() throws IOException {
        String page;
        try (InputStream script = Objects.requireNonNull(ZkLbEndpoint.class.getResourceAsStream("page/page.js"))) {
            page = new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(page)
                .contains("const STATES = ['SERVING', "
                        + Stream.of(Reason.values())
                                .filter(each -> each != Reason.OTHER_GROUP)
                                .map(each -> "'" + each + "'")
                                .collect(Collectors.joining(", "))
                        + "];");
    }

    private void note(String path, Type type, List<String> fields) {
        if (type instanceof ParameterizedType list && Iterable.class.isAssignableFrom((Class<?>) list.getRawType())) {
            note(path + "[]", list.getActualTypeArguments()[0], fields);
        } else if (type instanceof Class<?> form && form.isRecord()) {
            for (RecordComponent each : form.getRecordComponents()) {
                note(path + "." + each.getName(), each.getGenericType(), fields);
            }
        } else {
            fields.add(path + " " + name(type));
        }
    }

    private String name(Type type) {
        if (type instanceof ParameterizedType map) {
            return "map to "
                    + Stream.of(map.getActualTypeArguments())
                            .reduce((key, value) -> value)
                            .map(this::name)
                            .orElseThrow();
        }
        Class<?> simple = (Class<?>) type;
        if (!simple.isEnum()) {
            return simple.getSimpleName().toLowerCase(Locale.ROOT);
        }
        String name =
                simple.getName().substring(simple.getPackageName().length() + 1).replace('$', '.');
        values.add(name
                + ' '
                + Stream.of(simple.getEnumConstants()).map(Object::toString).collect(Collectors.joining(" ")));
        return "one of " + name;
    }
}

package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.CONFLICT;
import static io.github.zklb.actuate.overlays.RefusedRequestException.FORBIDDEN;
import static io.github.zklb.actuate.overlays.RefusedRequestException.NOT_FOUND;

import io.github.zklb.Message;
import io.github.zklb.actuate.OverlayDescription;
import io.github.zklb.actuate.ZkLbEndpoint;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.policy.OverlayWriter;
import io.github.zklb.policy.OverlayWriter.NotWrittenException;
import java.security.Principal;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/**
 * The overlays of a service: shows them, and writes and deletes those that set a weight or a drain for one endpoint, zone or
 * version. Whoever is logged in is their author, and ZooKeeper is asked with the application's own rights. Nothing of it is
 * there unless its access is set, and nothing is written but for the services that a setting names.
 */
@WebEndpoint(id = ZkLbOverlaysEndpoint.ID, defaultAccess = Access.NONE)
public final class ZkLbOverlaysEndpoint {

    static final String ID = "zklboverlays";

    /** The name of the parameters that have the path behind the endpoint's own. */
    static final String SERVICE = "zklbSegments";

    private final ServiceEngines engines;
    private final OverlayWrites writes;
    private final Supplier<Set<String>> writable;
    private final InstantSource clock;
    private final OverlayPreviews previews;

    /**
     * An endpoint over the application's services.
     *
     * @param engines the services; they stay the caller's
     * @param rehearsals rehearses the previews, one at a time
     * @param writer writes into ZooKeeper
     * @param writable the ids of the services that may be written for, at present
     * @param clock the wall clock
     */
    public ZkLbOverlaysEndpoint(
            ServiceEngines engines,
            Rehearsals rehearsals,
            OverlayWriter writer,
            Supplier<Set<String>> writable,
            InstantSource clock) {
        this.engines = engines;
        this.previews = new OverlayPreviews(rehearsals);
        this.writes = new OverlayWrites(writer);
        this.writable = writable;
        this.clock = clock;
    }

    /**
     * The overlays of a service; null, which is 404, for one that is not in use.
     *
     * @param zklbSegments the service's id
     */
    @ReadOperation
    public @Nullable OverlayAnswer overlays(@Selector(match = Match.ALL_REMAINING) String[] zklbSegments) {
        String serviceId = String.join("/", zklbSegments);
        ServiceEngine engine = engines.inUse(serviceId);
        if (engine == null) {
            return null;
        }
        boolean isWritable = writable.get().contains(serviceId);
        return new OverlayAnswer.All(
                ZkLbEndpoint.SCHEMA,
                serviceId,
                isWritable,
                isWritable ? writes.warnings(serviceId) : List.of(),
                OverlayDescription.of(engine.snapshots().published()));
    }

    /**
     * Writes an overlay, in the place of one that this endpoint has written for the same endpoint, zone or version.
     *
     * @param whom who asks
     * @param zklbSegments the service's id
     * @param endpoint the address that it is about; one of this, {@code zone} and {@code version}
     * @param id the registration that is expected there
     * @param zone the zone that it is about
     * @param version the version that it is about
     * @param weightPercent what weights are to count for, in percent
     * @param drain true for no requests
     * @param ttl how long, such as {@code 30m}
     * @param reason why
     * @param expectedVersion the version of the overlay that is to be replaced, -1 if there is to be none
     * @param preview true to see what would come of it, and write nothing
     */
    @WriteOperation
    public WebEndpointResponse<?> write(
            SecurityContext whom,
            @Selector(match = Match.ALL_REMAINING) String[] zklbSegments,
            @Nullable Object endpoint,
            @Nullable Object id,
            @Nullable Object zone,
            @Nullable Object version,
            @Nullable Object weightPercent,
            @Nullable Object drain,
            @Nullable Object ttl,
            @Nullable Object reason,
            @Nullable Object expectedVersion,
            @Nullable Object preview) {
        Map<String, @Nullable Object> fields = target(endpoint, zone, version, expectedVersion);
        fields.put(OverlayQuestion.ID, id);
        fields.put(OverlayQuestion.WEIGHT, weightPercent);
        fields.put(OverlayQuestion.DRAIN, drain);
        fields.put(OverlayQuestion.TTL, ttl);
        fields.put(OverlayQuestion.REASON, reason);
        fields.put(OverlayQuestion.PREVIEW, preview);
        OverlayQuestion question = new OverlayQuestion(fields);
        return answer(zklbSegments, serviceId -> {
            String author = author(whom, serviceId);
            ServiceEngine engine = inUse(serviceId);
            Long expected = question.expectedVersion(OverlayWriter.ABSENT);
            OverlayWrites.Proposing proposing = () -> OverlayProposal.of(engine, question, author, clock.instant());
            if (!question.isPreview()) {
                return writes.write(engine, expected, proposing);
            }
            writes.requireKnown(engine);
            return previews.of(engine, proposing.now(), writes.warnings(serviceId));
        });
    }

    /**
     * Deletes the overlay that this endpoint has written for an endpoint, a zone or a version.
     *
     * @param whom who asks
     * @param zklbSegments the service's id
     * @param endpoint the address that it is about; one of this, {@code zone} and {@code version}
     * @param zone the zone that it is about
     * @param version the version that it is about
     * @param expectedVersion the version of the overlay that is to be deleted
     */
    @DeleteOperation
    public WebEndpointResponse<?> delete(
            SecurityContext whom,
            @Selector(match = Match.ALL_REMAINING) String[] zklbSegments,
            @Nullable Object endpoint,
            @Nullable Object zone,
            @Nullable Object version,
            @Nullable Object expectedVersion) {
        OverlayQuestion question = new OverlayQuestion(target(endpoint, zone, version, expectedVersion));
        return answer(zklbSegments, serviceId -> {
            String author = author(whom, serviceId);
            String name = question.node();
            writes.delete(engines.inUse(serviceId), serviceId, name, question.expectedVersion(0), author);
            return new OverlayAnswer.Deleted(ZkLbEndpoint.SCHEMA, serviceId, name);
        });
    }

    private static Map<String, @Nullable Object> target(
            @Nullable Object endpoint,
            @Nullable Object zone,
            @Nullable Object version,
            @Nullable Object expectedVersion) {
        Map<String, @Nullable Object> fields = new HashMap<>();
        fields.put("endpoint", endpoint);
        fields.put("zone", zone);
        fields.put("version", version);
        fields.put(OverlayQuestion.VERSION, expectedVersion);
        return fields;
    }

    private interface Answering {

        OverlayAnswer to(String serviceId) throws RefusedRequestException, NotWrittenException;
    }

    private static WebEndpointResponse<?> answer(String[] segments, Answering answering) {
        String serviceId = String.join("/", List.of(segments));
        try {
            return new WebEndpointResponse<>(answering.to(serviceId));
        } catch (NotWrittenException e) {
            return refusal(serviceId, RefusedRequestException.of(e));
        } catch (RefusedRequestException e) {
            return refusal(serviceId, e);
        }
    }

    static WebEndpointResponse<?> refusal(String serviceId, RefusedRequestException why) {
        return new WebEndpointResponse<>(
                new ZkLbEndpoint.Refusal(ZkLbEndpoint.SCHEMA, serviceId, String.valueOf(why.getMessage())),
                why.status());
    }

    /** The name of who asks, who may write for the service. */
    private String author(SecurityContext whom, String serviceId) throws RefusedRequestException {
        Principal principal = whom.getPrincipal();
        if (principal == null || isAnonymous(principal) || principal.getName().isBlank()) {
            throw new RefusedRequestException(
                    FORBIDDEN,
                    Message.NOBODY_IS_LOGGED_IN.of(
                            "nobody is logged in, and an overlay has an author: guard the endpoint, and log in"));
        }
        if (!writable.get().contains(serviceId)) {
            throw new RefusedRequestException(
                    FORBIDDEN,
                    Message.A_SERVICE_THAT_IS_NOT_WRITABLE.of(
                            "zk-lb.policy.writable-services of this application does not name '"
                                    + Printable.of(serviceId) + "': add it there to write its overlays from here"));
        }
        return principal.getName();
    }

    /** Spring Security, which need not be there, stands for nobody by a principal of its own. */
    private static boolean isAnonymous(Principal principal) {
        return principal.getClass().getSimpleName().equals("AnonymousAuthenticationToken");
    }

    private ServiceEngine inUse(String serviceId) throws RefusedRequestException {
        ServiceEngine engine = engines.inUse(serviceId);
        if (engine == null) {
            throw new RefusedRequestException(
                    NOT_FOUND,
                    Message.ASK_ANOTHER_APPLICATION.of(
                            "this application has not called the service, so that it cannot tell what would come of it: ask one"
                                    + " that does, or name the service in zk-lb.eager"));
        }
        if (!engine.settings().overlays().enabled()) {
            throw new RefusedRequestException(
                    CONFLICT,
                    Message.ASK_ANOTHER_APPLICATION.of(
                            "zk-lb.policy.enabled is false for the service, so that this application would not heed it: ask another"));
        }
        return engine;
    }
}

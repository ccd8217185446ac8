package io.github.zklb.policy;

import static io.github.zklb.policy.NodeJson.flag;
import static io.github.zklb.policy.NodeJson.object;
import static io.github.zklb.policy.NodeJson.require;
import static io.github.zklb.policy.NodeJson.requireKnown;
import static io.github.zklb.policy.NodeJson.requireVersion;
import static io.github.zklb.policy.NodeJson.required;
import static io.github.zklb.policy.NodeJson.shown;
import static io.github.zklb.policy.NodeJson.text;
import static io.github.zklb.policy.NodeJson.wellFormed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.zklb.codec.HostGrammar;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.NodeJson.RefusedException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON of an overlay. What it does not know makes the whole overlay invalid: half of what an operator meant may be
 * the opposite of it. Stateless.
 */
public final class OverlayDecoder {

    /** The largest overlay that is read, in bytes. */
    public static final int MAX_BYTES = 8 * 1024;

    private static final int MOST_ENTRIES = 32;
    private static final Set<String> FIELDS =
            Set.of("v", "target", "set", "expires", "author", "reason", "scope", "overrideCap");

    private static final Set<String> OF_ENDPOINTS = Set.of("weight-percent", "drain");
    private static final Set<String> SETTABLE =
            Set.of("weight-percent", "drain", "strategy", "consistent-hash", "least-request", "routes");

    private OverlayDecoder() {}

    /**
     * What a node's content says; if it cannot be understood, why, in words that are safe in a log.
     *
     * @param check looks whether the settings that it sets can be
     */
    public static OverlayNode.Content decode(byte[] content, SettingLayers.Check check) {
        OverlayNode.Content decoded = decode(content);
        String problem =
                decoded instanceof Overlay overlay && !overlay.settings().isEmpty()
                        ? check.problem(overlay.settings())
                        : null;
        return problem == null ? decoded : new OverlayNode.Invalid(problem);
    }

    /** The same of one whose settings are not looked at. */
    static OverlayNode.Content decode(byte[] content) {
        try {
            return overlay(NodeJson.object(NodeJson.parse(content, MAX_BYTES)));
        } catch (RefusedException e) {
            return new OverlayNode.Invalid(String.valueOf(e.getMessage()));
        }
    }

    private static Overlay overlay(JsonNode root) throws RefusedException {
        requireKnown("", root, FIELDS);
        requireVersion(root.path("v"));
        JsonNode set = object(root, "set");
        requireKnown("set.", set, SETTABLE);
        Integer percent = percent(set.path("weight-percent"));
        boolean drain = flag("set.drain", set.path("drain"));
        require(
                drain || set.path("drain").isMissingNode(),
                "set.drain must be true; delete the node to end what it does");
        Overlay.Target target = target(object(root, "target"));
        Map<String, String> settings = settings(set);
        require(
                (drain || percent != null) == settings.isEmpty(),
                "set must have weight-percent or drain, or else a strategy, its settings or routes");
        require(
                settings.isEmpty() || target instanceof Overlay.WholeService,
                "target must be {\"service\": true} for a strategy, its settings and routes");
        return new Overlay(
                target,
                percent,
                drain,
                settings,
                expires(root.path("expires")),
                text("author", root.path("author")),
                text("reason", root.path("reason")),
                root.has("scope") ? applications(object(root, "scope")) : Set.of(),
                flag("overrideCap", root.path("overrideCap")));
    }

    private static Map<String, String> settings(JsonNode set) throws RefusedException {
        ObjectNode settings = set.deepCopy();
        settings.remove(OF_ENDPOINTS);
        return settings.isEmpty() ? Map.of() : NodeSettings.of(settings);
    }

    private static @Nullable Integer percent(JsonNode percent) throws RefusedException {
        if (percent.isMissingNode()) {
            return null;
        }
        boolean valid = percent.isInt() && percent.intValue() >= 0 && percent.intValue() <= Overlay.MOST_PERCENT;
        require(
                valid,
                "set.weight-percent must be a whole number from 0 to " + Overlay.MOST_PERCENT + " but was "
                        + shown(percent));
        return percent.intValue();
    }

    private static Overlay.Target target(JsonNode target) throws RefusedException {
        String id = text("target.id", target.path("id"));
        require(
                target.size() == (id == null ? 1 : 2) && (id == null || target.has("endpoint")),
                "target must have one of endpoint (perhaps with its id), metadata, zone and service");
        if (target.has("endpoint")) {
            return new Overlay.AtAddress(
                    address(required("target.endpoint", text("target.endpoint", target.path("endpoint")))), id);
        }
        if (target.has("zone")) {
            return new Overlay.InZone(required("target.zone", text("target.zone", target.path("zone"))));
        }
        if (target.has("metadata")) {
            return new Overlay.WithMetadata(metadata(object(target, "metadata")));
        }
        requireKnown("target.", target, Set.of("service"));
        require(flag("target.service", target.path("service")), "target.service must be true");
        return new Overlay.WholeService();
    }

    /** Host and port in the one spelling in which an endpoint has them. */
    private static String address(String text) throws RefusedException {
        return HostGrammar.endpoint(text)
                .orElseThrow(() ->
                        new RefusedException("target.endpoint must be host:port but was '" + Printable.of(text) + "'"))
                .address();
    }

    private static Map<String, String> metadata(JsonNode entries) throws RefusedException {
        require(
                !entries.isEmpty() && entries.size() <= MOST_ENTRIES,
                "target.metadata must have 1 to " + MOST_ENTRIES + " entries");
        Map<String, String> metadata = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : entries.properties()) {
            String field = "target.metadata." + Printable.of(entry.getKey());
            metadata.put(wellFormed(field, entry.getKey()), required(field, text(field, entry.getValue())));
        }
        return metadata;
    }

    private static Set<String> applications(JsonNode scope) throws RefusedException {
        requireKnown("scope.", scope, Set.of("applications"));
        JsonNode names = scope.path("applications");
        require(
                names.isArray() && !names.isEmpty() && names.size() <= MOST_ENTRIES,
                "scope.applications must be a list of 1 to " + MOST_ENTRIES + " names");
        Set<String> applications = new HashSet<>();
        for (JsonNode name : names) {
            applications.add(required("scope.applications", text("scope.applications", name)));
        }
        return applications;
    }

    private static Instant expires(JsonNode expires) throws RefusedException {
        String text = required("expires", text("expires", expires));
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new RefusedException("expires must be a point in time such as 2027-01-31T18:00:00Z but was '"
                    + Printable.of(text) + "'");
        }
    }
}

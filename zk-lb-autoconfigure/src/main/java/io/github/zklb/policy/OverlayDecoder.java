package io.github.zklb.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.zklb.codec.HostGrammar;
import io.github.zklb.codec.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
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

    private static final int LONGEST_TEXT = 500;
    private static final int MOST_ENTRIES = 32;
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private static final Set<String> FIELDS =
            Set.of("v", "target", "set", "expires", "author", "reason", "scope", "overrideCap");

    private OverlayDecoder() {}

    private static final class RefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        RefusedException(String why) {
            super(why, null, false, false);
        }
    }

    /** What a node's content says; if it cannot be understood, why, in words that are safe in a log. */
    public static OverlayNode.Content decode(byte[] content) {
        try {
            return overlay(parse(content));
        } catch (RefusedException e) {
            return new OverlayNode.Invalid(String.valueOf(e.getMessage()));
        }
    }

    private static JsonNode parse(byte[] content) throws RefusedException {
        require(content.length > 0, "it is empty");
        require(content.length <= MAX_BYTES, "it has " + content.length + " bytes, more than " + MAX_BYTES);
        try {
            JsonNode root = JSON.readTree(content);
            require(root.isObject(), "it is not a JSON object");
            return root;
        } catch (JsonProcessingException e) {
            throw new RefusedException("it is not JSON: " + Printable.of(String.valueOf(e.getOriginalMessage())));
        } catch (IOException e) {
            throw new RefusedException("it is not text: " + Printable.of(String.valueOf(e.getMessage())));
        }
    }

    private static Overlay overlay(JsonNode root) throws RefusedException {
        requireKnown("", root, FIELDS);
        JsonNode version = root.path("v");
        require(version.isInt() && version.intValue() == 1, "v must be 1 but was " + shown(version));
        JsonNode set = object(root, "set");
        requireKnown("set.", set, Set.of("weight-percent", "drain"));
        Integer percent = percent(set.path("weight-percent"));
        boolean drain = flag("set.drain", set.path("drain"));
        require(
                drain || set.path("drain").isMissingNode(),
                "set.drain must be true; delete the node to end what it does");
        require(drain || percent != null, "set must have weight-percent or drain");
        return new Overlay(
                target(object(root, "target")),
                percent,
                drain,
                expires(root.path("expires")),
                text("author", root.path("author")),
                text("reason", root.path("reason")),
                root.has("scope") ? applications(object(root, "scope")) : Set.of(),
                flag("overrideCap", root.path("overrideCap")));
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
        int colon = text.lastIndexOf(':');
        Optional<String> host = HostGrammar.parse(text.substring(0, Math.max(0, colon)));
        String port = text.substring(colon + 1);
        require(
                host.isPresent() && port.matches("[1-9][0-9]{0,4}") && Integer.parseInt(port) <= 65_535,
                "target.endpoint must be host:port but was '" + Printable.of(text) + "'");
        String name = host.orElseThrow();
        return name.indexOf(':') < 0 ? name + ':' + port : '[' + name + "]:" + port;
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

    private static JsonNode object(JsonNode parent, String name) throws RefusedException {
        JsonNode object = parent.path(name);
        require(object.isObject(), name + " must be a JSON object but was " + shown(object));
        return object;
    }

    private static boolean flag(String name, JsonNode flag) throws RefusedException {
        require(flag.isMissingNode() || flag.isBoolean(), name + " must be true or false but was " + shown(flag));
        return flag.asBoolean(false);
    }

    private static @Nullable String text(String name, JsonNode text) throws RefusedException {
        if (text.isMissingNode()) {
            return null;
        }
        require(text.isTextual(), name + " must be a text in quotes but was " + shown(text));
        return wellFormed(name, text.textValue());
    }

    /** What is no Unicode could not be shown to anybody. */
    private static String wellFormed(String name, String text) throws RefusedException {
        require(
                !text.isBlank()
                        && text.length() <= LONGEST_TEXT
                        && StandardCharsets.UTF_8.newEncoder().canEncode(text),
                name + " must have 1 to " + LONGEST_TEXT + " characters but was '" + Printable.of(text) + "'");
        return text;
    }

    private static String required(String name, @Nullable String text) throws RefusedException {
        if (text == null) {
            throw new RefusedException(name + " is missing");
        }
        return text;
    }

    private static void requireKnown(String prefix, JsonNode object, Set<String> known) throws RefusedException {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            require(known.contains(field.getKey()), prefix + Printable.of(field.getKey()) + " is unknown");
        }
    }

    private static void require(boolean holds, String otherwise) throws RefusedException {
        if (!holds) {
            throw new RefusedException(otherwise);
        }
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "absent" : Printable.of(node.toString());
    }
}

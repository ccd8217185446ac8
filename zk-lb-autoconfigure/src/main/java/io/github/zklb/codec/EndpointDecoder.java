package io.github.zklb.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.github.zklb.Endpoint;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON that Curator's x-discovery and Spring Cloud Zookeeper write into a node. It reads a tree and never
 * binds one to a class: what {@code @class} says is text like any other. Stateless.
 */
public final class EndpointDecoder {

    /** The largest node that is read, in bytes; a registration has some hundreds. */
    public static final int MAX_BYTES = 64 * 1024;

    private static final int MAX_PORT = 65_535;
    private static final int LONGEST_URI = 2_000;
    private static final ObjectReader JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(16)
                            .maxNumberLength(100)
                            .maxNameLength(1_000)
                            .maxStringLength(MAX_BYTES)
                            .build())
                    .build())
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private EndpointDecoder() {}

    /**
     * The endpoint that a node registers.
     *
     * @param endpoint the endpoint, its id being the node's name
     * @param remarks what is odd about the node without making it useless, for a log, escaped
     */
    public record Decoded(Endpoint endpoint, List<String> remarks) {}

    /** Says why a node registers no endpoint; its message is escaped. */
    public static final class InvalidNodeException extends Exception {

        private static final long serialVersionUID = 1L;

        public InvalidNodeException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Reads a node.
     *
     * @param id the node's name, which is the endpoint's id whatever the content says
     * @param data the node's content
     * @throws InvalidNodeException if there is no valid endpoint in it
     */
    public static Decoded decode(String id, byte[] data) throws InvalidNodeException {
        JsonNode root = parse(data);
        List<String> remarks = new ArrayList<>();
        JsonNode declaredId = root.path("id");
        if (declaredId.isTextual() && !declaredId.textValue().equals(id)) {
            remarks.add("its content says id '" + Printable.of(declaredId.textValue()) + "'; the node's name counts");
        }
        String host = host(root.path("address"));
        boolean secure = !absent(root.path("sslPort"));
        int port = port(root.path(secure ? "sslPort" : "port"));
        Map<String, String> metadata = metadata(root.path("payload").path("metadata"));
        double weight = weight(root, metadata, remarks);
        Endpoint endpoint = new Endpoint(id, host, port, secure, weight, metadata);
        return new Decoded(withUri(endpoint, root, remarks), remarks);
    }

    /** Its URI is what Curator's UriSpec builds; nearly all have Spring's default, which says what is known already. */
    private static Endpoint withUri(Endpoint endpoint, JsonNode root, List<String> remarks) {
        String plain = variable("scheme", root, endpoint.secure()) + "://" + variable("address", root, false) + ':'
                + variable("port", root, false);
        StringBuilder uri = new StringBuilder();
        for (JsonNode part : root.path("uriSpec").path("parts")) {
            String value = part.path("value").asText("");
            uri.append(part.path("variable").asBoolean() ? variable(value, root, endpoint.secure()) : value);
            uri.setLength(Math.min(uri.length(), LONGEST_URI + 1));
        }
        if (uri.isEmpty() || plain.contentEquals(uri)) {
            return endpoint;
        }
        try {
            if (uri.length() > LONGEST_URI) {
                throw new IllegalArgumentException("uri must be no longer than " + LONGEST_URI);
            }
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(uri)) { // URI.toASCIIString() fails at it
                throw new IllegalArgumentException("uri has half a surrogate pair");
            }
            return endpoint.withUri(URI.create(URI.create(uri.toString()).toASCIIString()));
        } catch (IllegalArgumentException e) {
            remarks.add("its uriSpec does not count: " + Printable.of(String.valueOf(e.getMessage())));
            return endpoint;
        }
    }

    private static String variable(String name, JsonNode root, boolean secure) {
        return switch (name) {
            case "[" -> "{";
            case "]" -> "}";
            case "scheme" -> secure ? "https" : "http";
            case "ssl-port" -> root.path("sslPort").asText("");
            case "registration-time-utc" -> root.path("registrationTimeUTC").asText("");
            case "service-type" -> root.path("serviceType").asText("").toLowerCase(Locale.ROOT);
            case "name", "id", "address", "port" -> root.path(name).asText("");
            default -> "";
        };
    }

    private static JsonNode parse(byte[] data) throws InvalidNodeException {
        if (data.length == 0) {
            throw new InvalidNodeException("it is empty");
        }
        if (data.length > MAX_BYTES) {
            throw new InvalidNodeException("it has " + data.length + " bytes, more than " + MAX_BYTES);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
            JsonNode root = JSON.readTree(text);
            if (!root.isObject()) {
                throw new InvalidNodeException("it is not a JSON object");
            }
            return root;
        } catch (CharacterCodingException e) {
            throw new InvalidNodeException("it is not UTF-8");
        } catch (JsonProcessingException e) {
            throw new InvalidNodeException("it is not JSON" + position(e.getLocation()));
        }
    }

    private static String position(@Nullable JsonLocation location) {
        return location == null ? "" : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
    }

    private static String host(JsonNode address) throws InvalidNodeException {
        return Optional.ofNullable(address.textValue())
                .flatMap(HostGrammar::parse)
                .orElseThrow(() -> new InvalidNodeException(
                        "address " + shown(address) + " is neither a host name nor an IP address"));
    }

    private static int port(JsonNode port) throws InvalidNodeException {
        if (!port.isIntegralNumber() || !port.canConvertToInt() || port.intValue() < 1 || port.intValue() > MAX_PORT) {
            throw new InvalidNodeException("port must be 1.." + MAX_PORT + " but was " + shown(port));
        }
        return port.intValue();
    }

    /** An instance that x-discovery disabled is to get no load, which a weight of 0 says. */
    private static double weight(JsonNode root, Map<String, String> metadata, List<String> remarks) {
        if (root.path("enabled").isBoolean() && !root.path("enabled").booleanValue()) {
            return 0;
        }
        String declared = metadata.get(Weight.KEY);
        Weight weight = Weight.of(declared);
        if (!weight.asDeclared()) {
            remarks.add("its weight must be 0.." + Endpoint.MAX_WEIGHT + " with up to three decimals but was '"
                    + Printable.of(String.valueOf(declared)) + "'; it counts as " + weight.value());
        }
        return weight.value();
    }

    private static Map<String, String> metadata(JsonNode declared) throws InvalidNodeException {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : declared.properties()) {
            if (entry.getValue().isValueNode() && !entry.getValue().isNull()) {
                metadata.put(
                        wellFormed(entry.getKey()), wellFormed(entry.getValue().asText()));
            }
        }
        return metadata;
    }

    private static String wellFormed(String text) throws InvalidNodeException {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new InvalidNodeException("its metadata has half a surrogate pair: " + Printable.of(text));
        }
        return text;
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "absent" : Printable.of(node.toString());
    }

    private static boolean absent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}

package io.github.zklb.codec;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.github.zklb.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON that Curator's x-discovery and Spring Cloud Zookeeper write into a node, in any spelling in which they would
 * read it: Jackson makes of each field what it makes of it for Curator. It reads a tree and binds nothing but numbers and
 * booleans: what {@code @class} says is text like any other. Stateless.
 */
public final class EndpointDecoder {

    /** The largest node that is read, in bytes, which is ZooKeeper's own limit; a registration has some hundreds. */
    public static final int MAX_BYTES = 1024 * 1024;

    /** The class of what Spring Cloud Zookeeper registers beside host and port. */
    static final String SPRINGS_PAYLOAD = "org.springframework.cloud.zookeeper.discovery.ZookeeperInstance";

    private static final int MAX_PORT = 65_535;
    private static final int LONGEST_URI = 2_000;
    private static final ObjectReader JSON = new ObjectMapper().reader();

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

        private final boolean foreign;

        public InvalidNodeException(String message) {
            this(message, false);
        }

        private InvalidNodeException(String message, boolean foreign) {
            super(message, null, false, false);
            this.foreign = foreign;
        }

        /** For a node that is not meant for this client. */
        static InvalidNodeException foreign() {
            return new InvalidNodeException("it is not meant for this client", true);
        }

        /** Whether the node is as if it were not there, which nobody need be told. */
        public boolean isForeign() {
            return foreign;
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
        int tlsPort = port(root.path("sslPort"));
        boolean secure = tlsPort > 0;
        int port = secure ? tlsPort : port(root.path("port"));
        if (port < 1 || port > MAX_PORT) {
            JsonNode declared = root.path(secure ? "sslPort" : "port");
            throw new InvalidNodeException("port must be 1.." + MAX_PORT + " but was " + shown(declared));
        }
        Map<String, String> metadata = metadata(root.path("payload"));
        double weight = weight(root, metadata, remarks);
        Endpoint endpoint = new Endpoint(id, host, port, secure, weight, metadata);
        return new Decoded(withUri(endpoint, root, remarks), remarks);
    }

    /** Its URI is what Curator's UriSpec builds; nearly all have Spring's default, which says what is known already. */
    private static Endpoint withUri(Endpoint endpoint, JsonNode root, List<String> remarks) {
        String plain = variable("scheme", root, endpoint.secure()) + "://" + variable("address", root, false) + ':'
                + variable("port", root, false);
        StringBuilder uri = new StringBuilder();
        JsonNode spec = root.path("uriSpec");
        for (String part : spec.asText("").split("(?=\\{)|(?<=})")) {
            boolean isVariable = part.startsWith("{") && part.endsWith("}");
            add(
                    uri,
                    isVariable
                            ? variable(part.substring(1, part.length() - 1).strip(), root, endpoint.secure())
                            : part);
        }
        for (JsonNode part : spec.path("parts")) {
            String value = part.path("value").asText("");
            add(uri, flag(part.path("variable"), false) ? variable(value, root, endpoint.secure()) : value);
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
            String spelled = withHost(endpoint, root.path("address").asText(), uri.toString());
            return endpoint.withUri(URI.create(URI.create(spelled).toASCIIString()));
        } catch (IllegalArgumentException e) {
            remarks.add("its uriSpec does not count: " + Printable.of(String.valueOf(e.getMessage())));
            return endpoint;
        }
    }

    private static void add(StringBuilder uri, String part) {
        uri.append(part);
        uri.setLength(Math.min(uri.length(), LONGEST_URI + 1));
    }

    /** The URI with the endpoint's host where it has the same host in the registration's spelling. */
    private static String withHost(Endpoint endpoint, String declared, String uri) {
        if (declared.equals(endpoint.host()) && declared.indexOf(':') < 0) {
            return uri;
        }
        String address = endpoint.address();
        String host = address.substring(0, address.lastIndexOf(':'));
        return uri.replaceFirst("//\\[?" + Pattern.quote(declared) + "]?", Matcher.quoteReplacement("//" + host));
    }

    private static String variable(String name, JsonNode root, boolean secure) {
        return switch (name) {
            case "[" -> "{";
            case "]" -> "}";
            case "scheme" -> secure ? "https" : "http";
            case "ssl-port" -> number(root.path("sslPort"), "");
            case "registration-time-utc" -> number(root.path("registrationTimeUTC"), "0");
            case "service-type" -> root.path("serviceType").asText("").toLowerCase(Locale.ROOT);
            case "port" -> number(root.path(name), "");
            case "name", "id", "address" -> root.path(name).asText("");
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
            JsonNode root = JSON.readTree(data);
            if (!root.isObject()) {
                throw new InvalidNodeException("it is not a JSON object");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new InvalidNodeException("it is not JSON" + position(e.getLocation()));
        } catch (IOException e) {
            throw new InvalidNodeException("it is not text: " + Printable.of(String.valueOf(e.getMessage())));
        }
    }

    private static String position(@Nullable JsonLocation location) {
        return location == null ? "" : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
    }

    private static String host(JsonNode address) throws InvalidNodeException {
        return Optional.of(address)
                .filter(declared -> declared.isValueNode() && !declared.isNull())
                .flatMap(declared -> HostGrammar.parse(declared.asText()))
                .orElseThrow(() -> new InvalidNodeException(
                        "address " + shown(address) + " is neither a host name nor an IP address"));
    }

    /** The port; below 1 if none is declared, which is written as nothing, null, "", 0 or -1, and too large if it is no number. */
    private static int port(JsonNode declared) {
        try {
            Integer port = JSON.treeToValue(declared, Integer.class);
            return port == null ? 0 : port;
        } catch (JsonProcessingException e) {
            return Integer.MAX_VALUE;
        }
    }

    private static String number(JsonNode declared, String otherwise) {
        try {
            Long number = JSON.treeToValue(declared, Long.class);
            return number == null ? otherwise : number.toString();
        } catch (JsonProcessingException e) {
            return otherwise;
        }
    }

    private static boolean flag(JsonNode declared, boolean otherwise) {
        try {
            return declared.isMissingNode()
                    ? otherwise
                    : Boolean.TRUE.equals(JSON.treeToValue(declared, Boolean.class));
        } catch (JsonProcessingException e) {
            return otherwise;
        }
    }

    /** An instance that x-discovery disabled is to get no load, which a weight of 0 says. */
    private static double weight(JsonNode root, Map<String, String> metadata, List<String> remarks) {
        if (!flag(root.path("enabled"), true)) {
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

    /** The payload's metadata; without that, and if it is not Spring's, the payload is the metadata itself. */
    private static Map<String, String> metadata(JsonNode payload) throws InvalidNodeException {
        Map<String, String> metadata = new LinkedHashMap<>();
        boolean flat = !payload.has("metadata")
                && !SPRINGS_PAYLOAD.equals(payload.path("@class").asText());
        for (Map.Entry<String, JsonNode> entry : (flat ? payload : payload.path("metadata")).properties()) {
            boolean isType = flat && entry.getKey().equals("@class");
            if (entry.getValue().isValueNode() && !entry.getValue().isNull() && !isType) {
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
}

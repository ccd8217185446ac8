package io.github.zklb.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.codec.HostGrammar;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Membership.Stored;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What stands in a file of the last-good store: one line with the format's name and version and the SHA-256 of the rest,
 * then JSON. No file that was cut short or changed is read as another one. Stateless.
 */
final class StoreFormat {

    private static final String HEADER = "zk-lb-hosts 1 ";
    private static final int HEADER_LENGTH = HEADER.length() + 64 + 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private StoreFormat() {}

    /** Says why a file is not used; its message is escaped. */
    static final class InvalidFileException extends Exception {

        private static final long serialVersionUID = 1L;

        InvalidFileException(String message) {
            super(message, null, false, false);
        }
    }

    /** The content of the file of a service. */
    static byte[] encode(String serviceId, String path, Stored stored) {
        ObjectNode root = JSON.createObjectNode();
        root.put("service", serviceId);
        root.put("path", path);
        root.put("confirmed", stored.confirmed().toString());
        ArrayNode endpoints = root.putArray("endpoints");
        for (Endpoint endpoint : stored.hosts().endpoints()) {
            ObjectNode node = endpoints.addObject();
            node.put("id", endpoint.id());
            node.put("host", endpoint.host());
            node.put("port", endpoint.port());
            node.put("secure", endpoint.secure());
            node.put("weight", endpoint.weight());
            endpoint.metadata().forEach(node.putObject("metadata")::put);
            endpoint.uri().ifPresent(uri -> node.put("uri", uri.toString()));
        }
        String body = root.toPrettyString() + '\n';
        String header = HEADER + digest(body.getBytes(StandardCharsets.UTF_8)) + '\n';
        return (header + body).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads the content of a file.
     *
     * @throws InvalidFileException if it is not one that was written whole for this service at this path
     */
    static Stored decode(String serviceId, String path, byte[] data) throws InvalidFileException {
        String header = new String(data, 0, Math.min(data.length, HEADER_LENGTH), StandardCharsets.ISO_8859_1);
        require(header.startsWith(HEADER), "it is not a file of this version of zk-lb");
        byte[] body = Arrays.copyOfRange(data, header.length(), data.length);
        require(header.equals(HEADER + digest(body) + '\n'), "its checksum is wrong: it was cut short or changed");
        try {
            JsonNode root = JSON.readTree(body);
            require(
                    serviceId.equals(root.path("service").asText())
                            && path.equals(root.path("path").asText()),
                    "it belongs to the service "
                            + Printable.of(root.path("service").asText()) + " at "
                            + Printable.of(root.path("path").asText()));
            return new Stored(
                    hosts(root.path("endpoints")),
                    Instant.parse(root.path("confirmed").asText()));
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            throw new InvalidFileException("its content is not valid: " + Printable.of(message(e)));
        }
    }

    private static HostSet hosts(JsonNode endpoints) {
        List<Endpoint> hosts = new ArrayList<>();
        for (JsonNode node : endpoints) {
            Map<String, String> metadata = new LinkedHashMap<>();
            node.path("metadata")
                    .properties()
                    .forEach(entry ->
                            metadata.put(entry.getKey(), entry.getValue().asText()));
            String host = HostGrammar.parse(node.path("host").asText())
                    .orElseThrow(() -> new IllegalArgumentException("an endpoint has no valid host"));
            Endpoint endpoint = new Endpoint(
                    node.path("id").asText(),
                    host,
                    node.path("port").asInt(),
                    node.path("secure").asBoolean(),
                    node.path("weight").asDouble(),
                    metadata);
            hosts.add(
                    node.has("uri")
                            ? endpoint.withUri(URI.create(node.get("uri").asText()))
                            : endpoint);
        }
        return HostSet.of(hosts);
    }

    private static String message(Exception e) {
        return e instanceof JsonProcessingException json ? json.getOriginalMessage() : String.valueOf(e.getMessage());
    }

    private static void require(boolean condition, String otherwise) throws InvalidFileException {
        if (!condition) {
            throw new InvalidFileException(otherwise);
        }
    }

    private static String digest(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

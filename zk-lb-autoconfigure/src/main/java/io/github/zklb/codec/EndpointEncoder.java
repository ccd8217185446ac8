package io.github.zklb.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.zklb.Endpoint;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes the JSON that Spring Cloud Zookeeper and Curator's x-discovery read. The payload names Spring's class, because
 * both bind it to the class that the JSON names. Stateless.
 */
public final class EndpointEncoder {

    private static final ObjectMapper JSON = new ObjectMapper();

    private EndpointEncoder() {}

    /**
     * The content of an endpoint's node.
     *
     * @throws IllegalArgumentException if zk-lb would not read it back: the host is none, or it is too large
     */
    public static byte[] encode(String serviceId, Endpoint endpoint, Instant registered) {
        try {
            byte[] data = JSON.writeValueAsBytes(tree(serviceId, endpoint, registered));
            EndpointDecoder.decode(endpoint.id(), data);
            return data;
        } catch (JsonProcessingException | InvalidNodeException e) {
            throw new IllegalArgumentException(
                    "endpoint " + Printable.of(endpoint.id()) + " cannot be registered: " + e.getMessage(), e);
        }
    }

    private static ObjectNode tree(String serviceId, Endpoint endpoint, Instant registered) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("name", serviceId);
        root.put("id", endpoint.id());
        root.put("address", endpoint.host());
        root.put("port", endpoint.port());
        root.put("sslPort", endpoint.secure() ? endpoint.port() : null);
        ObjectNode payload = root.putObject("payload");
        payload.put("@class", EndpointDecoder.SPRINGS_PAYLOAD);
        payload.put("id", endpoint.id());
        payload.put("name", serviceId);
        ObjectNode metadata = payload.putObject("metadata");
        metadata(endpoint).forEach(metadata::put);
        root.put("registrationTimeUTC", registered.toEpochMilli());
        root.put("serviceType", "DYNAMIC");
        String uri = (endpoint.secure() ? "https://" : "http://") + endpoint.address();
        root.putObject("uriSpec")
                .putArray("parts")
                .addObject()
                .put("value", endpoint.uri().map(URI::toString).orElse(uri))
                .put("variable", false);
        return root;
    }

    /** The metadata, with a weight in it that says what the endpoint's weight is. */
    private static Map<String, String> metadata(Endpoint endpoint) {
        Map<String, String> metadata = new LinkedHashMap<>(endpoint.metadata());
        if (Weight.of(metadata.get(Weight.KEY)).value() != endpoint.weight()) {
            metadata.put(
                    Weight.KEY,
                    BigDecimal.valueOf(endpoint.weight()).stripTrailingZeros().toPlainString());
        }
        return metadata;
    }
}

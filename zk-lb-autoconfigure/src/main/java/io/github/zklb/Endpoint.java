package io.github.zklb;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One address of a service, as it is registered. Immutable, with value equality.
 *
 * @param id the id of the registration, unique within the service: the name of its node in ZooKeeper
 * @param host a host name or an IP address, without brackets
 * @param port the port, 1 to 65535
 * @param secure whether the port speaks TLS
 * @param weight the share of the load relative to the other endpoints, 0 to {@value #MAX_WEIGHT}; 0 drains the endpoint
 * @param metadata the metadata exactly as registered, in its order
 */
public record Endpoint(String id, String host, int port, boolean secure, int weight, Map<String, String> metadata) {

    /** The largest weight an endpoint can have. */
    public static final int MAX_WEIGHT = 1_000_000;

    /** The weight of an endpoint that declares none. */
    public static final int DEFAULT_WEIGHT = 1;

    /**
     * Checks the ranges and copies the metadata.
     *
     * @throws IllegalArgumentException if the id or the host is empty, or the port or the weight is out of range
     */
    public Endpoint {
        requireText(id, "id");
        requireText(host, "host");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port must be 1..65535 but was " + port);
        }
        if (weight < 0 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("weight must be 0.." + MAX_WEIGHT + " but was " + weight);
        }
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * An endpoint of weight 1 without metadata, whose id is its address.
     *
     * @param host a host name or an IP address
     * @param port the port, 1 to 65535
     */
    public static Endpoint of(String host, int port) {
        return new Endpoint(address(host, port), host, port, false, DEFAULT_WEIGHT, Map.of());
    }

    /** The same endpoint under another id. */
    public Endpoint withId(String newId) {
        return new Endpoint(newId, host, port, secure, weight, metadata);
    }

    /** The same endpoint with another weight. */
    public Endpoint withWeight(int newWeight) {
        return new Endpoint(id, host, port, secure, newWeight, metadata);
    }

    /** The same endpoint with other metadata. */
    public Endpoint withMetadata(Map<String, String> newMetadata) {
        return new Endpoint(id, host, port, secure, weight, newMetadata);
    }

    /** {@code host:port}, with brackets around an IPv6 address; survives a restart of the endpoint, unlike the id. */
    public String address() {
        return address(host, port);
    }

    /** The zone from the metadata, if it names one. */
    public Optional<String> zone() {
        return Optional.ofNullable(metadata.get("zone"));
    }

    private static String address(String host, int port) {
        return host.indexOf(':') < 0 ? host + ':' + port : '[' + host + "]:" + port;
    }

    private static void requireText(String value, String name) {
        if (Objects.requireNonNull(value, name).isEmpty()) {
            throw new IllegalArgumentException(name + " must not be empty");
        }
    }
}

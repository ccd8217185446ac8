package io.github.zklb;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One address of a service, as it is registered. Immutable, with value equality.
 *
 * @param id the id of the registration, unique within the service: the name of its node in ZooKeeper
 * @param host a host name or an IP address, without brackets
 * @param port the port, 1 to 65535
 * @param secure whether the port speaks TLS
 * @param weight the share of the load relative to the other endpoints, 0 to {@value #MAX_WEIGHT} in thousandths; 0 drains
 *     the endpoint
 * @param metadata the metadata exactly as registered, in its order
 * @param uri the URI that the registration gives to who asks the instance for one, if it says more than scheme, host and
 *     port; requests go to host and port, whatever it says
 */
public record Endpoint(
        String id,
        String host,
        int port,
        boolean secure,
        double weight,
        Map<String, String> metadata,
        Optional<URI> uri) {

    /** The largest weight an endpoint can have. */
    public static final int MAX_WEIGHT = 1_000_000;

    /** The weight of an endpoint that declares none. */
    public static final int DEFAULT_WEIGHT = 1;

    private static final double THOUSANDTHS = 1_000;
    private static final Set<String> SCHEMES = Set.of("http", "https", "ws", "wss");

    /**
     * Checks the ranges, rounds the weight to three decimals, a positive one to 0.001 at least, and copies the metadata.
     *
     * @throws IllegalArgumentException if the id or the host is empty, the port or the weight is out of range, or the URI is
     *     no http, https, ws or wss URI of that host and port
     */
    public Endpoint {
        requireText(id, "id");
        requireText(host, "host");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port must be 1..65535 but was " + port);
        }
        if (!(weight >= 0 && weight <= MAX_WEIGHT)) {
            throw new IllegalArgumentException("weight must be 0.." + MAX_WEIGHT + " but was " + weight);
        }
        weight = weight == 0 ? 0 : Math.max(1, Math.round(weight * THOUSANDTHS)) / THOUSANDTHS;
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        String plain = (secure ? "https://" : "http://") + address(host, port);
        uri = uri.filter(given -> !given.toString().equals(plain));
        if (uri.filter(given -> !isOf(given, host, port)).isPresent()) {
            throw new IllegalArgumentException(
                    "uri must be an http, https, ws or wss URI of " + address(host, port) + " but was " + uri.get());
        }
    }

    /** An endpoint whose URI is its scheme, host and port. */
    public Endpoint(String id, String host, int port, boolean secure, double weight, Map<String, String> metadata) {
        this(id, host, port, secure, weight, metadata, Optional.empty());
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
        return new Endpoint(newId, host, port, secure, weight, metadata, uri);
    }

    /** The same endpoint with another weight. */
    public Endpoint withWeight(double newWeight) {
        return new Endpoint(id, host, port, secure, newWeight, metadata, uri);
    }

    /** The same endpoint with other metadata. */
    public Endpoint withMetadata(Map<String, String> newMetadata) {
        return new Endpoint(id, host, port, secure, weight, newMetadata, uri);
    }

    /** The same endpoint with another URI. */
    public Endpoint withUri(URI newUri) {
        return new Endpoint(id, host, port, secure, weight, metadata, Optional.of(newUri));
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

    private static boolean isOf(URI uri, String host, int port) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        String authority = String.valueOf(uri.getRawAuthority()); // Java finds no host in one with an underscore
        String implied = authority.matches(".*:\\d+") ? "" : scheme.endsWith("s") ? ":443" : ":80";
        return SCHEMES.contains(scheme) && address(host, port).equalsIgnoreCase(authority + implied);
    }

    private static void requireText(String value, String name) {
        if (Objects.requireNonNull(value, name).isEmpty()) {
            throw new IllegalArgumentException(name + " must not be empty");
        }
    }
}

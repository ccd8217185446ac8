package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.PercentEncoding;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * An endpoint as Spring sees it. Immutable, with value equality; the URI and the hash code are computed once, since
 * suppliers around ours compare whole lists on the request path.
 */
public final class ZkServiceInstance implements ServiceInstance {

    private final String serviceId;
    private final Endpoint endpoint;
    private final String id;
    private final String address;
    private final String host;
    private final URI uri;
    private final int hash;

    ZkServiceInstance(String serviceId, Endpoint endpoint) {
        this.serviceId = serviceId;
        this.endpoint = endpoint;
        this.id = PercentEncoding.of(endpoint.id(), ZkServiceInstance::isPlain);
        this.address = endpoint.address();
        this.host = address.substring(0, address.lastIndexOf(':'));
        this.uri = endpoint.uri().orElseGet(() -> URI.create((endpoint.secure() ? "https://" : "http://") + address));
        this.hash = 31 * serviceId.hashCode() + endpoint.hashCode();
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** The host and port as they stand in a URI. */
    public String address() {
        return address;
    }

    @Override
    public String getServiceId() {
        return serviceId;
    }

    /**
     * The endpoint's id, fit for a cookie, a log and the tag of a meter, into all of which Spring writes it: what a cookie's
     * value must not hold (RFC 6265) is percent-encoded, so that whoever may register chooses no header and no line.
     */
    @Override
    public String getInstanceId() {
        return id;
    }

    /** The host as it stands in a URI: an IPv6 address is in brackets. */
    @Override
    public String getHost() {
        return host;
    }

    @Override
    public int getPort() {
        return endpoint.port();
    }

    @Override
    public boolean isSecure() {
        return endpoint.secure();
    }

    /** The URI that the registration gives, as Spring Cloud Zookeeper does, or else scheme, host and port. */
    @Override
    public URI getUri() {
        return uri;
    }

    @Override
    public Map<String, String> getMetadata() {
        return endpoint.metadata();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof ZkServiceInstance that
                        && hash == that.hash
                        && serviceId.equals(that.serviceId)
                        && endpoint.equals(that.endpoint);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return serviceId + '[' + id + " at " + uri + ']';
    }

    private static boolean isPlain(int c) {
        return c > ' ' && c <= '~' && "\",;\\%".indexOf(c) < 0;
    }
}

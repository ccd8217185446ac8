package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.codec.PercentEncoding;
import io.github.zklb.codec.Weight;
import io.github.zklb.engine.Snapshot;
import java.net.URI;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.Response;

/**
 * An endpoint as Spring sees it. Immutable, with value equality; the URI and the hash code are computed once, since
 * suppliers around ours compare whole lists on the request path.
 */
public final class ZkServiceInstance implements ServiceInstance {

    static final int HTTP = 80;
    static final int HTTPS = 443;

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

    /** An instance of any registry as an endpoint. One without a port listens where its scheme does. */
    public static Endpoint endpoint(ServiceInstance instance) {
        if (instance instanceof ZkServiceInstance ours) {
            return ours.endpoint;
        }
        String address = address(instance);
        int colon = address.lastIndexOf(':');
        String id = instance.getInstanceId();
        Map<String, String> metadata = Objects.requireNonNullElse(instance.getMetadata(), Map.of());
        return new Endpoint(
                id == null || id.isEmpty() ? address : id,
                address.substring(0, colon).replaceAll("^\\[|]$", ""),
                Integer.parseInt(address.substring(colon + 1)),
                instance.isSecure(),
                Weight.of(metadata.get(Weight.KEY)).value(),
                metadata);
    }

    /** The host and port of an instance of any registry as they stand in a URL, which the endpoint's address is, too. */
    static String address(ServiceInstance instance) {
        if (instance instanceof ZkServiceInstance ours) {
            return ours.address();
        }
        return address(instance, instance.isSecure() ? HTTPS : HTTP);
    }

    /** The same of another registry's, not each of which gives a port, or puts an IPv6 address in brackets. */
    static String address(ServiceInstance instance, int otherwise) {
        String host = String.valueOf(instance.getHost());
        int port = instance.getPort();
        return (host.indexOf(':') < 0 || host.startsWith("[") ? host : '[' + host + ']')
                + ':'
                + (port > 0 ? port : otherwise);
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

    /**
     * The endpoints of a snapshot as Spring sees them, and for each the answer made in advance. Immutable.
     *
     * @param instances the instances, in the order of the endpoints
     * @param answers the answer for each endpoint. A picker gives the very objects of its host set, so that identity is enough
     *     and nothing is hashed
     */
    public record View(List<ServiceInstance> instances, Map<Endpoint, Response<ServiceInstance>> answers) {

        public static View of(String serviceId, HostSet hosts) {
            List<ServiceInstance> instances = new ArrayList<>(hosts.size());
            IdentityHashMap<Endpoint, Response<ServiceInstance>> answers = new IdentityHashMap<>(2 * hosts.size());
            for (Endpoint endpoint : hosts.endpoints()) {
                ServiceInstance instance = new ZkServiceInstance(serviceId, endpoint);
                instances.add(instance);
                answers.put(endpoint, new DefaultResponse(instance));
            }
            return new View(List.copyOf(instances), answers);
        }

        public static View in(Snapshot snapshot) {
            return (View) snapshot.view();
        }

        Response<ServiceInstance> answer(Endpoint picked) {
            return Objects.requireNonNull(answers.get(picked));
        }
    }
}

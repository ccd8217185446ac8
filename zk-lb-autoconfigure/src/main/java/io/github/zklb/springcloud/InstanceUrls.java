package io.github.zklb.springcloud;

import java.net.URI;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerUriTools;

/**
 * The URLs that requests are sent to: the address of an instance, and the rest as the caller wrote it. Spring takes
 * each URL apart and builds it again, which costs more than everything else on a request's way.
 */
public final class InstanceUrls {

    private InstanceUrls() {}

    /**
     * The URL at an instance. What Spring normalizes, a path with empty segments and whatever is encoded, is left to Spring.
     *
     * @param instance the instance
     * @param original the URL with the service id for a host
     */
    public static URI of(ServiceInstance instance, URI original) {
        return instance instanceof ZkServiceInstance ours && isPlain(original)
                ? at(ours, original)
                : LoadBalancerUriTools.reconstructURI(instance, original);
    }

    private static boolean isPlain(URI url) {
        String path = url.getRawPath();
        return path != null
                && url.getScheme() != null
                && !path.contains("//")
                && url.toString().indexOf('%') < 0;
    }

    private static URI at(ZkServiceInstance instance, URI original) {
        String userInfo = original.getRawUserInfo();
        String query = original.getRawQuery();
        String fragment = original.getRawFragment();
        StringBuilder url =
                new StringBuilder(64).append(scheme(instance, original)).append("://");
        if (userInfo != null) {
            url.append(userInfo).append('@');
        }
        url.append(instance.address()).append(original.getRawPath());
        if (query != null && !query.isEmpty()) {
            url.append('?').append(query);
        }
        if (fragment != null) {
            url.append('#').append(fragment);
        }
        return URI.create(url.toString());
    }

    /** The caller's own, unless the instance speaks TLS and the caller's does not. */
    private static String scheme(ServiceInstance instance, URI original) {
        String scheme = original.getScheme();
        if (!instance.isSecure()) {
            return scheme;
        }
        return switch (scheme) {
            case "http" -> "https";
            case "ws" -> "wss";
            default -> scheme;
        };
    }
}

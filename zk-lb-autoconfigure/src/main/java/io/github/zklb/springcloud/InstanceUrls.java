package io.github.zklb.springcloud;

import java.net.URI;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerUriTools;

/**
 * The URLs that requests are sent to: scheme and address of an instance, and the rest as the caller wrote it. Spring takes
 * each URL apart and builds it again, which costs more than everything else on a request's way.
 */
final class InstanceUrls {

    private InstanceUrls() {}

    /**
     * The URL at an instance. What Spring normalizes, a path with empty segments and whatever is encoded, is left to Spring.
     *
     * @param instance the instance
     * @param original the URL with the service id for a host
     */
    static URI of(ServiceInstance instance, URI original) {
        return instance instanceof ZkServiceInstance ours && isPlain(original)
                ? at(ours, original)
                : LoadBalancerUriTools.reconstructURI(instance, original);
    }

    private static boolean isPlain(URI url) {
        String path = url.getRawPath();
        return path != null && !path.contains("//") && url.toString().indexOf('%') < 0;
    }

    private static URI at(ZkServiceInstance instance, URI original) {
        String userInfo = original.getRawUserInfo();
        String query = original.getRawQuery();
        String fragment = original.getRawFragment();
        StringBuilder url = new StringBuilder(64).append(instance.getScheme()).append("://");
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
}

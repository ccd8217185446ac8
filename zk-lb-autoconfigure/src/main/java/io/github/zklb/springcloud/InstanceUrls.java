package io.github.zklb.springcloud;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.util.Assert;

/**
 * The URLs that requests are sent to: scheme, host and port are those of an instance, and the rest is as the caller wrote it,
 * byte for byte. Spring takes each URL apart and builds it again, which costs more than everything else on a request's way,
 * and encodes twice what is encoded in part (spring-cloud-commons #1192).
 */
public final class InstanceUrls {

    private InstanceUrls() {}

    /**
     * The URL at an instance.
     *
     * @param instance the instance, of any registry; one without a port listens where its scheme does
     * @param original the URL with the service id for a host, or only what follows the host
     */
    public static URI of(ServiceInstance instance, URI original) {
        Assert.notNull(instance, "there is no instance to send a request to");
        String scheme = scheme(instance, original.getScheme());
        return of(scheme, address(instance, scheme), original);
    }

    /**
     * The URL at an address.
     *
     * @param scheme such as {@code http}
     * @param address host and port
     * @param original the URL with another host, or only what follows the host
     */
    public static URI of(String scheme, String address, URI original) {
        String userInfo = original.getRawUserInfo();
        String path = original.getRawPath();
        StringBuilder url = new StringBuilder(64).append(scheme).append("://");
        if (userInfo != null) {
            url.append(userInfo).append('@');
        }
        url.append(address);
        if (path != null) {
            url.append(path.isEmpty() || path.startsWith("/") ? "" : "/").append(path);
        }
        append(url, '?', original.getRawQuery());
        append(url, '#', original.getRawFragment());
        return URI.create(url.toString());
    }

    /** The host and port as they stand in a URL, or an empty string if it has none. */
    public static String address(URI url) {
        String authority = url.getRawAuthority();
        return authority == null ? "" : authority.substring(authority.lastIndexOf('@') + 1);
    }

    /** The instance's own; else the caller's, unless the instance speaks TLS and the caller's does not. */
    private static String scheme(ServiceInstance instance, @Nullable String callers) {
        String scheme = callers == null ? "http" : callers;
        boolean toSecure = instance.isSecure() && (scheme.equals("http") || scheme.equals("ws"));
        return instance.getScheme() != null ? instance.getScheme() : toSecure ? scheme + 's' : scheme;
    }

    private static String address(ServiceInstance instance, String scheme) {
        if (instance instanceof ZkServiceInstance ours) {
            return ours.address();
        }
        boolean secure = scheme.equals("https") || scheme.equals("wss");
        return ZkServiceInstance.address(instance, secure ? ZkServiceInstance.HTTPS : ZkServiceInstance.HTTP);
    }

    private static void append(StringBuilder url, char separator, @Nullable String part) {
        if (part != null) {
            url.append(separator).append(part);
        }
    }
}

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

    private static final int HTTP = 80;
    private static final int HTTPS = 443;

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
        String userInfo = original.getRawUserInfo();
        String path = original.getRawPath();
        StringBuilder url = new StringBuilder(64).append(scheme).append("://");
        if (userInfo != null) {
            url.append(userInfo).append('@');
        }
        appendHost(url, instance.getHost());
        url.append(':').append(port(instance, scheme));
        if (path != null) {
            url.append(path.isEmpty() || path.startsWith("/") ? "" : "/").append(path);
        }
        append(url, '?', original.getRawQuery());
        append(url, '#', original.getRawFragment());
        return URI.create(url.toString());
    }

    /** The instance's own; else the caller's, unless the instance speaks TLS and the caller's does not. */
    private static String scheme(ServiceInstance instance, @Nullable String callers) {
        String own = instance.getScheme();
        if (own != null) {
            return own;
        }
        String scheme = callers == null ? "http" : callers;
        return switch (instance.isSecure() ? scheme : "") {
            case "http" -> "https";
            case "ws" -> "wss";
            default -> scheme;
        };
    }

    private static int port(ServiceInstance instance, String scheme) {
        int port = instance.getPort();
        return port >= 0 ? port : scheme.equals("https") || scheme.equals("wss") ? HTTPS : HTTP;
    }

    /** Not every registry puts an IPv6 address in brackets. */
    private static void appendHost(StringBuilder url, String host) {
        boolean bare = host.indexOf(':') >= 0 && host.charAt(0) != '[';
        url.append(bare ? "[" : "").append(host).append(bare ? "]" : "");
    }

    private static void append(StringBuilder url, char separator, @Nullable String part) {
        if (part != null) {
            url.append(separator).append(part);
        }
    }
}

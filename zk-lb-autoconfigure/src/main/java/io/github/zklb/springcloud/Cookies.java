package io.github.zklb.springcloud;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.util.CollectionUtils;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/**
 * The cookies of a request: first those of its headers, in their order, then those that only the map has. Of the maps that
 * Spring's clients hand over, the blocking ones' is wrong for more than one cookie, WebClient's lacks what stands in the
 * header, Feign's is missing, and a gateway's depends on its server.
 *
 * <p>The header is read as RFC 6265 has it: names are case-sensitive, white space around names and values is none of them, and
 * quotes belong to the value, as Tomcat has it too.
 */
public final class Cookies {

    /** Most requests have none, and nobody adds any to what a balancer is told. */
    private static final MultiValueMap<String, String> NONE =
            CollectionUtils.unmodifiableMultiValueMap(new LinkedMultiValueMap<>());

    private Cookies() {}

    /** The first value of a cookie, or null if the request has none of that name. */
    static @Nullable String first(RequestData data, String name) {
        for (Map.Entry<String, String> cookie : inHeaders(data.getHeaders())) {
            if (cookie.getKey().equals(name)) {
                return cookie.getValue();
            }
        }
        return data.getCookies() == null ? null : data.getCookies().getFirst(name);
    }

    /** What a balancer is told of a request of the blocking clients: also its attributes, which Spring leaves out. */
    public static RequestData dataOf(HttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        return new RequestData(
                request.getMethod(), request.getURI(), headers, told(inHeaders(headers)), request.getAttributes());
    }

    /** The same request, with all its cookies in the map, for suppliers that look there (a sticky session). */
    public static Request<?> inTheMap(Request<?> request) {
        RequestData data =
                request.getContext() instanceof RequestDataContext context ? context.getClientRequest() : null;
        if (data == null || data.getClass() != RequestData.class) {
            return request;
        }
        List<Map.Entry<String, String>> inHeaders = inHeaders(data.getHeaders());
        if (inHeaders.isEmpty()) {
            return request;
        }
        MultiValueMap<String, String> cookies = map(inHeaders);
        if (data.getCookies() != null) {
            data.getCookies().forEach(cookies::putIfAbsent);
        }
        return with(
                new RequestData(data.getHttpMethod(), data.getUrl(), data.getHeaders(), cookies, data.getAttributes()),
                request);
    }

    /** The request with other data, unless it has a context of somebody's own, which may say more than we could copy. */
    private static Request<?> with(RequestData data, Request<?> request) {
        if (request.getContext() instanceof RetryableRequestContext context
                && context.getClass() == RetryableRequestContext.class) {
            return new DefaultRequest<>(
                    new RetryableRequestContext(context.getPreviousServiceInstance(), data, context.getHint()));
        }
        return request.getContext() instanceof RequestDataContext context
                        && context.getClass() == RequestDataContext.class
                ? new DefaultRequest<>(new RequestDataContext(data, context.getHint()))
                : request;
    }

    private static List<Map.Entry<String, String>> inHeaders(@Nullable HttpHeaders headers) {
        List<String> lines = headers == null ? null : headers.get(HttpHeaders.COOKIE);
        if (lines == null) {
            return List.of();
        }
        List<Map.Entry<String, String>> cookies = new ArrayList<>();
        for (String line : lines) {
            for (String pair : line.split(";")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    cookies.add(Map.entry(
                            pair.substring(0, equals).trim(),
                            pair.substring(equals + 1).trim()));
                }
            }
        }
        return cookies;
    }

    private static MultiValueMap<String, String> told(List<Map.Entry<String, String>> cookies) {
        return cookies.isEmpty() ? NONE : map(cookies);
    }

    private static MultiValueMap<String, String> map(List<Map.Entry<String, String>> cookies) {
        MultiValueMap<String, String> map = new LinkedMultiValueMap<>();
        cookies.forEach(cookie -> map.add(cookie.getKey(), cookie.getValue()));
        return map;
    }
}

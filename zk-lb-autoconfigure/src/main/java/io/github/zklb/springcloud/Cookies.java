package io.github.zklb.springcloud;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.http.HttpHeaders;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/**
 * Gives suppliers that look at cookies (a sticky session) those that the request has. Of the maps that Spring's clients
 * hand over, the blocking ones' is wrong for more than one cookie, WebClient's lacks what stands in the header, and
 * Feign's is missing.
 */
public final class Cookies {

    private Cookies() {}

    /** The same request, with all the cookies of its header in the map; the request itself if it has no such header. */
    public static Request<?> inTheMap(Request<?> request) {
        if (!(request.getContext() instanceof RequestDataContext context)) {
            return request;
        }
        RequestData data = context.getClientRequest();
        HttpHeaders headers = data == null || data.getClass() != RequestData.class ? null : data.getHeaders();
        List<String> cookies = headers == null ? null : headers.get(HttpHeaders.COOKIE);
        if (cookies == null || data == null) {
            return request;
        }
        RequestData right = new RequestData(
                data.getHttpMethod(), data.getUrl(), headers, all(cookies, data.getCookies()), data.getAttributes());
        if (context.getClass() == RequestDataContext.class) {
            return new DefaultRequest<>(new RequestDataContext(right, context.getHint()));
        }
        if (context.getClass() == RetryableRequestContext.class) {
            return new DefaultRequest<>(new RetryableRequestContext(
                    ((RetryableRequestContext) context).getPreviousServiceInstance(), right, context.getHint()));
        }
        return request; // a context of somebody's own, which may say more than we could copy
    }

    private static MultiValueMap<String, String> all(
            List<String> headers, @Nullable MultiValueMap<String, String> known) {
        MultiValueMap<String, String> cookies = new LinkedMultiValueMap<>();
        for (String header : headers) {
            for (String pair : header.split(";")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    cookies.add(
                            pair.substring(0, equals).strip(),
                            pair.substring(equals + 1).strip());
                }
            }
        }
        if (known != null) {
            known.forEach(cookies::putIfAbsent);
        }
        return cookies;
    }
}

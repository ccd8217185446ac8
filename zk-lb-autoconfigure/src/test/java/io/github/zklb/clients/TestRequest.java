package io.github.zklb.clients;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * A request as any client can send it. Each of the {@code with} methods gives another one. Immutable.
 *
 * @param method GET, POST, PUT or DELETE
 * @param path the path, from the slash
 * @param query the query's parameters
 * @param headers the headers, without the cookies
 * @param cookies the cookies
 * @param attributes what the client tells its own filters, if it can
 */
public record TestRequest(
        HttpMethod method,
        String path,
        Map<String, String> query,
        Map<String, String> headers,
        Map<String, String> cookies,
        Map<String, Object> attributes) {

    /** A GET. */
    public static TestRequest get(String path) {
        return new TestRequest(HttpMethod.GET, path, Map.of(), Map.of(), Map.of(), Map.of());
    }

    /** By another method. */
    public TestRequest withMethod(HttpMethod other) {
        return new TestRequest(other, path, query, headers, cookies, attributes);
    }

    /** With one more parameter of the query. */
    public TestRequest withQuery(String name, String value) {
        return new TestRequest(method, path, and(query, name, value), headers, cookies, attributes);
    }

    /** With one more header. */
    public TestRequest withHeader(String name, String value) {
        return new TestRequest(method, path, query, and(headers, name, value), cookies, attributes);
    }

    /** With one more cookie. */
    public TestRequest withCookie(String name, String value) {
        return new TestRequest(method, path, query, headers, and(cookies, name, value), attributes);
    }

    /** With one more attribute. */
    public TestRequest withAttribute(String name, Object value) {
        return new TestRequest(method, path, query, headers, cookies, and(attributes, name, value));
    }

    /** Where it goes, with the service id for a host. */
    public URI uri(String serviceId) {
        String parameters = query.entrySet().stream()
                .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
                .collect(Collectors.joining("&"));
        return URI.create("http://" + serviceId + path + (parameters.isEmpty() ? "" : "?" + parameters));
    }

    /** The headers, with the cookies in one of them, as a client without cookies of its own sends them. */
    public HttpHeaders headersWithCookies() {
        HttpHeaders all = new HttpHeaders();
        headers.forEach(all::set);
        if (!cookies.isEmpty()) {
            all.set(
                    HttpHeaders.COOKIE,
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        return all;
    }

    private static <V> Map<String, V> and(Map<String, V> map, String name, V value) {
        Map<String, V> all = new LinkedHashMap<>(map);
        all.put(name, value);
        return Map.copyOf(all);
    }
}

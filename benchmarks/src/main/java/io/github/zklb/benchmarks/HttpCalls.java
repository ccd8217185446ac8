package io.github.zklb.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.HttpRequestLoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.reactive.function.client.ClientRequest;

/**
 * The requests to a service as Spring's clients make them, each with another key in its headers. They are made beforehand,
 * and few enough to stay in the processor's cache, as a request does that was made a moment ago.
 */
final class HttpCalls {

    static final String KEY_HEADER = "X-User-Id";

    /** A power of two. */
    static final int COUNT = 256;

    private static final URI URL = URI.create("http://" + BalancedApplication.SERVICE + "/orders/4711?expand=lines");

    private HttpCalls() {}

    /** What a balancer is given. */
    static List<Request<?>> ofBalancer() {
        return of(headers ->
                new DefaultRequest<>(new RequestDataContext(new RequestData(new Outgoing(headers, Map.of())))));
    }

    /** What an interceptor of RestTemplate or RestClient is given. */
    static List<HttpRequest> ofInterceptor() {
        return of(headers -> new Outgoing(headers, new HashMap<>()));
    }

    /** What a client that executes requests is given; each gives the instance back. */
    static List<LoadBalancerRequest<Object>> ofClient() {
        return of(headers -> new Executed(new Outgoing(headers, Map.of())));
    }

    /** What a filter of WebClient is given. */
    static List<ClientRequest> ofFilter() {
        return of(headers -> ClientRequest.create(HttpMethod.GET, URL)
                .headers(all -> all.addAll(headers))
                .build());
    }

    private static <T> List<T> of(Function<HttpHeaders, T> form) {
        return Keys.as(Function.identity()).stream()
                .limit(COUNT)
                .map(key -> {
                    HttpHeaders headers = new HttpHeaders();
                    headers.set(HttpHeaders.ACCEPT, "application/json");
                    headers.set(KEY_HEADER, key);
                    return form.apply(headers);
                })
                .toList();
    }

    /** A request that is executed, with the HTTP request that it is about: its key is in a header. */
    private record Executed(HttpRequest http) implements HttpRequestLoadBalancerRequest<Object> {

        @Override
        public HttpRequest getHttpRequest() {
            return http;
        }

        @Override
        public Object apply(ServiceInstance instance) {
            return instance;
        }
    }

    /** A request of a blocking client. */
    private record Outgoing(HttpHeaders headers, Map<String, Object> attributes) implements HttpRequest {

        @Override
        public HttpMethod getMethod() {
            return HttpMethod.GET;
        }

        @Override
        public URI getURI() {
            return URL;
        }

        @Override
        public Map<String, Object> getAttributes() {
            return attributes;
        }

        @Override
        public HttpHeaders getHeaders() {
            return headers;
        }
    }

    /** A response of a blocking client: well, and with nothing in it. */
    static final class Answer implements ClientHttpResponse {

        private final HttpHeaders headers = new HttpHeaders();

        @Override
        public HttpStatusCode getStatusCode() {
            return HttpStatus.OK;
        }

        @Override
        public String getStatusText() {
            return "";
        }

        @Override
        public HttpHeaders getHeaders() {
            return headers;
        }

        @Override
        public InputStream getBody() {
            return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public void close() {}
    }
}

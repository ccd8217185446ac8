package io.github.zklb.springcloud.blocking;

import io.github.zklb.reports.LoadReport;
import java.net.URI;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.HttpRequestLoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestFactory;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestTransformer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.support.HttpRequestWrapper;

/**
 * A request of RestTemplate or RestClient, at an instance once it is applied to one. It does what Spring's own does, and
 * knows whether it has been passed on through all interceptors: those that a user adds later run inside the balanced call,
 * and what fails there before, such as fetching a token, is no failure of the instance. For one thread.
 */
final class InterceptedRequest extends HttpRequestWrapper
        implements HttpRequestLoadBalancerRequest<ClientHttpResponse> {

    private final byte[] body;
    private final ClientHttpRequestExecution execution;
    private final Factory factory;
    private @Nullable HttpHeaders headers;
    private @Nullable URI url;
    private boolean passedOn;

    private InterceptedRequest(
            HttpRequest request, byte[] body, ClientHttpRequestExecution execution, Factory factory) {
        super(request);
        this.body = body;
        this.execution = execution;
        this.factory = factory;
    }

    /** Whether the last interceptor has passed it on, so that it was sent. */
    boolean isPassedOn() {
        return passedOn;
    }

    /** Who threw an error once it was passed on. */
    Thrower thrower(Exception error) {
        return Thrower.of(error, execution);
    }

    /** Asks the instance for its own load, unless the caller does so. */
    void askForLoad() {
        HttpHeaders all = new HttpHeaders();
        all.addAll(getRequest().getHeaders());
        all.putIfAbsent(LoadReport.ASKING_HEADER, List.of(LoadReport.TEXT));
        headers = all;
    }

    @Override
    public HttpHeaders getHeaders() {
        return headers == null ? super.getHeaders() : headers;
    }

    @Override
    public HttpRequest getHttpRequest() {
        return getRequest();
    }

    @Override
    public ClientHttpResponse apply(ServiceInstance instance) throws Exception {
        url = factory.client.reconstructURI(instance, getRequest().getURI());
        HttpRequest sent = this;
        for (LoadBalancerRequestTransformer transformer : factory.transformers) {
            sent = transformer.transformRequest(sent, instance);
        }
        return execution.execute(sent, body);
    }

    @Override
    public URI getURI() {
        return url == null ? super.getURI() : url;
    }

    /**
     * At the end of the interceptors, Spring copies each of the attributes into the request that it sends. Nobody else goes
     * through all of them, so that is the sign.
     */
    @Override
    public Map<String, Object> getAttributes() {
        Map<String, Object> all = super.getAttributes();
        return new AbstractMap<>() {
            @Override
            public void forEach(BiConsumer<? super String, ? super Object> action) {
                passedOn = true;
                all.forEach(action);
            }

            @Override
            public @Nullable Object put(String name, Object value) {
                return all.put(name, value);
            }

            @Override
            public Set<Entry<String, Object>> entrySet() {
                return all.entrySet();
            }
        };
    }

    /** Makes the requests, in place of Spring's factory. */
    static final class Factory extends LoadBalancerRequestFactory {

        private final LoadBalancerClient client;
        private final List<LoadBalancerRequestTransformer> transformers;

        Factory(LoadBalancerClient client, List<LoadBalancerRequestTransformer> transformers) {
            super(client, transformers);
            this.client = client;
            this.transformers = transformers;
        }

        @Override
        public LoadBalancerRequest<ClientHttpResponse> createRequest(
                HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
            return CountingLoadBalancerClient.beginning(new InterceptedRequest(request, body, execution, this));
        }
    }
}

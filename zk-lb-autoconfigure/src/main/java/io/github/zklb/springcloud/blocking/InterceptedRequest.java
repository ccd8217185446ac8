package io.github.zklb.springcloud.blocking;

import java.net.URI;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.HttpRequestLoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestFactory;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestTransformer;
import org.springframework.cloud.client.loadbalancer.ServiceRequestWrapper;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpResponse;

/**
 * A request of RestTemplate or RestClient. It does what Spring's own does, and knows whether it has been passed on through
 * all interceptors: those that a user adds later run inside the balanced call, and what fails there before, such as fetching
 * a token, is no failure of the instance.
 *
 * <p>At the end of the interceptors, Spring copies what is in the attributes into the request that it sends. Nobody else
 * looks at all of them, so that is the sign. For one thread.
 */
final class InterceptedRequest implements HttpRequestLoadBalancerRequest<ClientHttpResponse> {

    private final HttpRequest request;
    private final byte[] body;
    private final ClientHttpRequestExecution execution;
    private final Factory factory;
    private boolean passedOn;

    private InterceptedRequest(
            HttpRequest request, byte[] body, ClientHttpRequestExecution execution, Factory factory) {
        this.request = request;
        this.body = body;
        this.execution = execution;
        this.factory = factory;
    }

    /** Whether the last interceptor has passed it on, so that it was sent. */
    boolean isPassedOn() {
        return passedOn;
    }

    @Override
    public HttpRequest getHttpRequest() {
        return request;
    }

    @Override
    public ClientHttpResponse apply(ServiceInstance instance) throws Exception {
        HttpRequest addressed = new Addressed(instance);
        for (LoadBalancerRequestTransformer transformer : factory.transformers) {
            addressed = transformer.transformRequest(addressed, instance);
        }
        return execution.execute(addressed, body);
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
            InterceptedRequest intercepted = new InterceptedRequest(request, body, execution, this);
            if (CountingLoadBalancerClient.SPRING_RETRY) {
                Retries.begin(intercepted);
            }
            return intercepted;
        }
    }

    /** The request with an instance's address, which is worked out once. */
    private final class Addressed extends ServiceRequestWrapper {

        private @Nullable URI url;

        Addressed(ServiceInstance instance) {
            super(request, instance, factory.client);
        }

        @Override
        public URI getURI() {
            URI known = url;
            if (known == null) {
                known = super.getURI();
                url = known;
            }
            return known;
        }

        @Override
        public Map<String, Object> getAttributes() {
            return new Attributes(super.getAttributes());
        }
    }

    /** The request's attributes. To look at single ones, as interceptors do, says nothing. */
    private final class Attributes extends AbstractMap<String, Object> {

        private final Map<String, Object> all;

        Attributes(Map<String, Object> all) {
            this.all = all;
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            passedOn = true;
            return all.entrySet();
        }

        @Override
        public @Nullable Object get(Object name) {
            return all.get(name);
        }

        @Override
        public boolean containsKey(Object name) {
            return all.containsKey(name);
        }

        @Override
        public @Nullable Object put(String name, Object value) {
            return all.put(name, value);
        }

        @Override
        public @Nullable Object remove(Object name) {
            return all.remove(name);
        }

        @Override
        public int size() {
            return all.size();
        }

        @Override
        public String toString() {
            return all.toString();
        }
    }
}

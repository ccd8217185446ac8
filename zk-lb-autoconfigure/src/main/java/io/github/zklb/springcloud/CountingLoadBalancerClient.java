package io.github.zklb.springcloud;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClientResponseException;

/**
 * The stock client of RestTemplate, RestClient and of those who use it by hand, which counts each request that it sends as a
 * call: a retry is another one. The call ends with the head of the response. To read the body is the caller's affair: he
 * may do it slowly, or never, and neither is the endpoint's doing.
 */
final class CountingLoadBalancerClient extends BlockingLoadBalancerClient {

    private static final boolean SPRING_RETRY = ClassUtils.isPresent(
            "org.springframework.retry.RetryContext", CountingLoadBalancerClient.class.getClassLoader());

    private final CallCounter calls;

    CountingLoadBalancerClient(ReactiveLoadBalancer.Factory<ServiceInstance> balancers, CallCounter calls) {
        super(balancers);
        this.calls = calls;
    }

    @Override
    public <T> T execute(String serviceId, ServiceInstance instance, LoadBalancerRequest<T> request)
            throws IOException {
        CountedCall counted = instance == null ? null : calls.start(serviceId, address(instance));
        if (counted == null) {
            return super.execute(serviceId, instance, request);
        }
        try {
            T response = super.execute(serviceId, instance, request);
            end(counted, response);
            return response;
        } catch (IOException | RuntimeException error) {
            end(counted, error);
            throw error;
        } finally {
            counted.call().cancelled();
        }
    }

    /** Whoever retries says where the last attempt went, from the second on, and uses Spring Retry. */
    @Override
    public <T> ServiceInstance choose(String serviceId, Request<T> request) {
        return !(request instanceof Attempts.Next<?>)
                        && request.getContext() instanceof RetryableRequestContext context
                        && context.getPreviousServiceInstance() != null
                        && SPRING_RETRY
                ? super.choose(serviceId, Attempts.ofThisThread().next(context))
                : super.choose(serviceId, request);
    }

    /** Who executes a request by hand gives back whatever he likes, and what has no status has no error. */
    private static void end(CountedCall counted, @Nullable Object response) {
        try {
            if (response instanceof ClientHttpResponse http) {
                counted.end(http.getStatusCode().value());
            } else if (response instanceof ResponseEntity<?> entity) {
                counted.end(entity.getStatusCode().value());
            } else {
                counted.call().succeeded();
            }
        } catch (IOException unreadable) {
            counted.call().failed();
        }
    }

    /**
     * A caller that is interrupted has given up, although its client reports that as an I/O error. What is executed by hand
     * may use a client that makes an error of a response.
     */
    static void end(CountedCall counted, Exception error) {
        if (Thread.currentThread().isInterrupted()) {
            counted.call().cancelled();
        } else if (error instanceof RestClientResponseException response) {
            counted.end(response.getStatusCode().value());
        } else {
            counted.end(error);
        }
    }

    /** The host and port of an instance, as they stand in a URL. */
    static String address(ServiceInstance instance) {
        return instance instanceof ZkServiceInstance ours
                ? ours.address()
                : instance.getHost() + ':' + instance.getPort();
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.resilience.Call;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.http.client.ClientHttpResponse;

/**
 * The stock client of RestTemplate and RestClient, which counts each request that it sends as a call: a retry is another
 * one. The call ends with the head of the response. To read the body is the caller's affair: he may do it slowly, or
 * never, and neither is the endpoint's doing.
 */
final class CountingLoadBalancerClient extends BlockingLoadBalancerClient {

    private final CallCounter calls;
    private final Failures failures;

    CountingLoadBalancerClient(
            ReactiveLoadBalancer.Factory<ServiceInstance> balancers, CallCounter calls, Failures failures) {
        super(balancers);
        this.calls = calls;
        this.failures = failures;
    }

    @Override
    public <T> T execute(String serviceId, ServiceInstance instance, LoadBalancerRequest<T> request)
            throws IOException {
        Call call = instance == null ? null : calls.start(serviceId, address(instance));
        if (call == null) {
            return super.execute(serviceId, instance, request);
        }
        try {
            T response = super.execute(serviceId, instance, request);
            end(call, response);
            return response;
        } catch (IOException | RuntimeException error) {
            end(call, error);
            throw error;
        } finally {
            call.cancelled();
        }
    }

    private void end(Call call, @Nullable Object response) {
        if (!(response instanceof ClientHttpResponse http)) {
            call.succeeded();
            return;
        }
        try {
            failures.end(call, http.getStatusCode().value());
        } catch (IOException unreadable) {
            call.failed();
        }
    }

    /** A caller that is interrupted has given up, although its client reports that as an I/O error. */
    private void end(Call call, Exception error) {
        if (Thread.currentThread().isInterrupted()) {
            call.cancelled();
        } else {
            failures.end(call, error);
        }
    }

    private static String address(ServiceInstance instance) {
        return instance instanceof ZkServiceInstance ours
                ? ours.address()
                : instance.getHost() + ':' + instance.getPort();
    }
}

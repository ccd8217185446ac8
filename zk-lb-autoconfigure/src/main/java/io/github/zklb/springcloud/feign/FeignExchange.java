package io.github.zklb.springcloud.feign;

import feign.Client;
import feign.Request;
import feign.Response;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.blocking.CountingLoadBalancerClient;
import io.github.zklb.traffic.CountedCall;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import reactor.util.context.Context;

/**
 * One request of Feign's, with the attempts at it. OpenFeign's stock clients choose an instance and send the request to it
 * by themselves; for the length of a request this is both the load balancer that they ask and the client that they send
 * with, so that each attempt goes elsewhere and is counted as a call. For one thread.
 */
public final class FeignExchange implements LoadBalancerClient, Client {

    private static final int UNAVAILABLE = 503;

    private final LoadBalancerClient balancer;
    private final Client sender;
    private final ClientCalls calls;
    private final ClientExchange exchange;
    private String service = "";
    private @Nullable ServiceInstance chosen;
    private @Nullable String none;

    FeignExchange(LoadBalancerClient balancer, Client sender, ClientCalls calls, ClientExchange exchange) {
        this.balancer = balancer;
        this.sender = sender;
        this.calls = calls;
        this.exchange = exchange;
    }

    /** The stock clients know what to do without an instance; why there is none is kept for {@link #orReason}. */
    @Override
    @SuppressWarnings("NullAway") // Spring's interface says that null is no instance, but not to NullAway
    public <T> ServiceInstance choose(
            String serviceId, org.springframework.cloud.client.loadbalancer.Request<T> request) {
        service = serviceId;
        chosen = balancer.choose(serviceId, exchange.with(request.getContext()));
        exchange.chose(chosen);
        none = chosen == null ? exchange.reason() : null;
        return chosen;
    }

    /** Sends one attempt. The call ends with the head of the response. */
    @Override
    public Response execute(Request request, Request.Options options) throws IOException {
        if (none != null) {
            return unavailable(request, none);
        }
        CountedCall counted =
                chosen == null ? null : calls.start(service, ClientCalls.address(chosen), Context.empty());
        if (counted == null) {
            return sender.execute(request, options);
        }
        try {
            Response response = sender.execute(request, options);
            counted.end(response.status());
            return response;
        } catch (IOException | RuntimeException error) {
            CountingLoadBalancerClient.end(counted, error);
            throw error;
        } finally {
            counted.call().cancelled();
        }
    }

    /** The response, or one of the same status that says why there was no instance to send the request to. */
    Response orReason(Request request, Response response) {
        return none == null ? response : unavailable(request, none);
    }

    /** Feign's message has the reason whole and the body cut; decoders of the user's own look at the body. */
    private static Response unavailable(Request request, String reason) {
        return Response.builder()
                .request(request)
                .status(UNAVAILABLE)
                .reason(reason)
                .body(reason, StandardCharsets.UTF_8)
                .build();
    }

    @Override
    public ServiceInstance choose(String serviceId) {
        return balancer.choose(serviceId);
    }

    @Override
    public <T> T execute(String serviceId, LoadBalancerRequest<T> request) throws IOException {
        return balancer.execute(serviceId, request);
    }

    @Override
    public <T> T execute(String serviceId, ServiceInstance instance, LoadBalancerRequest<T> request)
            throws IOException {
        return balancer.execute(serviceId, instance, request);
    }

    @Override
    public URI reconstructURI(ServiceInstance instance, URI original) {
        return balancer.reconstructURI(instance, original);
    }
}

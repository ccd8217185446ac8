package io.github.zklb.springcloud.feign;

import feign.Client;
import feign.Request;
import feign.RequestTemplate;
import feign.Response;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.reports.LoadReport;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;

/**
 * One request of Feign's, with the attempts at it. OpenFeign's stock clients choose an instance and send the request to it
 * by themselves; for the length of a request this is both the load balancer that they ask and the client that they send
 * with, so that each attempt goes elsewhere and is counted as a call. For one thread.
 */
public final class FeignExchange extends BlockingLoadBalancerClient implements Client {

    private static final int NO_SUCCESS = 300;
    private static final int UNAVAILABLE = 503;
    private static final String FEIGNS = "feign.";

    /**
     * The exchanges of failed requests: Feign's Retryer comes back with the same template, on the same thread, and shall not
     * meet the same instance. Weak, since nobody says that a request is given up.
     */
    private static final ThreadLocal<Map<RequestTemplate, ClientExchange>> FAILED =
            ThreadLocal.withInitial(WeakHashMap::new);

    private final LoadBalancerClient balancer;
    private final Client sender;
    private final ClientCalls calls;
    private ClientExchange exchange = new ClientExchange();
    private String service = "";
    private @Nullable ServiceInstance chosen;
    private @Nullable String none;

    /**
     * A request that was not sent yet.
     *
     * @param balancer chooses instances
     * @param clients gives the balancers behind it
     * @param sender sends a request to one
     */
    public FeignExchange(
            LoadBalancerClient balancer,
            ReactiveLoadBalancer.Factory<ServiceInstance> clients,
            Client sender,
            ClientCalls calls) {
        super(clients);
        this.balancer = balancer;
        this.sender = sender;
        this.calls = calls;
    }

    /**
     * Sends the request.
     *
     * @param stock the stock client that does it, by means of this
     */
    public Response send(Request request, Request.Options options, Client stock) throws IOException {
        RequestTemplate template = request.requestTemplate();
        Map<RequestTemplate, ClientExchange> failed = FAILED.get();
        exchange = failed.getOrDefault(template, exchange);
        boolean success = template == null;
        try {
            Response response = stock.execute(request, options);
            success |= response.status() < NO_SUCCESS;
            return none == null ? response : unavailable(request, none);
        } finally {
            if (success) {
                failed.remove(template);
            } else {
                failed.put(template, exchange);
            }
        }
    }

    /** The stock clients know what to do without an instance; they get the reason instead of a response. */
    @Override
    public <T> @Nullable ServiceInstance choose(
            String serviceId, org.springframework.cloud.client.loadbalancer.Request<T> request) {
        service = serviceId;
        chosen = balancer.choose(serviceId, exchange.with(request.getContext()));
        exchange.chose(chosen);
        none = chosen == null ? exchange.reason() : null;
        return chosen;
    }

    /** Sends one attempt. The call is in flight until the body of the response has ended, or is closed. */
    @Override
    public Response execute(Request request, Request.Options options) throws IOException {
        if (none != null) {
            return unavailable(request, none);
        }
        return chosen == null
                ? sender.execute(request, options)
                : calls.send(service, ClientCalls.address(chosen), new Attempt(sender, request, options));
    }

    private static final class Attempt implements ClientCalls.Attempt<Response, IOException> {

        private final Client sender;
        private final Request.Options options;
        private Request request;

        Attempt(Client sender, Request request, Request.Options options) {
            this.sender = sender;
            this.request = request;
            this.options = options;
        }

        @Override
        public void askForLoad() {
            Map<String, Collection<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            headers.putAll(request.headers());
            headers.putIfAbsent(LoadReport.ASKING_HEADER, List.of(LoadReport.TEXT));
            request = Request.create(
                    request.httpMethod(),
                    request.url(),
                    headers,
                    request.body(),
                    request.charset(),
                    request.requestTemplate());
        }

        @Override
        public Response send() throws IOException {
            return sender.execute(request, options);
        }

        @Override
        public Response answered(CountedCall call, Response response) {
            if (call.asksForLoad()) {
                response.headers().getOrDefault(LoadReport.HEADER, List.of()).stream()
                        .findFirst()
                        .ifPresent(call::reported);
            }
            if (response.body() == null) {
                call.end(response.status());
                return response;
            }
            CountedFeignBody body = new CountedFeignBody(response.body(), call);
            call.answered(response.status(), body);
            return response.toBuilder().body(body).build();
        }

        /** Feign's own clients connect to the instance alone; of one of the user's, nobody knows. */
        @Override
        public void failed(CountedCall call, Exception error) {
            call.thrown(error, sender.getClass().getName().startsWith(FEIGNS));
        }
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
    public URI reconstructURI(ServiceInstance instance, URI original) {
        return balancer.reconstructURI(instance, original);
    }
}

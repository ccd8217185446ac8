package io.github.zklb.springcloud.feign;

import feign.Client;
import feign.Request;
import feign.RequestTemplate;
import feign.Response;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import java.io.IOException;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;

/**
 * Sends Feign's requests, each in an exchange of its own, and remembers where the failed ones went: Feign's Retryer comes
 * back with the same template, on the same thread, and shall not meet the same instance. Thread-safe.
 */
public final class FeignCalls {

    private static final int NO_SUCCESS = 300;

    /** Weak, since nobody says that a request is given up. */
    private static final ThreadLocal<@Nullable Map<RequestTemplate, ClientExchange>> FAILED = new ThreadLocal<>();

    private final LoadBalancerClient balancer;
    private final Client sender;
    private final ClientCalls calls;
    /**
     * The requests that go through one client.
     *
     * @param balancer chooses instances
     * @param sender sends a request to one
     */
    public FeignCalls(LoadBalancerClient balancer, Client sender, ClientCalls calls) {
        this.balancer = balancer;
        this.sender = sender;
        this.calls = calls;
    }

    /**
     * Sends a request.
     *
     * @param stock makes the stock client that does it, out of the exchange
     */
    public Response send(Request request, Request.Options options, Function<FeignExchange, Client> stock)
            throws IOException {
        ClientExchange attempts = attempts(request.requestTemplate());
        FeignExchange exchange = new FeignExchange(balancer, sender, calls, attempts);
        boolean success = false;
        try {
            Response response = exchange.orReason(request, stock.apply(exchange).execute(request, options));
            success = response.status() < NO_SUCCESS;
            return response;
        } finally {
            remember(request.requestTemplate(), success ? null : attempts);
        }
    }

    private ClientExchange attempts(@Nullable RequestTemplate template) {
        Map<RequestTemplate, ClientExchange> ofThisThread = FAILED.get();
        ClientExchange known = ofThisThread == null ? null : ofThisThread.get(template);
        return known == null ? new ClientExchange() : known;
    }

    private void remember(@Nullable RequestTemplate template, @Nullable ClientExchange attempts) {
        Map<RequestTemplate, ClientExchange> ofThisThread = FAILED.get();
        if (template == null || ofThisThread == null && attempts == null) {
            return;
        }
        if (ofThisThread == null) {
            ofThisThread = new WeakHashMap<>();
            FAILED.set(ofThisThread);
        }
        if (attempts == null) {
            ofThisThread.remove(template);
        } else {
            ofThisThread.put(template, attempts);
        }
        if (ofThisThread.isEmpty()) {
            FAILED.remove();
        }
    }
}

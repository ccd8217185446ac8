package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.traffic.Route.Group;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;

/**
 * One request of a client, with all attempts at it: what travels from the client to the balancer and back. It brings the
 * context that keys are read from and the endpoints that were tried; it takes along the instance chosen last, or the reason
 * why there is none. Attempts follow one another, so that this is no matter for locks.
 */
public final class ClientExchange implements Request<Object> {

    /** The name under which attributes of a request hold its exchange. */
    public static final String ATTRIBUTE = ClientExchange.class.getName();

    /** The stock answer of a balancer that has no instance, with the reason. */
    public static final class NoInstanceResponse extends EmptyResponse {

        private final String reason;

        /** An answer without an instance, and why. */
        public NoInstanceResponse(String reason) {
            this.reason = reason;
        }

        /** Why there is none, in a sentence. */
        public String reason() {
            return reason;
        }
    }

    private static final String DEFAULT_HINT = "default";

    private @Nullable Object context;
    private Set<Endpoint> tried = Set.of();
    private @Nullable ServiceInstance chosen;
    private @Nullable String reason;
    private @Nullable Group group;
    private @Nullable String routedTo;

    /** A request that was not sent yet, and of which nothing is known but its attributes, perhaps. */
    public ClientExchange() {}

    /**
     * A request that was not sent yet.
     *
     * @param context what is known of it
     */
    public ClientExchange(Object context) {
        this.context = context;
    }

    /** A request of which other exchanges were attempts that went there. */
    public static ClientExchange after(Set<Endpoint> attempts) {
        ClientExchange exchange = new ClientExchange();
        exchange.tried = attempts;
        return exchange;
    }

    /** The exchange among the attributes of a request, which is put there if there is none. */
    public static ClientExchange in(Map<String, Object> attributes) {
        return (ClientExchange) attributes.computeIfAbsent(ATTRIBUTE, name -> new ClientExchange());
    }

    /** The hint of a request, as {@code spring.cloud.loadbalancer.hint.*} gives it and every client of Spring's reads it. */
    public static String hint(String serviceId, Map<String, String> hints) {
        return hints.getOrDefault(serviceId, hints.getOrDefault(DEFAULT_HINT, DEFAULT_HINT));
    }

    /** The exchange that a request is, or that its attributes hold; null if there is none. */
    static @Nullable ClientExchange of(Request<?> request) {
        if (request instanceof ClientExchange exchange) {
            return exchange;
        }
        return request.getContext() instanceof RequestDataContext context
                        && context.getClientRequest() != null
                        && context.getClientRequest().getAttributes() != null
                        && context.getClientRequest().getAttributes().get(ATTRIBUTE) instanceof ClientExchange exchange
                ? exchange
                : null;
    }

    /** The same exchange, of whose next attempt this is known. */
    public ClientExchange with(@Nullable Object newContext) {
        context = newContext;
        return this;
    }

    @Override
    public @Nullable Object getContext() {
        return context;
    }

    /**
     * Where the attempts before this one went, as far as the request, or what is around it, knows.
     *
     * @param exchange the request's exchange; null if it has none
     */
    static Set<Endpoint> triedBy(Request<?> request, @Nullable ClientExchange exchange) {
        if (exchange != null) {
            return exchange.tried();
        }
        return request.getContext() instanceof RetryableRequestContext retry
                        && retry.getPreviousServiceInstance() != null
                ? Set.of(ZkServiceInstance.endpoint(retry.getPreviousServiceInstance()))
                : Set.of();
    }

    private Set<Endpoint> tried() {
        if (chosen != null) {
            Set<Endpoint> all = new HashSet<>(tried);
            all.add(ZkServiceInstance.endpoint(chosen));
            tried = all;
            chosen = null;
        }
        return tried;
    }

    /**
     * Where the request belongs. That is found out at its first attempt, and stays.
     *
     * @param serviceId the service that it is sent to, if not to another one than before
     * @param found finds it out
     */
    Group group(String serviceId, Supplier<Group> found) {
        Group known = group;
        if (known == null || !serviceId.equals(routedTo)) {
            known = found.get();
            group = known;
            routedTo = serviceId;
        }
        return known;
    }

    /** What the balancer answered to this attempt. */
    void answered(Response<ServiceInstance> response) {
        chose(response.getServer());
        reason = response instanceof NoInstanceResponse none ? none.reason() : null;
    }

    /** The attempt goes to this instance, whoever chose it. */
    public void chose(@Nullable ServiceInstance instance) {
        chosen = instance;
    }

    /** Where the last attempt went; null if there was none, or no instance for it. */
    public @Nullable ServiceInstance chosen() {
        return chosen;
    }

    /** Why there was no instance for the last attempt; null if there was one, or if it was not the balancer of zk-lb's that had none. */
    public @Nullable String reason() {
        return reason;
    }
}

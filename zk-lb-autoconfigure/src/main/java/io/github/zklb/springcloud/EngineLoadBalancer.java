package io.github.zklb.springcloud;

import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.util.ClassUtils;

/** Picks by hand with the balancers that Spring's clients use too. */
public final class EngineLoadBalancer implements ZkLoadBalancer {

    /** Without spring-web, Spring cannot make the context of any client. */
    private static final boolean CLIENTS = ClassUtils.isPresent(
            "org.springframework.web.accept.ApiVersionParser", EngineLoadBalancer.class.getClassLoader());

    private final Function<String, @Nullable ReactiveLoadBalancer<ServiceInstance>> clients;
    private final Function<String, ZkReactorLoadBalancer> withoutClient;
    private final Map<String, ZkReactorLoadBalancer> withoutClients = new ConcurrentHashMap<>();

    /**
     * Opens nothing yet.
     *
     * @param clients gives the balancer of a service's clients, or null if it has none
     * @param withoutClient makes the balancer of a service that has none there, or not one of ours
     */
    public EngineLoadBalancer(
            Function<String, @Nullable ReactiveLoadBalancer<ServiceInstance>> clients,
            Function<String, ZkReactorLoadBalancer> withoutClient) {
        this.clients = clients;
        this.withoutClient = withoutClient;
    }

    @Override
    public Optional<ServiceInstance> choose(String serviceId, @Nullable String key) {
        ZkReactorLoadBalancer balancer = balancer(serviceId);
        PickContext context = PickContext.ofKey(key);
        Response<ServiceInstance> response = balancer.choose(context).block();
        if (response == null || response.hasServer()) {
            return Optional.ofNullable(response).map(Response::getServer);
        }
        ServiceEngine engine = balancer.lists().engine();
        if (engine.membership() != null && engine.snapshot() == null || engine.refuses(context)) {
            throw new NoInstanceException(reason(response, engine, context));
        }
        return Optional.empty();
    }

    private static String reason(Response<ServiceInstance> none, ServiceEngine engine, PickContext context) {
        return none instanceof NoInstanceResponse ours ? ours.reason() : engine.noInstance(context);
    }

    private ZkReactorLoadBalancer balancer(String serviceId) {
        ZkReactorLoadBalancer known = withoutClients.get(serviceId);
        if (known != null) {
            return known;
        }
        return CLIENTS && clients.apply(serviceId) instanceof ZkReactorLoadBalancer ours
                ? ours
                : withoutClients.computeIfAbsent(serviceId, withoutClient);
    }
}

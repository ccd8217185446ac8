package io.github.zklb.springcloud;

import static org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer.REQUEST;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.util.ClassUtils;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

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
        Response<ServiceInstance> response = balancer.choose(REQUEST, key).block();
        if (response == null || response.hasServer()) {
            return Optional.ofNullable(response).map(Response::getServer);
        }
        ServiceEngine engine = balancer.lists().engine();
        if (engine.membership() != null && engine.snapshot() == null || engine.refuses(PickContext.ofKey(key))) {
            throw none(engine, response, key);
        }
        return Optional.empty();
    }

    @Override
    public Attempts attempts(String serviceId, @Nullable String key) {
        ClientExchange exchange = new ClientExchange();
        return new Attempts() {
            @Override
            public <T extends @Nullable Object, E extends Exception> T call(InstanceCall<T, E> call) throws E {
                ZkReactorLoadBalancer balancer = balancer(serviceId);
                ServiceEngine engine = balancer.lists().engine();
                ServiceInstance instance =
                        instance(engine, balancer.choose(exchange, key).block(), key);
                ClientCalls calls = (service, address, context) -> engine.start(address);
                return calls.send(serviceId, ClientCalls.address(instance), new Attempt<>(call, instance));
            }
        };
    }

    @Override
    public <T> Mono<T> callReactive(
            String serviceId, @Nullable String key, Function<? super ServiceInstance, ? extends Mono<T>> call) {
        return RetriedCalls.to(serviceId, avoided -> {
            ZkReactorLoadBalancer balancer = balancer(serviceId);
            ServiceEngine engine = balancer.lists().engine();
            return balancer.choose(ClientExchange.after(avoided), key).flatMap(response -> {
                ServiceInstance instance = instance(engine, response, key);
                return new CountedMono<>(
                        Mono.defer(() -> call.apply(instance)),
                        context -> engine.start(ClientCalls.address(instance)),
                        new Ends<>(serviceId, instance, avoided));
            });
        });
    }

    private static ServiceInstance instance(
            ServiceEngine engine, @Nullable Response<ServiceInstance> response, @Nullable String key) {
        ServiceInstance instance = response == null ? null : response.getServer();
        if (instance == null) {
            throw none(engine, response, key);
        }
        return instance;
    }

    private static NoInstanceException none(
            ServiceEngine engine, @Nullable Response<ServiceInstance> response, @Nullable String key) {
        return new NoInstanceException(
                response instanceof NoInstanceResponse ours
                        ? ours.reason()
                        : engine.noInstance(PickContext.ofKey(key)));
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

    private record Attempt<T extends @Nullable Object, E extends Exception>(
            InstanceCall<T, E> call, ServiceInstance instance) implements ClientCalls.Attempt<T, E> {

        @Override
        public T send() throws E {
            return call.to(instance);
        }

        @Override
        public void failed(CountedCall counted, Exception error) {
            counted.end(error);
        }
    }

    private record Ends<T>(String serviceId, ServiceInstance instance, Set<Endpoint> avoided)
            implements CountedMono.Ends<T> {

        @Override
        public T onNext(CountedCall counted, T value, CoreSubscriber<?> to) {
            onComplete(counted, to);
            return value;
        }

        @Override
        public void onComplete(CountedCall counted, CoreSubscriber<?> to) {
            counted.succeeded();
            RetriedCalls.succeeded(serviceId, to, avoided);
        }

        @Override
        public void onError(CountedCall counted, Throwable error, CoreSubscriber<?> to) {
            counted.end(error);
            RetriedCalls.failed(serviceId, to, instance, avoided);
        }

        @Override
        public void onCancel(CountedCall counted, CoreSubscriber<?> to) {
            counted.call().cancelled();
            RetriedCalls.failed(serviceId, to, instance, avoided);
        }
    }
}

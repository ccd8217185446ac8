package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/**
 * Answers Spring's clients, at each subscription anew. Where the service's instances are ours, the answer comes ready-made
 * from the snapshot; where there are suppliers around ours, a {@link ListBalancer} picks from the list that they give.
 */
public final class ZkReactorLoadBalancer implements ReactorServiceInstanceLoadBalancer {

    private final ServiceEngine engine;
    private final Function<List<String>, HashKeyResolver> keyResolvers;
    private final boolean avoidsTried;
    private final Supplier<Optional<ListBalancer>> suppliers;

    /** The balancer of the suppliers around ours, if any; null until the first request. */
    private final AtomicReference<@Nullable Optional<ListBalancer>> lists = new AtomicReference<>();

    private volatile Keys keys;

    private record Keys(List<String> sources, HashKeyResolver resolver) {}

    /**
     * A balancer for one service.
     *
     * @param keyResolvers makes the resolver that tries the given key sources in order
     * @param avoidsTried whether a retry goes to another endpoint, as long as there is one
     * @param suppliers gives the balancer of the suppliers around ours, if any; asked at the first request, since the beans
     *     around ours may be made later
     */
    public ZkReactorLoadBalancer(
            ServiceEngine engine,
            Function<List<String>, HashKeyResolver> keyResolvers,
            boolean avoidsTried,
            Supplier<Optional<ListBalancer>> suppliers) {
        this.engine = engine;
        this.keyResolvers = keyResolvers;
        this.avoidsTried = avoidsTried;
        this.suppliers = suppliers;
        List<String> sources = engine.settings().keySources();
        this.keys = new Keys(sources, keyResolvers.apply(sources));
    }

    @Override
    @SuppressWarnings({"rawtypes", "unchecked"})
    public Mono<Response<ServiceInstance>> choose(Request request) {
        return new Choice(request);
    }

    /** The answer if it is there without waiting, else null. */
    private @Nullable Response<ServiceInstance> now(Request<?> request, PickContext context) {
        Snapshot snapshot = lists().isPresent() ? null : engine.snapshot();
        if (snapshot == null) {
            return null;
        }
        Endpoint picked = snapshot.pick(context);
        if (picked == null) {
            return none(request, context);
        }
        engine.picks().given();
        return answered(request, InstanceView.in(snapshot).answer(picked));
    }

    /** The answer after the bounded wait for the first load, or that of the suppliers. */
    private Mono<Response<ServiceInstance>> later(Request<?> request, PickContext context) {
        ListBalancer around = lists().orElse(null);
        if (around != null) {
            return around.choose(request, context)
                    .defaultIfEmpty(new NoInstanceResponse(engine.noInstance(context)))
                    .map(response -> response.hasServer() ? answered(request, response) : counted(request, response));
        }
        return WatchedInstances.loaded(engine)
                .mapNotNull(loaded -> now(request, context))
                .switchIfEmpty(Mono.fromSupplier(() -> none(request, context)));
    }

    private Response<ServiceInstance> none(Request<?> request, PickContext context) {
        return counted(request, new NoInstanceResponse(engine.noInstance(context)));
    }

    private Response<ServiceInstance> counted(Request<?> request, Response<ServiceInstance> none) {
        engine.picks().empty();
        return answered(request, none);
    }

    private static Response<ServiceInstance> answered(Request<?> request, Response<ServiceInstance> response) {
        ClientExchange exchange = ClientExchange.of(request);
        if (exchange != null) {
            exchange.answered(response);
        }
        return response;
    }

    private PickContext context(Request<?> request) {
        String key = keys().resolve(request);
        Set<Endpoint> tried = avoidsTried ? ClientExchange.triedBy(request) : Set.of();
        return tried.isEmpty() ? PickContext.ofKey(key) : new PickContext(key, tried);
    }

    @SuppressWarnings("ReferenceEquality") // the engine's list is the same object until the settings change
    private HashKeyResolver keys() {
        List<String> sources = engine.settings().keySources();
        Keys known = keys;
        if (known.sources() != sources) {
            known = new Keys(sources, keyResolvers.apply(sources));
            keys = known;
        }
        return known.resolver();
    }

    /** Two first requests may both make one, of which the first stays: an event loop must not wait for the other. */
    private Optional<ListBalancer> lists() {
        Optional<ListBalancer> known = lists.get();
        if (known != null) {
            return known;
        }
        Optional<ListBalancer> made = suppliers.get();
        Optional<ListBalancer> earlier = lists.compareAndExchange(null, made);
        return earlier == null ? made : earlier;
    }

    /**
     * Picks at each subscription. Mostly the answer is there at once. Reactor refuses to block on a thread of an event loop
     * even where there is nothing to wait for, and Spring's blocking client blocks for every answer: here it gets what is
     * there, and an answer that says why if nothing is yet.
     */
    private final class Choice extends Mono<Response<ServiceInstance>> {

        private final Request<?> request;

        Choice(Request<?> request) {
            this.request = request;
        }

        @Override
        public void subscribe(CoreSubscriber<? super Response<ServiceInstance>> actual) {
            try {
                PickContext context = context(request);
                Response<ServiceInstance> now = now(request, context);
                if (now == null) {
                    later(request, context).subscribe(actual);
                } else {
                    actual.onSubscribe(Operators.scalarSubscription(actual, now));
                }
            } catch (RuntimeException failed) {
                Operators.error(actual, failed);
            }
        }

        @Override
        public @Nullable Response<ServiceInstance> block() {
            PickContext context = context(request);
            Response<ServiceInstance> now = now(request, context);
            if (now != null) {
                return now;
            }
            CompletableFuture<@Nullable Response<ServiceInstance>> future =
                    later(request, context).toFuture();
            if (!Schedulers.isInNonBlockingThread()) {
                return Mono.fromFuture(future).block();
            }
            if (!future.isDone()) {
                future.cancel(true);
                return none(request, context);
            }
            try {
                return future.join();
            } catch (CompletionException failed) {
                throw Exceptions.propagate(Objects.requireNonNullElse(failed.getCause(), failed));
            }
        }
    }
}

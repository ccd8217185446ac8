package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.explain.PickWords;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import io.github.zklb.traffic.Route.Group;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
 * Answers Spring's clients, at each subscription anew. Where nothing but ZooKeeper's list stands behind the service, the
 * answer comes ready-made from the snapshot; else it is picked from the {@link Lists} that others give.
 */
public final class ZkReactorLoadBalancer implements ReactorServiceInstanceLoadBalancer {

    private static final Logger log = LoggerFactory.getLogger(ZkReactorLoadBalancer.class);

    private final Supplier<? extends Lists> suppliers;
    private final KeySources sources;
    private final boolean avoidsTried;

    /** Null until the first request. */
    private final AtomicReference<@Nullable Lists> lists = new AtomicReference<>();

    private volatile @Nullable Applied applied;

    /** What settings mean for requests. */
    private record Applied(EngineSettings settings, HashKeyResolver key, RequestRoutes routes) {}

    /** The lists of instances that stand behind a service. Thread-safe. */
    public interface Lists {

        /** The engine of the service. */
        ServiceEngine engine();

        /** Whether a request that finds an endpoint in the engine's snapshot needs no list. */
        boolean areTheSnapshots();

        /** Whether they stand on the snapshots, though others may change them for a request. */
        boolean standOnSnapshots();

        /**
         * An instance of the list for a request, or why there is none ({@link NoInstanceResponse}).
         *
         * @param group where the request belongs; null if the service has no routes
         */
        Mono<Response<ServiceInstance>> choose(Request<?> request, PickContext context, @Nullable Group group);
    }

    /**
     * A balancer for one service.
     *
     * @param suppliers gives the lists behind the service; asked at the first request, since beans around ours may be made
     *     later, and since only then it is known whether ZooKeeper has to be asked at all
     * @param sources what a request's keys come from, and what routes look at
     * @param avoidsTried whether a retry goes to another endpoint, as long as there is one
     */
    public ZkReactorLoadBalancer(Supplier<? extends Lists> suppliers, KeySources sources, boolean avoidsTried) {
        this.suppliers = suppliers;
        this.sources = sources;
        this.avoidsTried = avoidsTried;
    }

    @Override
    @SuppressWarnings({"rawtypes", "unchecked"})
    public Mono<Response<ServiceInstance>> choose(Request request) {
        return new Choice(request, false, null);
    }

    /** An instance for a caller by hand, of whose request suppliers know nothing: of the whole list, if that is ours. */
    Mono<Response<ServiceInstance>> choose(Request<?> request, @Nullable String key) {
        return new Choice(request, true, key);
    }

    /** Two first requests may both make them, of which the first stay: an event loop must not wait for the other. */
    Lists lists() {
        Lists known = lists.get();
        if (known != null && !known.engine().isForgotten()) {
            return known;
        }
        Lists made = suppliers.get();
        if (lists.compareAndSet(known, made)) {
            return made;
        }
        Lists earlier = lists.get();
        return earlier == null ? made : earlier;
    }

    /**
     * A snapshot, as soon as there is one; nothing if there is none in time. What follows runs on Reactor's threads, never on
     * the membership's.
     */
    public static Mono<Snapshot> loaded(ServiceEngine engine) {
        Snapshot current = engine.snapshot();
        if (current != null) {
            return Mono.just(current);
        }
        Duration left = engine.leftToWait();
        return left.isNegative() || left.isZero()
                ? Mono.empty()
                : Mono.fromCompletionStage(engine.snapshots().first())
                        .publishOn(Schedulers.parallel())
                        .timeout(left, Mono.empty());
    }

    /**
     * What one subscription asks for.
     *
     * @param exchange the request's; null if it has none
     * @param group where the request belongs, for all attempts at it; null without routes
     */
    private record Asked(
            Request<?> request,
            @Nullable ClientExchange exchange,
            PickContext context,
            @Nullable Group group,
            boolean byHand) {}

    private Asked asked(Request<?> request, boolean byHand, @Nullable String keyByHand) {
        Applied how = applied();
        ClientExchange exchange = ClientExchange.of(request);
        String key = byHand ? keyByHand : how.key().resolve(request);
        Set<Endpoint> tried = avoidsTried ? ClientExchange.triedBy(request, exchange) : Set.of();
        PickContext context = tried.isEmpty() ? PickContext.ofKey(key) : new PickContext(key, tried);
        Group group = how.routes().isEmpty() ? null : group(how.routes(), request, exchange, key, byHand);
        return new Asked(request, exchange, context, group, byHand);
    }

    private Group group(
            RequestRoutes routes,
            Request<?> request,
            @Nullable ClientExchange exchange,
            @Nullable String key,
            boolean byHand) {
        Supplier<Group> found = () -> routes.group(request, key, byHand, ClientExchange.triedBy(request, exchange));
        return exchange == null ? found.get() : exchange.group(lists().engine().serviceId(), found);
    }

    @SuppressWarnings("ReferenceEquality") // the engine's settings are the same object until they change
    private Applied applied() {
        EngineSettings settings = lists().engine().settings();
        Applied known = applied;
        if (known == null || known.settings() != settings) {
            known = new Applied(
                    settings, sources.firstOf(settings.keySources()), new RequestRoutes(settings.routes(), sources));
            applied = known;
        }
        return known;
    }

    /** The answer that the snapshot has; null if it is not asked, or has none. */
    private @Nullable Response<ServiceInstance> now(Asked asked) {
        Lists from = lists();
        Snapshot snapshot = from.areTheSnapshots() || asked.byHand && from.standOnSnapshots()
                ? from.engine().snapshot()
                : null;
        if (snapshot == null) {
            return null;
        }
        Endpoint picked =
                asked.group == null ? snapshot.pick(asked.context) : snapshot.pick(asked.context, asked.group);
        if (picked == null) {
            return null;
        }
        from.engine().picks().given();
        return answered(asked, ZkServiceInstance.View.in(snapshot).answer(picked));
    }

    /** The answer after the bounded wait for the first load, or that of a list. */
    private Mono<Response<ServiceInstance>> later(Asked asked) {
        Lists from = lists();
        Mono<Response<ServiceInstance>> listed = Mono.defer(
                        () -> from.choose(asked.request, asked.context, asked.group))
                .map(response -> response.hasServer() ? answered(asked, response) : orNow(asked, response));
        // Also if there is a snapshot: it may have come since the answer was found missing.
        return from.standOnSnapshots()
                ? loaded(from.engine()).mapNotNull(any -> now(asked)).switchIfEmpty(listed)
                : listed;
    }

    /** The same for a caller that blocks; on an event loop what is there, or why nothing is yet. */
    private @Nullable Response<ServiceInstance> waited(Asked asked) {
        CompletableFuture<@Nullable Response<ServiceInstance>> future =
                later(asked).toFuture();
        if (!Schedulers.isInNonBlockingThread()) {
            return Mono.fromFuture(future).block();
        }
        if (!future.isDone()) {
            future.cancel(true);
            return none(asked, new NoInstanceResponse(lists().engine().noInstance(asked.context)));
        }
        try {
            return future.join();
        } catch (CompletionException failed) {
            throw Exceptions.propagate(Objects.requireNonNullElse(failed.getCause(), failed));
        }
    }

    /** The service may have come to ZooKeeper since its lists were read. */
    private Response<ServiceInstance> orNow(Asked asked, Response<ServiceInstance> none) {
        Response<ServiceInstance> now = now(asked);
        return now == null ? none(asked, none) : now;
    }

    private Response<ServiceInstance> none(Asked asked, Response<ServiceInstance> none) {
        lists().engine().picks().empty();
        return answered(asked, none);
    }

    private Response<ServiceInstance> answered(Asked asked, Response<ServiceInstance> response) {
        if (log.isDebugEnabled()) {
            log(asked, response);
        }
        if (asked.exchange != null) {
            asked.exchange.answered(response);
        }
        return response;
    }

    private void log(Asked asked, Response<ServiceInstance> response) {
        ServiceInstance instance = response.getServer();
        log.debug(
                "service {}: {}",
                Printable.of(lists().engine().serviceId()),
                PickWords.of(
                        lists().engine(),
                        asked.context,
                        asked.group,
                        instance == null ? null : ClientCalls.address(instance),
                        response instanceof NoInstanceResponse none ? none.reason() : null));
    }

    /**
     * Picks at each subscription. Mostly the answer is there at once. Reactor refuses to block on a thread of an event loop
     * even where there is nothing to wait for, and Spring's blocking client blocks for every answer: here it gets what is
     * there, and an answer that says why if nothing is yet.
     */
    private final class Choice extends Mono<Response<ServiceInstance>> {

        private final Request<?> request;
        private final boolean byHand;
        private final @Nullable String keyByHand;

        Choice(Request<?> request, boolean byHand, @Nullable String keyByHand) {
            this.request = request;
            this.byHand = byHand;
            this.keyByHand = keyByHand;
        }

        @Override
        public void subscribe(CoreSubscriber<? super Response<ServiceInstance>> actual) {
            try {
                Asked asked = asked(request, byHand, keyByHand);
                Response<ServiceInstance> now = now(asked);
                if (now == null) {
                    later(asked).subscribe(actual);
                } else {
                    actual.onSubscribe(Operators.scalarSubscription(actual, now));
                }
            } catch (RuntimeException failed) {
                Operators.error(actual, failed);
            }
        }

        @Override
        public @Nullable Response<ServiceInstance> block() {
            Asked asked = asked(request, byHand, keyByHand);
            Response<ServiceInstance> now = now(asked);
            return now == null ? waited(asked) : now;
        }
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.traffic.Candidates;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
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
    private final Function<List<String>, HashKeyResolver> keyResolvers;
    private final boolean avoidsTried;

    /** Null until the first request. */
    private final AtomicReference<@Nullable Lists> lists = new AtomicReference<>();

    private volatile @Nullable Keys keys;

    private record Keys(List<String> sources, HashKeyResolver resolver) {}

    /** The lists of instances that stand behind a service. Thread-safe. */
    public interface Lists {

        /** The engine of the service. */
        ServiceEngine engine();

        /** Whether a request that finds an endpoint in the engine's snapshot needs no list. */
        boolean areTheSnapshots();

        /** Whether they stand on the snapshots, though others may change them for a request. */
        boolean standOnSnapshots();

        /** An instance of the list for a request, or why there is none ({@link NoInstanceResponse}). */
        Mono<Response<ServiceInstance>> choose(Request<?> request, PickContext context);
    }

    /**
     * A balancer for one service.
     *
     * @param suppliers gives the lists behind the service; asked at the first request, since beans around ours may be made
     *     later, and since only then it is known whether ZooKeeper has to be asked at all
     * @param keyResolvers makes the resolver that tries the given key sources in order
     * @param avoidsTried whether a retry goes to another endpoint, as long as there is one
     */
    public ZkReactorLoadBalancer(
            Supplier<? extends Lists> suppliers,
            Function<List<String>, HashKeyResolver> keyResolvers,
            boolean avoidsTried) {
        this.suppliers = suppliers;
        this.keyResolvers = keyResolvers;
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

    private Response<ServiceInstance> answered(
            Request<?> request, PickContext context, Response<ServiceInstance> response) {
        if (log.isDebugEnabled()) {
            log.debug("service {}: {}", Printable.of(lists().engine().serviceId()), words(context, response));
        }
        ClientExchange exchange = ClientExchange.of(request);
        if (exchange != null) {
            exchange.answered(response);
        }
        return response;
    }

    /** What was picked, and why; the key is not in it. */
    private String words(PickContext context, Response<ServiceInstance> response) {
        ServiceEngine engine = lists().engine();
        ServiceInstance instance = response.getServer();
        String address = instance == null ? "no instance" : ClientCalls.address(instance);
        Candidates candidates = engine.snapshots().candidates();
        String treated = candidates.hosts().endpoints().stream()
                .filter(each -> each.address().equals(address))
                .findFirst()
                .map(each -> " (tier " + candidates.tier(each) + ", "
                        + Objects.requireNonNullElse(candidates.state(each), "SERVING") + ')')
                .orElse("");
        return "picked %s%s by %s, %s a key, %d tried before"
                .formatted(
                        Printable.of(address),
                        treated,
                        engine.settings().strategy(),
                        context.key() == null ? "without" : "with",
                        context.tried().size());
    }

    @SuppressWarnings("ReferenceEquality") // the engine's list is the same object until the settings change
    private HashKeyResolver keys(List<String> sources) {
        Keys known = keys;
        if (known == null || known.sources() != sources) {
            known = new Keys(sources, keyResolvers.apply(sources));
            keys = known;
        }
        return known.resolver();
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

        private PickContext context() {
            String key = byHand
                    ? keyByHand
                    : keys(lists().engine().settings().keySources()).resolve(request);
            Set<Endpoint> tried = avoidsTried ? ClientExchange.triedBy(request) : Set.of();
            return tried.isEmpty() ? PickContext.ofKey(key) : new PickContext(key, tried);
        }

        @Override
        public void subscribe(CoreSubscriber<? super Response<ServiceInstance>> actual) {
            try {
                PickContext context = context();
                Response<ServiceInstance> now = now(context);
                if (now == null) {
                    later(context).subscribe(actual);
                } else {
                    actual.onSubscribe(Operators.scalarSubscription(actual, now));
                }
            } catch (RuntimeException failed) {
                Operators.error(actual, failed);
            }
        }

        @Override
        public @Nullable Response<ServiceInstance> block() {
            PickContext context = context();
            Response<ServiceInstance> now = now(context);
            if (now != null) {
                return now;
            }
            CompletableFuture<@Nullable Response<ServiceInstance>> future =
                    later(context).toFuture();
            if (!Schedulers.isInNonBlockingThread()) {
                return Mono.fromFuture(future).block();
            }
            if (!future.isDone()) {
                future.cancel(true);
                return none(context, new NoInstanceResponse(lists().engine().noInstance(context)));
            }
            try {
                return future.join();
            } catch (CompletionException failed) {
                throw Exceptions.propagate(Objects.requireNonNullElse(failed.getCause(), failed));
            }
        }

        /** The answer that the snapshot has; null if it is not asked, or has none. */
        private @Nullable Response<ServiceInstance> now(PickContext context) {
            Lists from = lists();
            Snapshot snapshot = from.areTheSnapshots() || byHand && from.standOnSnapshots()
                    ? from.engine().snapshot()
                    : null;
            Endpoint picked = snapshot == null ? null : snapshot.pick(context);
            if (snapshot == null || picked == null) {
                return null;
            }
            from.engine().picks().given();
            return answered(
                    request, context, ZkServiceInstance.View.in(snapshot).answer(picked));
        }

        /** The answer after the bounded wait for the first load, or that of a list. */
        private Mono<Response<ServiceInstance>> later(PickContext context) {
            Lists from = lists();
            Mono<Response<ServiceInstance>> listed = Mono.defer(() -> from.choose(request, context))
                    .map(response ->
                            response.hasServer() ? answered(request, context, response) : none(context, response));
            // Also if there is a snapshot: it may have come since the answer was found missing.
            return from.standOnSnapshots()
                    ? loaded(from.engine()).mapNotNull(any -> now(context)).switchIfEmpty(listed)
                    : listed;
        }

        private Response<ServiceInstance> none(PickContext context, Response<ServiceInstance> none) {
            lists().engine().picks().empty();
            return answered(request, context, none);
        }
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.Message;
import io.github.zklb.PickContext;
import io.github.zklb.engine.EngineSettings.Source;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.NestedExceptionUtils;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Makes services ready while the application starts, so that the first request to one finds everything made: its
 * instances, its client's context, and what the clients look up for each request. All services load at once, and the
 * start waits for them up to a limit; what is not ready then becomes so in the background. A balancer of the user's own is
 * made, and not asked.
 *
 * <p>Comes before the web server, which takes requests, and which Spring Cloud Zookeeper registers, before the
 * application is ready. It waits for ZooKeeper's answer and not for instances, so that two applications which call each
 * other do not wait for each other.
 */
public final class EagerLoad implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(EagerLoad.class);

    /** Spring Boot starts its web servers at {@code DEFAULT_PHASE - 2048}. */
    private static final int BEFORE_WEB_SERVERS = DEFAULT_PHASE - 4096;

    private final Set<String> serviceIds;
    private final ServiceEngines engines;
    private final LoadBalancerClientFactory clients;
    private final Duration atMost;
    private volatile boolean running;

    /**
     * Does nothing before it is started.
     *
     * @param serviceIds the services
     * @param atMost how long the start waits for them; zero does not wait
     */
    public EagerLoad(
            Set<String> serviceIds, ServiceEngines engines, LoadBalancerClientFactory clients, Duration atMost) {
        this.serviceIds = serviceIds;
        this.engines = engines;
        this.clients = clients;
        this.atMost = atMost;
    }

    @Override
    public void start() {
        running = true;
        Map<String, CompletableFuture<@Nullable String>> reasons = new TreeMap<>();
        serviceIds.forEach(id -> reasons.put(id, load(id).toFuture()));
        if (atMost.isZero() || reasons.isEmpty()) {
            return;
        }
        await(CompletableFuture.allOf(reasons.values().toArray(CompletableFuture[]::new)));
        List<String> notReady = reasons.entrySet().stream()
                .map(each -> each.getValue().isDone() ? each.getValue().join() : pending(each.getKey()))
                .filter(Objects::nonNull)
                .toList();
        if (!notReady.isEmpty()) {
            log.warn(
                    Message.NOT_ALL_SERVICES_WERE_READY.of(
                            "the application starts without {} of {} services that were to be ready (zk-lb.eager,"
                                    + " zk-lb.eager-timeout: {} ms): {}"),
                    notReady.size(),
                    reasons.size(),
                    atMost.toMillis(),
                    String.join("; ", notReady));
        }
    }

    /** Nothing as soon as the service is ready, or why it is not. */
    private Mono<String> load(String serviceId) {
        return Mono.fromCallable(() -> client(serviceId))
                .subscribeOn(Schedulers.boundedElastic())
                .ofType(ZkReactorLoadBalancer.class)
                .flatMap(EagerLoad::firstPick)
                .onErrorResume(error ->
                        Mono.just("service " + serviceId + ": " + NestedExceptionUtils.getMostSpecificCause(error)));
    }

    /** Makes the context of the service's client, and looks up what each request does. */
    private ReactiveLoadBalancer<ServiceInstance> client(String serviceId) {
        ReactiveLoadBalancer<ServiceInstance> client = clients.getInstance(serviceId);
        if (client == null) {
            throw new IllegalStateException("its client has no load balancer");
        }
        clients.getInstances(serviceId, LoadBalancerLifecycle.class);
        clients.getProperties(serviceId);
        return client;
    }

    /** Where ZooKeeper has not answered in a first call's time, and nobody else knows the service, its answer is awaited. */
    private static Mono<String> firstPick(ZkReactorLoadBalancer client) {
        ServiceEngine engine = client.lists().engine();
        Mono<String> pick = Mono.defer(client::choose)
                .ofType(NoInstanceResponse.class)
                .filter(none -> !picksByKey(engine))
                .map(NoInstanceResponse::reason);
        if (engine.membership() == null && engine.settings().source() != Source.DISCOVERY_CLIENT) {
            return Mono.empty(); // its list is its supplier's affair, which may never have one
        }
        return pick.flatMap(reason -> engine.membership() == null || engine.snapshot() != null
                ? Mono.just(reason)
                : Mono.fromCompletionStage(engine.snapshots().first())
                        .publishOn(Schedulers.boundedElastic())
                        .then(pick));
    }

    /** Whether it is only for want of a key that nothing was picked. */
    private static boolean picksByKey(ServiceEngine engine) {
        Snapshot snapshot = engine.snapshot();
        return snapshot != null && snapshot.pick(PickContext.ofKey(engine.serviceId())) != null;
    }

    private void await(CompletableFuture<Void> all) {
        try {
            all.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.debug("not all services are ready", e);
        }
    }

    private String pending(String serviceId) {
        ServiceEngine engine = engines.inUse(serviceId);
        return engine == null || engine.membership() == null || engine.snapshot() != null
                ? "service " + serviceId + ": its client is still being made"
                : engine.noInstance(PickContext.NONE);
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return BEFORE_WEB_SERVERS;
    }
}

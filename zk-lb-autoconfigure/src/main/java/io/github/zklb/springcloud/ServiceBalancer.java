package io.github.zklb.springcloud;

import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.resilience.CallLoads;
import io.github.zklb.resilience.Serving;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.zookeeper.Membership;
import io.github.zklb.zookeeper.ServiceMembership;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Balances the calls to one service. Each publication of the membership is worked into a {@link Snapshot} on the
 * membership's thread; a request reads the last one. All clients of a service share one, and so its cursor.
 */
final class ServiceBalancer implements AutoCloseable {

    private final ServiceMembership membership;
    private final ServiceSettings settings;
    private final Strategy strategy;
    private final CallLoads loads;
    private final HashKeyResolver keys;
    private final LongSupplier nanoTime;
    private final long openedAt;
    private final CompletableFuture<Snapshot> firstSnapshot = new CompletableFuture<>();
    private final AutoCloseable subscription;
    private volatile @Nullable Snapshot snapshot;

    ServiceBalancer(
            ServiceMembership membership,
            ServiceSettings settings,
            Strategy strategy,
            CallLoads loads,
            HashKeyResolver keys,
            LongSupplier nanoTime) {
        this.membership = membership;
        this.settings = settings;
        this.strategy = strategy;
        this.loads = loads;
        this.keys = keys;
        this.nanoTime = nanoTime;
        this.openedAt = nanoTime.getAsLong();
        this.subscription = membership.subscribe(this::publish);
    }

    String serviceId() {
        return membership.serviceId();
    }

    HashKeyResolver keys() {
        return keys;
    }

    /** The ready-made answer for one request, or null if there is none: {@link #choose} then waits, or says why. */
    @Nullable Mono<Response<ServiceInstance>> pick(PickContext context) {
        Snapshot current = snapshot;
        return current == null ? null : current.pick(context);
    }

    /** The instance for one request, after the bounded wait for the first load; an error says why there is none. */
    Mono<Response<ServiceInstance>> choose(PickContext context) {
        return loaded().flatMap(
                        first -> Objects.requireNonNullElseGet(pick(context), () -> Mono.error(noInstance(context))));
    }

    /** The accounting of the calls to this service. */
    CallLoads loads() {
        return loads;
    }

    /** Whether a request without a key is refused rather than given to another strategy. */
    boolean refuses(PickContext context) {
        return context.key() == null && ConsistentHashSettings.FAIL.equals(settings.whenMissing());
    }

    /** Whether there is a snapshot to pick from. */
    boolean isLoaded() {
        return snapshot != null;
    }

    /** A picker for a list of instances that is not the snapshot's own, but what a user's suppliers made of it. */
    synchronized Picker newPicker(HostSet hosts) {
        return strategy.newPicker(hosts);
    }

    /** Why there is no instance for a request, in a sentence. */
    NoInstanceException noInstance(PickContext context) {
        return new NoInstanceException(NoInstance.reason(this, settings, snapshot, membership.current(), context));
    }

    /** A snapshot, as soon as there is one. What follows runs on Reactor's threads, never on the membership's. */
    Mono<Snapshot> loaded() {
        Snapshot current = snapshot;
        if (current != null) {
            return Mono.just(current);
        }
        Mono<Snapshot> notLoaded = Mono.error(() -> noInstance(PickContext.NONE));
        Duration left = settings.firstLoadTimeout().minusNanos(nanoTime.getAsLong() - openedAt);
        return left.isNegative() || left.isZero()
                ? notLoaded
                : Mono.fromFuture(firstSnapshot, true)
                        .publishOn(Schedulers.parallel())
                        .timeout(left, notLoaded);
    }

    private synchronized void publish(Membership update) {
        if (update.state() == Membership.State.LOADING) {
            return;
        }
        Snapshot last = snapshot;
        HostSet serving = Serving.undrained(Serving.up(update.hosts()));
        Snapshot next = last != null && last.serving().equals(serving)
                ? last.with(update)
                : Snapshot.of(serviceId(), update, serving, strategy);
        loads.retain(update.hosts());
        snapshot = next;
        firstSnapshot.complete(next);
    }

    @Override
    public void close() throws Exception {
        subscription.close();
    }
}

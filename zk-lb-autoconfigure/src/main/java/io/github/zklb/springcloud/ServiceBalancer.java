package io.github.zklb.springcloud;

import io.github.zklb.Acceptance;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.traffic.Call;
import io.github.zklb.traffic.CallLoads;
import io.github.zklb.traffic.Serving;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Balances the calls to one service. Each publication of the membership, each step of a slow start, each sweep for
 * outliers and each change of the settings is worked into a {@link Snapshot} off the request path; a request reads the
 * last one. All clients of a service share one balancer, and so its cursor.
 */
public final class ServiceBalancer implements AutoCloseable {

    /** A user's strategy that fails is asked again, with what has become of the endpoints by then. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final ServiceMembership membership;
    private final Tuner tuner;
    private final CallLoads loads;
    private final PickCounts picks;
    private final Admittance admittance;
    private final Timer timer;
    private final LongSupplier nanoTime;
    private final long openedAt;
    private final CompletableFuture<Snapshot> firstSnapshot = new CompletableFuture<>();
    private final ServiceMembership.Subscription subscription;
    private final Consumer<String> refused;
    private final Sinks.Many<List<ServiceInstance>> changes =
            Sinks.unsafe().many().replay().latest();
    private volatile Tuning tuning;
    private volatile @Nullable Snapshot snapshot;
    private volatile Rebuilds rebuilds = Rebuilds.NONE;

    ServiceBalancer(
            ServiceMembership membership,
            Tuner tuner,
            ServiceSettings settings,
            Timer.Service timers,
            LongSupplier nanoTime) {
        this.membership = membership;
        this.refused = membership::refused;
        this.tuner = tuner;
        this.tuning = tuner.tune(settings);
        this.loads = tuner.loads();
        this.picks = tuner.picks();
        this.admittance = new Admittance(membership.serviceId(), loads, nanoTime);
        this.timer = new Timer(timers, this::update);
        this.nanoTime = nanoTime;
        this.openedAt = nanoTime.getAsLong();
        this.subscription = membership.subscribe(this::publish);
    }

    public String serviceId() {
        return membership.serviceId();
    }

    public Tuning tuning() {
        return tuning;
    }

    /** The ready-made answer for one request, or null if there is none: {@link #choose} then waits, or says why. */
    @Nullable Mono<Response<ServiceInstance>> pick(PickContext context) {
        Snapshot current = snapshot;
        Mono<Response<ServiceInstance>> answer = current == null ? null : current.pick(context);
        if (answer != null) {
            picks.given();
        }
        return answer;
    }

    /** The instance for one request, after the bounded wait for the first load; an error says why there is none. */
    Mono<Response<ServiceInstance>> choose(PickContext context) {
        return loaded().flatMap(
                        first -> Objects.requireNonNullElseGet(pick(context), () -> Mono.error(noInstance(context))))
                .doOnError(none -> picks.empty());
    }

    /** A call to this service begins; null if it has no endpoint at the address. */
    @Nullable CountedCall start(String address) {
        Call call = loads.start(address);
        return call == null ? null : new CountedCall(call, tuning.settings().failures(), address, refused);
    }

    /** The accounting of the calls to this service. */
    public CallLoads loads() {
        return loads;
    }

    /** What became of the picks. */
    public PickCounts picks() {
        return picks;
    }

    ServiceMembership membership() {
        return membership;
    }

    /** What requests read at present, or null before the first load. */
    public @Nullable Snapshot snapshot() {
        return snapshot;
    }

    Rebuilds rebuilds() {
        return rebuilds;
    }

    Admittance admittance() {
        return admittance;
    }

    /** The time since the snapshot was built in nanoseconds, or NaN before the first load. */
    double snapshotAge() {
        return snapshot == null ? Double.NaN : nanoTime.getAsLong() - rebuilds.lastAt();
    }

    /** Whether a request without a key is refused rather than given to another strategy. */
    public boolean refuses(PickContext context) {
        return context.key() == null
                && ConsistentHashSettings.FAIL.equals(tuning.settings().whenMissing());
    }

    /** Whether there is a snapshot to pick from. */
    public boolean isLoaded() {
        return snapshot != null;
    }

    /** The instances that serve, as soon as they are known, and again at each change; the changes on a thread that may block. */
    Flux<List<ServiceInstance>> instances() {
        return Flux.defer(() -> {
                    Snapshot current = snapshot;
                    Flux<List<ServiceInstance>> later = changes.asFlux().publishOn(Schedulers.boundedElastic());
                    return current == null ? later : later.startWith(current.instances());
                })
                .distinctUntilChanged();
    }

    /** A picker for a list that suppliers have made of the snapshot's, with a strategy and a cursor of its own. */
    public Picker newPicker(HostSet hosts) {
        Snapshot current = snapshot;
        Acceptance acceptance = current == null ? Acceptance.FULL : current.acceptance();
        return tuner.newStrategy().newPicker(hosts, acceptance);
    }

    /** Why there is no instance for a request, in a sentence. */
    public NoInstanceException noInstance(PickContext context) {
        return new NoInstanceException(NoInstance.reason(this, snapshot, membership.current(), context));
    }

    /** The first snapshot, however long it takes to come. It comes on the membership's thread, which must not wait. */
    Mono<Snapshot> firstSnapshot() {
        return Mono.fromFuture(firstSnapshot, true);
    }

    /** A snapshot, as soon as there is one. What follows runs on Reactor's threads, never on the membership's. */
    public Mono<Snapshot> loaded() {
        Snapshot current = snapshot;
        if (current != null) {
            return Mono.just(current);
        }
        Mono<Snapshot> notLoaded = Mono.error(() -> noInstance(PickContext.NONE));
        Duration left = tuning.settings().firstLoadTimeout().minusNanos(nanoTime.getAsLong() - openedAt);
        return left.isNegative() || left.isZero()
                ? notLoaded
                : firstSnapshot().publishOn(Schedulers.parallel()).timeout(left, notLoaded);
    }

    /** Works with these settings from now on. Cursors, counts and ejections stay. */
    synchronized void retune(ServiceSettings settings) {
        if (!settings.equals(tuning.settings())) {
            tuning = tuner.tune(settings);
            update();
        }
    }

    private synchronized void publish(Membership next) {
        if (next.state() == Membership.State.LOADING) {
            return;
        }
        loads.retain(next.hosts());
        Snapshot last = snapshot;
        if (last != null && last.membership().hosts().equals(next.hosts())) {
            snapshot = last.with(next);
        } else {
            rebuild(next);
        }
    }

    private synchronized void update() {
        Membership known = membership.current();
        if (known.state() != Membership.State.LOADING) {
            rebuild(known);
        }
    }

    private void rebuild(Membership from) {
        Duration next = RETRY;
        try {
            build(from);
            next = admittance.untilNextUpdate(tuning.settings());
        } finally {
            timer.setFor(next);
        }
    }

    private void build(Membership from) {
        long begun = nanoTime.getAsLong();
        Tuning now = tuning;
        HostSet serving = Serving.undrained(Serving.up(from.hosts()));
        Acceptance acceptance = admittance.update(serving, now.settings());
        Snapshot next = Snapshot.of(serviceId(), from, serving, acceptance, now.strategy());
        picks.panic(admittance.ejections().panic());
        snapshot = next;
        rebuilds = rebuilds.and(begun, nanoTime.getAsLong());
        changes.tryEmitNext(next.instances());
        firstSnapshot.complete(next);
    }

    @Override
    public void close() {
        subscription.close();
        timer.close();
        changes.tryEmitComplete();
    }

    /**
     * The snapshots built so far.
     *
     * @param count how many
     * @param nanos the time that building them took
     * @param lastAt when the last was finished, by the monotonic clock
     */
    record Rebuilds(long count, long nanos, long lastAt) {

        static final Rebuilds NONE = new Rebuilds(0, 0, 0);

        private Rebuilds and(long begun, long finished) {
            return new Rebuilds(count + 1, nanos + finished - begun, finished);
        }
    }
}

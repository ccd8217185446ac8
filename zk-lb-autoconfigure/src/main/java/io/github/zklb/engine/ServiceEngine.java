package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Call;
import io.github.zklb.traffic.CallLoad;
import io.github.zklb.traffic.CallLoads;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.CountedCall;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.Pipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Balances the calls to one service. Each publication of the membership, each step of a slow start, each sweep for
 * outliers and each change of the settings is worked into a {@link Snapshot} off the request path; a request reads the
 * last one. All clients of a service share one engine, and so its cursor. Thread-safe.
 */
public final class ServiceEngine implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ServiceEngine.class);

    /** A user's strategy that fails is asked again, with what has become of the endpoints by then. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final ServiceMembership membership;
    private final StrategyCatalogue strategies;
    private final Function<HostSet, Object> views;
    private final WorkerThread timers;
    private final LongSupplier nanoTime;
    private final long openedAt;
    private final CallLoads loads;
    private final PickCounts picks = new PickCounts();
    private final StrategyContext context;
    private final Pipeline pipeline;
    private final CompletableFuture<Snapshot> firstSnapshot = new CompletableFuture<>();
    private final ServiceMembership.Subscription subscription;
    private volatile EngineSettings settings;
    private volatile @Nullable Snapshot snapshot;
    private volatile Rebuilds rebuilds = Rebuilds.NONE;
    private volatile long ejected;
    private Strategy strategy;
    private Set<Endpoint> held = Set.of();
    private final List<Follower> followers = new ArrayList<>();
    private Runnable cancelUpdate = () -> {};
    private boolean closed;

    private record Follower(Consumer<Snapshot> snapshots, Runnable end) {}

    /**
     * Opens nothing of its own but a subscription.
     *
     * @param membership where the endpoints come from
     * @param settings the first settings, which have been checked
     * @param strategies the strategies by name
     * @param views makes of the endpoints of a snapshot what the edge reads instead of them
     * @param timers runs the updates that are due by time; borrowed
     * @param nanoTime monotonic time in nanoseconds
     */
    public ServiceEngine(
            ServiceMembership membership,
            EngineSettings settings,
            StrategyCatalogue strategies,
            Function<HostSet, Object> views,
            WorkerThread timers,
            LongSupplier nanoTime) {
        this.membership = membership;
        this.settings = settings;
        this.strategies = strategies;
        this.views = views;
        this.timers = timers;
        this.nanoTime = nanoTime;
        this.openedAt = nanoTime.getAsLong();
        this.loads = new CallLoads(nanoTime, () -> this.settings.load());
        this.context = new StrategyContext(
                membership.serviceId(), () -> ThreadLocalRandom.current().nextLong(), nanoTime, loads, picks);
        this.pipeline = new Pipeline(loads, nanoTime);
        this.strategy = newStrategy();
        this.subscription = membership.subscribe(this::publish);
    }

    /** The service's id, as callers name it. */
    public String serviceId() {
        return membership.serviceId();
    }

    /** Where the service's endpoints come from. */
    public ServiceMembership membership() {
        return membership;
    }

    /** The present settings; the same object until they change. */
    public EngineSettings settings() {
        return settings;
    }

    /** What requests read at present, or null before the first load. One volatile read. */
    public @Nullable Snapshot snapshot() {
        return snapshot;
    }

    /**
     * The first snapshot, however long it takes to come. It comes on the membership's thread, which must not wait.
     *
     * @return a stage of the caller's own
     */
    public CompletionStage<Snapshot> firstSnapshot() {
        return firstSnapshot.copy();
    }

    /**
     * Tells of the present snapshot at once, if there is one, and of each that is built from then on.
     *
     * @param snapshots hears of them, one after the other, on the thread that built them: it must not wait
     * @param end runs when the engine is closed
     * @return ends that
     */
    public synchronized ServiceMembership.Subscription follow(Consumer<Snapshot> snapshots, Runnable end) {
        Follower follower = new Follower(snapshots, end);
        followers.add(follower);
        Snapshot current = snapshot;
        if (current != null) {
            snapshots.accept(current);
        }
        return () -> {
            synchronized (this) {
                followers.remove(follower);
            }
        };
    }

    /** How long a call may still wait for the first snapshot; not positive when that time is over. */
    public Duration leftToWait() {
        return settings.firstLoadTimeout().minusNanos(nanoTime.getAsLong() - openedAt);
    }

    /** A call to this service begins; null if it has no endpoint at the address. Whoever asks must end the call. */
    public @Nullable CountedCall start(String address) {
        Call call = loads.start(address);
        return call == null ? null : new CountedCall(call, settings.failures(), address, membership::refused);
    }

    /** The accounting of the calls to this service. */
    public CallLoads loads() {
        return loads;
    }

    /** What became of the picks. */
    public PickCounts picks() {
        return picks;
    }

    /** Whether a request without a key is refused rather than given to another strategy. */
    public boolean refuses(PickContext request) {
        return request.key() == null && ConsistentHashSettings.FAIL.equals(settings.whenMissing());
    }

    /** Another strategy by the present settings, with a state of its own. */
    public Strategy newStrategy() {
        return strategies.create(settings.strategy(), () -> settings.strategySettings(), context);
    }

    /** Why there is no instance for a request, in a sentence. */
    public String noInstance(PickContext request) {
        Snapshot current = snapshot;
        Membership known = membership.current();
        int registered = known.hosts().size();
        if (registered == 0) {
            return known.state() == Membership.State.SYNCED
                    ? "service " + serviceId() + " has no instance: none is registered in ZooKeeper"
                    : known.cause();
        }
        if (current == null) {
            return "service " + serviceId() + " has no instance yet: the strategy '" + settings.strategy()
                    + "' has made no picker of the " + registered + " registered; if it failed, the log says how";
        }
        if (current.candidates().hosts().isEmpty()) {
            return "service " + serviceId() + " has no instance that serves: each of the " + registered
                    + " registered has weight 0 or an instance_status other than UP";
        }
        if (refuses(request)) {
            return "the request to service " + serviceId() + " has no hash key in any of " + settings.keySources()
                    + ", and zk-lb.consistent-hash.when-missing is 'fail'; send a key, or name a strategy there";
        }
        return "service " + serviceId() + " has no instance: the strategy '" + settings.strategy() + "' picked none of "
                + current.candidates().hosts().size();
    }

    /** How many endpoints are in a state; null is that of those that are given their whole share. O(n). */
    public int endpoints(@Nullable Reason state) {
        Snapshot current = snapshot;
        if (current == null) {
            return 0;
        }
        Candidates candidates = current.candidates();
        return state == null
                ? current.membership().hosts().size() - candidates.reasons().size()
                : candidates.count(state);
    }

    /** The time in nanoseconds since the endpoints and their shares changed last, or NaN as long as nothing is loaded. */
    public double snapshotAge() {
        return snapshot == null ? Double.NaN : nanoTime.getAsLong() - rebuilds.lastAt();
    }

    /** The snapshots built so far. */
    public Rebuilds rebuilds() {
        return rebuilds;
    }

    /** How many endpoints have been ejected, each time counting. */
    public long ejections() {
        return ejected;
    }

    /** The accounting of the calls to one endpoint; the same object as long as the endpoint is there. */
    public CallLoad load(Endpoint endpoint) {
        return loads.of(endpoint);
    }

    /**
     * Works with these settings, which have been checked, from now on. What has been learned of the endpoints outlives every
     * change, and the strategy with its cursors all but a change of its name: it asks for its own settings whenever it makes a
     * picker.
     */
    synchronized void retune(EngineSettings next) {
        EngineSettings last = settings;
        if (!next.equals(last)) {
            settings = next;
            strategy = next.strategy().equals(last.strategy()) ? strategy : newStrategy();
            update();
        }
    }

    private synchronized void publish(Membership next) {
        if (next.state() == Membership.State.LOADING) {
            return;
        }
        loads.retain(next.hosts());
        Snapshot last = snapshot;
        if (last != null && last.membership().hosts().equals(next.hosts()) && held.equals(membership.held())) {
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
            next = pipeline.untilNextRun(settings.slowStart(), settings.outlierEjection());
        } finally {
            cancelUpdate.run();
            cancelUpdate = next == null || closed ? () -> {} : timers.schedule(this::update, next);
        }
    }

    private void build(Membership from) {
        long begun = nanoTime.getAsLong();
        Ejections before = pipeline.ejections();
        held = membership.held();
        Candidates candidates = pipeline.run(from.hosts(), held, settings.slowStart(), settings.outlierEjection());
        tell(before, pipeline.ejections());
        Picker picker = strategy.newPicker(candidates.hosts(), candidates.acceptance());
        Snapshot next = new Snapshot(from, candidates, picker, views.apply(candidates.hosts()));
        picks.panic(pipeline.ejections().panic());
        snapshot = next;
        rebuilds = rebuilds.and(begun, nanoTime.getAsLong());
        followers.forEach(follower -> follower.snapshots().accept(next));
        firstSnapshot.complete(next);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only this writes it, under the lock
    private void tell(Ejections last, Ejections next) {
        if (!next.equals(last)) {
            ejected += next.addresses().stream()
                    .filter(address -> !last.addresses().contains(address))
                    .count();
            log.info(
                    "service {}: ejected for failing: {}{}",
                    serviceId(),
                    next.addresses().isEmpty() ? "none" : next.addresses(),
                    next.panic() ? "; ignored, since too few others are left" : "");
        }
    }

    @Override
    public void close() {
        subscription.close();
        synchronized (this) {
            closed = true;
            cancelUpdate.run();
            followers.forEach(follower -> follower.end().run());
        }
    }

    /**
     * The snapshots built so far.
     *
     * @param count how many
     * @param nanos the time that building them took
     * @param lastAt when the last was finished, by the monotonic clock
     */
    public record Rebuilds(long count, long nanos, long lastAt) {

        static final Rebuilds NONE = new Rebuilds(0, 0, 0);

        private Rebuilds and(long begun, long finished) {
            return new Rebuilds(count + 1, nanos + finished - begun, finished);
        }
    }
}

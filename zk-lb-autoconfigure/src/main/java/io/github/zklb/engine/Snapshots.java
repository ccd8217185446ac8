package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.engine.work.PacedTask;
import io.github.zklb.membership.Hold.Standing;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.membership.ServiceMembership.Subscription;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.policy.OverlayNode.Version;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.Zones;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Works each publication of the registry, each supplied list, each step of a slow start, each sweep for outliers and each
 * change of the settings of one service into a snapshot, off the request path. Thread-safe.
 */
public final class Snapshots implements AutoCloseable {

    private final ServiceEngine engine;
    private final SuppliedHosts supplied;
    private final Function<HostSet, Object> views;
    private final WorkerThread timers;
    private final LongSupplier nanoTime;
    private final Stages stages;
    private final ServiceEjection ejection;
    private final WeightWarnings weights;
    private final CompletableFuture<Snapshot> first = new CompletableFuture<>();
    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final RouteGroups.Strategies strategies;
    private final AtomicLong updates = new AtomicLong();
    private final ServiceHold hold;
    private final PacedTask work;
    private volatile Published published;
    private volatile boolean registered;
    private volatile Runnable cancelUpdate = () -> {};
    private volatile boolean closed;
    private Map<Endpoint, Standing> standings = Map.of();
    private String strategyName;
    private long worked;

    private record Follower(Runnable change, Runnable end) {}

    /**
     * What the stages would make of endpoints.
     *
     * @param candidates of all
     * @param rows what is left of each group of the routes, by its metadata
     * @param refused which overlays would be refused, and why
     */
    public record Supposed(Candidates candidates, Map<Map<String, String>, Zones> rows, Map<Version, String> refused) {}

    Snapshots(
            ServiceEngine engine,
            SuppliedHosts supplied,
            Function<HostSet, Object> views,
            ServiceEngines.Shared shared) {
        this.engine = engine;
        this.supplied = supplied;
        this.views = views;
        this.published = Published.nothing(engine.settings());
        this.timers = shared.timers();
        this.nanoTime = shared.nanoTime();
        this.hold = new ServiceHold(engine, shared, this::publish);
        this.work = new PacedTask("service " + engine.serviceId(), this::work, shared.builders(), timers, nanoTime);
        this.stages = new Stages(engine, shared, hold, this::update);
        this.ejection = new ServiceEjection(engine, stages.outlierEjection(), shared.probes());
        this.strategyName = engine.settings().strategy();
        this.strategies = new RouteGroups.Strategies(engine::newStrategy);
        this.weights = new WeightWarnings(engine.serviceId());
    }

    /** What was published last: who reads only this reads nothing of two publications. One volatile read. */
    public Published published() {
        return published;
    }

    @Nullable Snapshot current() {
        return published.snapshot();
    }

    /** The first snapshot, a stage of the caller's own: it ends on the thread that has made it, which must not wait. */
    public CompletionStage<Snapshot> first() {
        return first.copy();
    }

    /** Whether the registry has ever had an endpoint of the service, or hides whether it has. */
    public boolean isRegistered() {
        return registered || published.isRegistered();
    }

    /** All endpoints of the service, be they the registry's or supplied, and whether they serve or not. */
    public HostSet known() {
        return published.known();
    }

    /** What the stages made of {@link #known}. */
    public Candidates candidates() {
        return published.candidates();
    }

    /** What the stages would make of other endpoints, settings and further overlays, with what is known now; without any effect. */
    public Supposed suppose(HostSet others, EngineSettings settings, List<Counting> further) {
        return stages.suppose(others, settings, further);
    }

    /** The same picker, which keeps requests from endpoints that are ejected after it was made, with who was by then. */
    public Picker following(Picker picker, HostSet hosts, Ejections known) {
        return ejection.following(picker, hosts, known);
    }

    /** How many of these are in a state; null is that of those that are given their whole share. O(n). */
    public int count(@Nullable Reason reason) {
        Published now = published;
        return reason == null
                ? now.known().size() - now.candidates().reasons().size()
                : now.candidates().count(reason);
    }

    /** The changes of the endpoints and their shares that were worked in so far. */
    public Published.Rebuilds rebuilds() {
        return published.rebuilds();
    }

    /** The time in nanoseconds since the last of these changes, or NaN before the first. */
    public double age() {
        Published.Rebuilds past = published.rebuilds();
        return past.count() == 0 ? Double.NaN : nanoTime.getAsLong() - past.lastAt();
    }

    /** How many endpoints have been ejected, each time counting. */
    public long ejections() {
        return ejection.count();
    }

    /** How often a change could not be worked in. */
    public long failures() {
        return work.failures();
    }

    /** Tells of each change, on the thread that worked it in, which must not wait, and at once; and of the engine's end. */
    public Subscription follow(Runnable change, Runnable end) {
        Follower follower = new Follower(change, end);
        followers.add(follower);
        change.run();
        return () -> followers.remove(follower);
    }

    /** Works in what the registry says now, and what calls and probes tell of those that it does not name. */
    void publish() {
        work.request();
    }

    /** Works in whatever has changed, settings and time included. */
    void update() {
        updates.incrementAndGet();
        work.request();
    }

    /** The row of stages. */
    Stages stages() {
        return stages;
    }

    /** Which endpoints are served without a registration. */
    ServiceHold hold() {
        return hold;
    }

    /** What is known of the service's endpoints: the registry's word, and who is held; null before its first answer. */
    @Nullable Membership membership() {
        return published.membership();
    }

    /** Runs on any thread, one at a time. */
    void work() {
        if (!closed) {
            long asked;
            do { // first: this run is to work in all that operators have changed, and no change is to slip through
                asked = updates.get();
                stages.overlays().step();
            } while (asked != updates.get());
            workIn(asked != worked);
            worked = asked;
        }
    }

    private void workIn(boolean all) {
        ServiceMembership membership = engine.membership();
        Membership now = membership == null ? null : membership.current();
        if (membership == null || now == null || stages.putOff(now)) {
            if (all && supplied.isEmpty()) {
                publish(published.with(engine.settings())); // of nothing there is nothing to learn
            } else if (all) {
                build(null);
            }
            return;
        }
        Membership known = hold.step(now, membership.resets());
        Published last = published;
        Snapshot snapshot = last.snapshot();
        if (all
                || snapshot == null
                || !snapshot.membership().hosts().equals(known.hosts())
                || !standings.equals(hold.standings())) {
            build(known);
        } else {
            engine.loads().retain(supplied.and(hold.andGone(known.hosts())));
            publish(last.with(snapshot.with(known)));
        }
    }

    /** Null stands for a registry that is not opened, or has not answered. */
    private void build(@Nullable Membership from) {
        long begun = nanoTime.getAsLong();
        EngineSettings settings = engine.settings();
        String wanted = settings.strategy();
        if (!wanted.equals(strategyName)) {
            strategies.clear();
            strategyName = wanted;
        }
        Published last = published;
        HostSet declared = supplied.and(from == null ? HostSet.EMPTY : hold.andGone(from.hosts()));
        engine.loads().retain(declared);
        Stages.Staged staged = stages.run(declared, from == null ? HostSet.EMPTY : from.hosts());
        Candidates passed = staged.candidates();
        Ejections ejections = staged.ejections();
        ejection.workedIn(last.ejections(), ejections, passed.hosts());
        engine.loads().serving(passed.hosts());
        weights.look(passed.hosts(), settings, engine.isShortOfPoints());
        Snapshot next = from == null
                ? last.snapshot()
                : Snapshot.of(
                        from,
                        staged.steering().applied(from.hosts()),
                        passed,
                        strategies.everything(),
                        views,
                        picker -> ejection.following(picker, passed.hosts(), ejections),
                        last.snapshot());
        if (from != null && next != null) {
            HostSet hosts = next.candidates().hosts();
            RouteGroups groups =
                    last.snapshot() == null ? RouteGroups.NONE : last.snapshot().groups();
            next = next.with(RouteGroups.of(
                    settings.routes(),
                    stages.rows(staged, hosts, settings, groups),
                    hosts,
                    next.picker(),
                    strategies,
                    picker -> ejection.following(picker, hosts, ejections),
                    engine.routeCounts()::of));
        }
        engine.picks().panic(ejections.panic());
        Published.Rebuilds rebuilds = last.rebuilds().and(begun, nanoTime.getAsLong());
        publish(Published.of(next, staged, settings, rebuilds));
        if (!staged.steering().byEndpoint().equals(last.steering().byEndpoint())) {
            work.request(); // the hold's step went before: it must know who is drained now
        }
        registered |= published.isRegistered();
        standings = hold.standings();
        if (next != null) {
            first.complete(next);
        }
        Duration due = stages.untilNextRun();
        cancelUpdate.run();
        cancelUpdate = due == null || closed ? () -> {} : timers.schedule(this::update, due);
        followers.forEach(follower -> follower.change.run());
    }

    private void publish(Published next) {
        published = next;
        engine.events().published(next);
    }

    /** Does not wait for a strategy that hangs. */
    @Override
    public void close() {
        closed = true;
        cancelUpdate.run();
        hold.close();
        stages.close();
        followers.forEach(follower -> follower.end.run());
    }
}

package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.PickContext;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.CountedCall.Listener;
import io.github.zklb.calls.PickCounts;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.membership.ServiceMembership.Subscription;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Zones;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Balances the calls to one service. Its endpoints are those of its registry, once that is {@linkplain #open opened}, and
 * those of lists that somebody {@linkplain #supply supplies}. All pass the same stages and have the same accounting. A
 * request reads the {@link Snapshot} of the registry's endpoints, or picks from a list of its own. All clients of a service
 * share one engine, and so its cursor. Thread-safe.
 */
public final class ServiceEngine implements AutoCloseable {

    private final String serviceId;
    private final Supplier<ServiceMembership> registry;
    private final ServiceEngines.Shared shared;
    private final CallLoads loads;
    private final PickCounts picks = new PickCounts();
    private final StrategyContext context;
    private final RouteGroups.Counts routeCounts = new RouteGroups.Counts();
    private final SuppliedHosts supplied = new SuppliedHosts();
    private final EventLog events;
    private final Snapshots snapshots;
    private volatile EngineSettings settings;
    private volatile @Nullable ServiceMembership membership;
    private volatile long openedAt;
    private volatile boolean forgotten;
    private volatile @Nullable String refusal;
    private Subscription subscription = () -> {};

    /**
     * Opens nothing yet.
     *
     * @param serviceId the service's id, as callers name it
     * @param registry where the endpoints come from; asked when this is opened
     * @param settings the first settings, which have been checked
     * @param views makes of the endpoints of a snapshot what the edge reads instead of them
     * @param shared what all engines use; borrowed
     */
    ServiceEngine(
            String serviceId,
            Supplier<ServiceMembership> registry,
            EngineSettings settings,
            Function<HostSet, Object> views,
            ServiceEngines.Shared shared) {
        this.serviceId = serviceId;
        this.registry = registry;
        this.settings = settings;
        this.shared = shared;
        LongSupplier nanoTime = shared.nanoTime();
        this.loads = new CallLoads(nanoTime, () -> this.settings.load());
        this.context =
                new StrategyContext(serviceId, () -> ThreadLocalRandom.current().nextLong(), nanoTime, loads, picks);
        this.events = new EventLog(serviceId, shared.timers()::schedule, nanoTime, InstantSource.system(), settings);
        this.snapshots = new Snapshots(this, supplied, views, shared);
    }

    /** Has the endpoints of its registry from now on, if it has not yet. */
    public void open() {
        if (membership == null) {
            synchronized (this) {
                if (membership == null) {
                    ServiceMembership opened = registry.get();
                    var unused = snapshots.stages().overlays().watched(); // begins to read them
                    openedAt = shared.nanoTime().getAsLong();
                    opened.serves(opened.current()); // first: from then on the hold tells of more
                    membership = opened;
                    subscription = opened.subscribe(any -> snapshots.publish());
                }
            }
        }
    }

    /**
     * Tells of a list that has these endpoints, which are not the registry's: calls to them are counted from now on, and as
     * long as such lists come.
     */
    public void supply(Collection<Endpoint> endpoints) {
        if (supplied.note(endpoints, shared.nanoTime().getAsLong())) {
            endpoints.forEach(loads::of);
            snapshots.update();
        }
    }

    /** The service's id, as callers name it. */
    public String serviceId() {
        return serviceId;
    }

    /** What the service's registry says; null as long as it is not opened. */
    public @Nullable ServiceMembership membership() {
        return membership;
    }

    /** What is known of the service: its registry's word, and who is held; null as long as the registry is not opened. */
    public @Nullable Membership known() {
        ServiceMembership opened = membership;
        Membership known = snapshots.membership();
        return known == null && opened != null ? opened.current() : known;
    }

    /** The present settings; the same object until they change. */
    public EngineSettings settings() {
        return settings;
    }

    /** Where the snapshots come from, and what is known of them. */
    public Snapshots snapshots() {
        return snapshots;
    }

    /** Whether its overlays have been read, and what was read last is worked in. */
    public boolean overlaysAreKnown() {
        return snapshots.stages().overlays().areKnown();
    }

    /** Why the last change of the settings was refused; null if it was not. */
    public @Nullable String refusal() {
        return refusal;
    }

    void refused(@Nullable String why) {
        if (why != null && !why.equals(refusal)) {
            events.refused(why);
        }
        refusal = why;
    }

    /** What has happened to the service of late. */
    public EventLog events() {
        return events;
    }

    /** What requests read at present, or null before the registry's first answer. One volatile read. */
    public @Nullable Snapshot snapshot() {
        return snapshots.current();
    }

    /** How long a call may still wait for the first snapshot; not positive when that time is over, or nothing is opened. */
    public Duration leftToWait() {
        return membership == null
                ? Duration.ZERO
                : settings.firstLoadTimeout().minusNanos(shared.nanoTime().getAsLong() - openedAt);
    }

    /** A call to this service begins; null if it has no endpoint at the address. Whoever asks must end the call. */
    public @Nullable CountedCall start(String address) {
        Call call = loads.start(address);
        EngineSettings now = settings;
        Listener hold = snapshots.hold().began(address);
        return call == null ? null : new CountedCall(call, now.failures(), address, hold, now.goesByReports());
    }

    /** The accounting of the calls to this service. */
    public CallLoads loads() {
        return loads;
    }

    /** What became of the picks. */
    public PickCounts picks() {
        return picks;
    }

    /** What became of the picks for each group of the routes. */
    public RouteGroups.Counts routeCounts() {
        return routeCounts;
    }

    /** Whether the zones of the endpoints count at present, and how. */
    public Zones.State zones() {
        return snapshots.published().zones();
    }

    /** How many endpoints have reported their loads of late, whether that counts yet or not; 0 if they are not asked. */
    public int reporting() {
        return snapshots.stages().reporting();
    }

    /** Tells whether a supplier around the service's lists keeps to the caller's zone by itself: then zk-lb does not. */
    public void keepToZoneInSuppliers(boolean now) {
        snapshots.stages().keepToZoneInSuppliers(now);
    }

    /** Whether a request without a key is refused rather than given to another strategy. */
    public boolean refuses(PickContext request) {
        return request.key() == null && ConsistentHashSettings.FAIL.equals(settings.whenMissing());
    }

    /** Another strategy by the present settings, with a state of its own. */
    public Strategy newStrategy() {
        return shared.strategies().create(settings.strategy(), () -> settings.strategySettings(), context);
    }

    /** The strategies of pickers that are made to be looked at, which have no part in what the application's rings may have. */
    public StrategyCatalogue strategiesApart() {
        return shared.strategies().apart();
    }

    /** Whether the rings of the application, those of other services included, may be coarser than other applications'. */
    public boolean isShortOfPoints() {
        return shared.strategies().isShortOfPoints();
    }

    /** Why there is no instance for a request, in a sentence. */
    public String noInstance(PickContext request) {
        String none = "service " + serviceId + " has no instance";
        Membership known = known();
        if (known == null) {
            return Message.NO_LIST_YET.of(none + " yet: nobody has supplied a list");
        }
        int registered = known.hosts().size();
        if (registered == 0) {
            return known.state() == Membership.State.SYNCED
                    ? Message.NONE_IS_REGISTERED.of(none + ": none is registered in ZooKeeper")
                    : known.cause();
        }
        Snapshot current = snapshot();
        if (current == null) {
            return Message.NO_PICKER_YET.of(none + " yet: the strategy '" + settings.strategy()
                    + "' has made no picker of the " + registered + " registered; if it failed, the log says how");
        }
        int serving = current.candidates().hosts().size();
        return serving > 0
                ? pickedNone(request, serving)
                : Message.NONE_THAT_SERVES.of(none + " that serves: each of the " + registered
                        + " registered has weight 0 or an instance_status other than UP");
    }

    /** Why the strategy has none of some endpoints for a request, in a sentence. */
    public String pickedNone(PickContext request, int endpoints) {
        return refuses(request)
                ? Message.NO_HASH_KEY.of(
                        "the request to service " + serviceId + " has no hash key in any of " + settings.keySources()
                                + ", and zk-lb.consistent-hash.when-missing is 'fail'; send a key, or name a strategy there")
                : Message.NONE_IS_PICKED.of("service " + serviceId + " has no instance: the strategy '"
                        + settings.strategy() + "' picked none of " + endpoints);
    }

    /**
     * Works with these settings, which have been checked, from now on. What has been learned of the endpoints outlives every
     * change, and the strategy with its cursors all but a change of its name: it asks for its own settings whenever it makes a
     * picker.
     */
    synchronized void retune(EngineSettings next) {
        if (!next.equals(settings)) {
            settings = next;
            snapshots.update();
        }
    }

    /** Whether nothing is known of the service, nor has been, and nobody has called it since this was asked last. */
    boolean isIdle() {
        ServiceMembership opened = membership;
        boolean unknown = opened == null || opened.current().state().isUnknown();
        return !picks.wasAskedInVain()
                && unknown
                && !snapshots.isRegistered()
                && snapshots.known().isEmpty();
    }

    /** Closes; who calls the service from now on needs another engine. */
    void forget() {
        forgotten = true;
        close();
    }

    /** Whether another engine stands for the service from now on, once somebody calls it. */
    public boolean isForgotten() {
        return forgotten;
    }

    @Override
    public synchronized void close() {
        subscription.close();
        snapshots.close();
    }
}

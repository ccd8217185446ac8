package io.github.zklb.engine;

import io.github.zklb.HostSet;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.Message;
import io.github.zklb.StrategyContext;
import io.github.zklb.engine.probes.LastContact;
import io.github.zklb.engine.probes.Probes;
import io.github.zklb.engine.probes.TcpProbes;
import io.github.zklb.engine.work.BuilderThreads;
import io.github.zklb.membership.Lost;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.policy.SettingLayers;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engines of the services that this application calls, each opened at its first use. Thread-safe. */
public final class ServiceEngines implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ServiceEngines.class);

    private final Function<String, ServiceMembership> memberships;
    private final Consumer<EngineSettings> edgeCheck;
    private final BiFunction<String, HostSet, Object> views;
    private final Map<String, ServiceEngine> engines = new ConcurrentHashMap<>();
    private final List<Consumer<ServiceEngine>> listeners = new ArrayList<>();
    private final Shared shared;
    private volatile @Nullable Forgetting forgetting;
    private volatile Supplier<@Nullable ServiceMembership> callers = () -> null;

    private volatile OverlaySource overlays = OverlaySource.NONE;
    private volatile BiFunction<String, SettingLayers, EngineSettings> settings;

    private record Forgetting(Duration after, Function<String, Runnable> forgotten) {}

    /**
     * What the engines of all services share.
     *
     * @param strategies the strategies by name
     * @param timers starts what is due by time
     * @param builders make pickers
     * @param nanoTime monotonic time in nanoseconds
     * @param probes looks whether anybody is there
     * @param contact when anything was last reached
     * @param others the engines of all services
     */
    record Shared(
            StrategyCatalogue strategies,
            WorkerThread timers,
            BuilderThreads builders,
            LongSupplier nanoTime,
            Probes probes,
            LastContact contact,
            ServiceEngines others) {}

    /**
     * Opens nothing yet.
     *
     * @param memberships where the endpoints of a service come from; borrowed
     * @param strategies the strategies by name
     * @param settings the settings of a service; of an empty id, those that hold for every service without its own
     * @param edgeCheck throws an {@link InvalidSettingException} for settings that the edge cannot honour
     * @param views makes, of the endpoints of a service's snapshot, what the edge reads instead of them
     */
    public ServiceEngines(
            Function<String, ServiceMembership> memberships,
            StrategyCatalogue strategies,
            Function<String, EngineSettings> settings,
            Consumer<EngineSettings> edgeCheck,
            BiFunction<String, HostSet, Object> views) {
        this(memberships, strategies, settings, edgeCheck, views, new TcpProbes(Lost.PROBE_TIMEOUT), System::nanoTime);
    }

    /** With probes of the caller's, which are closed with this if they can be, and another clock. */
    ServiceEngines(
            Function<String, ServiceMembership> memberships,
            StrategyCatalogue strategies,
            Function<String, EngineSettings> settings,
            Consumer<EngineSettings> edgeCheck,
            BiFunction<String, HostSet, Object> views,
            Probes probes,
            LongSupplier nanoTime) {
        this.memberships = memberships;
        this.settings = (serviceId, none) -> settings.apply(serviceId);
        this.edgeCheck = edgeCheck;
        this.views = views;
        WorkerThread timers = new WorkerThread("zk-lb-timer");
        LastContact contact = new LastContact(nanoTime);
        this.shared = new Shared(
                strategies, timers, new BuilderThreads(timers), nanoTime, contact.toldBy(probes), contact, this);
    }

    /**
     * Forgets services that are opened from now on when their registry does not know them and nobody has called them for a while.
     *
     * @param after how long
     * @param forgotten is told their ids, and forgets them, too; what it returns closes what calls under way may still need,
     *     and runs after the same time again
     */
    public void forgetUnused(Duration after, Function<String, Runnable> forgotten) {
        forgetting = new Forgetting(after, forgotten);
    }

    /** Tells who gives the registrations of this application itself, when the zones of callers are needed: null if none. */
    public void calledBy(Supplier<@Nullable ServiceMembership> own) {
        callers = own;
    }

    /**
     * Tells where operators' overlays and policies come from, before any service is opened.
     *
     * @param source borrowed
     * @param layered the settings of a service with what operators have set of them
     */
    public void steeredBy(OverlaySource source, BiFunction<String, SettingLayers, EngineSettings> layered) {
        overlays = source;
        settings = layered;
    }

    OverlaySource overlays() {
        return overlays;
    }

    /** The registrations of the callers; null if there are none. */
    @Nullable ServiceMembership callers() {
        return callers.get();
    }

    private void watch(ServiceEngine engine, Forgetting rule) {
        shared.timers.schedule(() -> forgetIfIdle(engine, rule), rule.after);
    }

    private void forgetIfIdle(ServiceEngine engine, Forgetting rule) {
        if (engine.isIdle()) {
            engines.remove(engine.serviceId(), engine);
            engine.forget();
            shared.timers.schedule(rule.forgotten.apply(engine.serviceId()), rule.after);
            log.debug("service {} is forgotten: it is not registered, and nobody calls it", engine.serviceId());
        } else {
            watch(engine, rule);
        }
    }

    /** The engine of a service, with the endpoints of its registry. */
    public ServiceEngine engine(String serviceId) {
        ServiceEngine engine = supplied(serviceId);
        engine.open();
        return engine;
    }

    /** The same engine, whose registry nobody need have asked: of a service whose endpoints are supplied. */
    public ServiceEngine supplied(String serviceId) {
        ServiceEngine known = engines.get(serviceId);
        return known != null ? known : made(serviceId);
    }

    /** The engine of a service that is in use; null if it is not. */
    public @Nullable ServiceEngine inUse(String serviceId) {
        return engines.get(serviceId);
    }

    /** The engines of all services that are in use. */
    public Collection<ServiceEngine> inUse() {
        return List.copyOf(engines.values());
    }

    /** A user's strategies are made outside the lock, since they may take their time. */
    private ServiceEngine made(String serviceId) {
        return known(new ServiceEngine(
                serviceId,
                () -> memberships.apply(serviceId),
                settings.apply(serviceId, SettingLayers.NONE),
                hosts -> views.apply(serviceId, hosts),
                shared));
    }

    private synchronized ServiceEngine known(ServiceEngine made) {
        ServiceEngine earlier = engines.putIfAbsent(made.serviceId(), made);
        if (earlier != null) {
            return earlier;
        }
        listeners.forEach(listener -> call(listener, made));
        Forgetting rule = forgetting;
        if (rule != null) {
            watch(made, rule);
        }
        return made;
    }

    /**
     * Calls the listener for each service that is in use, at once, and for each that is opened from then on, on the thread
     * that opens it: it must not wait. What it throws is logged and harms nobody.
     *
     * @return ends the subscription; no call is under way after its {@code close}
     */
    public synchronized ServiceMembership.Subscription subscribe(Consumer<ServiceEngine> listener) {
        listeners.add(listener);
        engines.values().forEach(engine -> call(listener, engine));
        return () -> remove(listener);
    }

    private synchronized void remove(Consumer<ServiceEngine> listener) {
        listeners.remove(listener);
    }

    private static void call(Consumer<ServiceEngine> listener, ServiceEngine engine) {
        try {
            listener.accept(engine);
        } catch (RuntimeException | Error e) {
            log.error(
                    Message.A_LISTENER_FAILED.of("A listener of the opening of service {} failed"),
                    engine.serviceId(),
                    e);
        }
    }

    /** Checks the settings that hold for every service without settings of its own, as {@link #check(String)} does. */
    public void checkDefaults() {
        check(settings.apply("", SettingLayers.NONE), "");
    }

    /**
     * Checks the settings of one service, opening nothing.
     *
     * @throws InvalidSettingException if a strategy or a key source is unknown
     */
    public void check(String serviceId) {
        try {
            check(settings.apply(serviceId, SettingLayers.NONE), serviceId);
        } catch (InvalidSettingException invalid) {
            throw invalid.inService(serviceId);
        }
    }

    /** The settings of a service with what operators have set of them, checked if they are not those that were. */
    EngineSettings settings(String serviceId, SettingLayers layers, EngineSettings checked) {
        EngineSettings next = settings.apply(serviceId, layers);
        if (!next.equals(checked)) {
            try {
                check(next, serviceId);
            } catch (InvalidSettingException invalid) {
                checkDefaults(); // if it is one of all services, that is its name
                throw invalid.inService(serviceId);
            }
        }
        return next;
    }

    /** Settings of a strategy that is not chosen are checked too: a wrong one is a mistake before it takes effect. */
    private void check(EngineSettings chosen, String serviceId) {
        StrategyContext nothingKnown = new StrategyContext(serviceId, new SplittableRandom(), System::nanoTime);
        shared.strategies().create(chosen.strategy(), chosen.strategySettings(), nothingKnown);
        shared.strategies().create(ConsistentHashSettings.STRATEGY, chosen.strategySettings(), nothingKnown);
        edgeCheck.accept(chosen);
    }

    /** Reads the settings of every service in use again. */
    public void refresh() {
        engines.values().forEach(each -> each.snapshots().stages().overlays().refresh());
    }

    /** Whether another service has registered an endpoint at an address since a point in time. */
    boolean haveRegistered(String address, long since, ServiceEngine asking) {
        return engines.values().stream()
                .anyMatch(each -> each != asking && each.snapshots().hold().hasRegistered(address, since));
    }

    /** A service has registered at an address where it was not before. */
    void registered(ServiceEngine service) {
        engines.values().stream()
                .filter(each -> each != service)
                .forEach(each -> each.snapshots().hold().othersChanged());
    }

    @Override
    public void close() {
        engines.values().forEach(ServiceEngine::close);
        shared.timers().close();
        shared.builders().close();
        shared.probes().close();
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.PickContext;
import io.github.zklb.StrategyContext;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

/**
 * The balancers of the services that this application calls, each opened at its first use. Thread-safe.
 */
public final class ServiceBalancers implements ZkLoadBalancer, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ServiceBalancers.class);

    private final ZooKeeperMemberships memberships;
    private final StrategyCatalogue strategies;
    private final Function<String, ServiceSettings> settings;
    private final Function<String, HashKeyResolver> keyResolvers;
    private final Map<String, ServiceBalancer> balancers = new ConcurrentHashMap<>();
    private final OpenedServices opened = new OpenedServices();
    private final SendListener sends;
    private final Timer.Service timers = new Timer.Service();

    /**
     * Opens nothing yet, and tells nobody of the requests that are sent.
     *
     * @param memberships where the endpoints of a service come from; borrowed
     * @param strategies the strategies by name
     * @param settings the settings of a service
     * @param keyResolvers the user's key resolvers by bean name; throws for an unknown name
     */
    public ServiceBalancers(
            ZooKeeperMemberships memberships,
            StrategyCatalogue strategies,
            Function<String, ServiceSettings> settings,
            Function<String, HashKeyResolver> keyResolvers) {
        this(memberships, strategies, settings, keyResolvers, SendListener.NONE);
    }

    /**
     * Opens nothing yet.
     *
     * @param memberships where the endpoints of a service come from; borrowed
     * @param strategies the strategies by name
     * @param settings the settings of a service
     * @param keyResolvers the user's key resolvers by bean name; throws for an unknown name
     * @param sends hears of the requests that are sent
     */
    public ServiceBalancers(
            ZooKeeperMemberships memberships,
            StrategyCatalogue strategies,
            Function<String, ServiceSettings> settings,
            Function<String, HashKeyResolver> keyResolvers,
            SendListener sends) {
        this.memberships = memberships;
        this.strategies = strategies;
        this.settings = settings;
        this.keyResolvers = keyResolvers;
        this.sends = sends;
    }

    public ServiceBalancer balancer(String serviceId) {
        ServiceBalancer known = balancers.get(serviceId);
        return known != null ? known : opened(serviceId);
    }

    private ServiceBalancer opened(String serviceId) {
        ServiceBalancer balancer = balancers.computeIfAbsent(serviceId, this::open);
        opened.tell(balancer);
        return balancer;
    }

    /**
     * Calls the listener for each service that is in use, at once, and for each that is opened from then on, on the thread
     * that opens it: it must not wait. What it throws is logged and harms nobody.
     *
     * @return ends the subscription; no call is under way after its {@code close}
     */
    public ServiceMembership.Subscription subscribe(Consumer<ServiceStatistics> listener) {
        return opened.subscribe(listener);
    }

    /** A call to a service begins; null if it is not one that we balance, or has no endpoint at the address. */
    public @Nullable CountedCall start(String serviceId, String address, ContextView context) {
        ServiceBalancer balancer = balancers.get(serviceId);
        if (balancer == null) {
            return null;
        }
        sends.sending(serviceId, balancer.tuning().settings().strategy(), context);
        return balancer.start(address);
    }

    @Override
    public Optional<ServiceInstance> choose(String serviceId, @Nullable String key) {
        ServiceBalancer balancer = balancer(serviceId);
        PickContext context = PickContext.ofKey(key);
        if (!balancer.isLoaded()) {
            awaitLoad(balancer, context);
        }
        Mono<Response<ServiceInstance>> answer = balancer.pick(context);
        if (answer == null) {
            balancer.picks().empty();
            if (balancer.refuses(context)) {
                throw balancer.noInstance(context);
            }
            return Optional.empty();
        }
        Response<ServiceInstance> response = answer.block();
        return response == null ? Optional.empty() : Optional.ofNullable(response.getServer());
    }

    private static void awaitLoad(ServiceBalancer balancer, PickContext context) {
        if (Schedulers.isInNonBlockingThread()) {
            balancer.picks().empty();
            throw balancer.noInstance(context);
        }
        balancer.loaded().doOnError(none -> balancer.picks().empty()).block();
    }

    /**
     * Checks the settings that hold for every service without settings of its own.
     *
     * @throws InvalidSettingException if a strategy or a key source is unknown
     */
    public void checkDefaults() {
        check(settings.apply(""), "");
    }

    /**
     * Checks the settings of one service, opening nothing.
     *
     * @throws InvalidSettingException if a strategy or a key source is unknown
     */
    public void check(String serviceId) {
        try {
            check(settings.apply(serviceId), serviceId);
        } catch (InvalidSettingException invalid) {
            throw invalid.inService(serviceId);
        }
    }

    /** Settings of a strategy that is not chosen are checked too: a wrong one is a mistake before it takes effect. */
    private void check(ServiceSettings chosen, String serviceId) {
        StrategyContext nothingKnown = new StrategyContext(serviceId, new SplittableRandom(), System::nanoTime);
        strategies.create(chosen.strategy(), chosen.strategySettings(), nothingKnown);
        strategies.create(ConsistentHashSettings.STRATEGY, chosen.strategySettings(), nothingKnown);
        KeySources.firstOf(chosen.keySources(), keyResolvers);
    }

    /**
     * Reads the settings of every service in use again. Where they have changed, they count from now on; wrong ones are
     * named in the log, and the service goes on with the last right ones.
     */
    public void refresh() {
        balancers.forEach((serviceId, balancer) -> {
            try {
                ServiceSettings next = settings.apply(serviceId);
                if (!next.equals(balancer.tuning().settings())) {
                    checkDefaults();
                    check(serviceId);
                    balancer.retune(next);
                }
            } catch (RuntimeException e) {
                log.error("service {} keeps its settings: {}", serviceId, e.getMessage(), e);
            }
        });
    }

    private ServiceBalancer open(String serviceId) {
        ServiceSettings chosen = settings.apply(serviceId);
        Tuner tuner = new Tuner(serviceId, chosen, strategies, keyResolvers, System::nanoTime);
        return new ServiceBalancer(memberships.service(serviceId), tuner, chosen, timers, System::nanoTime);
    }

    @Override
    public void close() {
        balancers.values().forEach(ServiceBalancer::close);
        timers.close();
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.EndpointLoads;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.PickContext;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.resilience.Call;
import io.github.zklb.resilience.CallLoads;
import io.github.zklb.resilience.LoadSettings;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.zookeeper.ZooKeeperMemberships;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The balancers of the services that this application calls, each opened at its first use. Thread-safe.
 */
public final class ServiceBalancers implements ZkLoadBalancer, AutoCloseable {

    private final ZooKeeperMemberships memberships;
    private final StrategyCatalogue strategies;
    private final Function<String, ServiceSettings> settings;
    private final Function<String, HashKeyResolver> keyResolvers;
    private final Map<String, ServiceBalancer> balancers = new ConcurrentHashMap<>();

    /**
     * Opens nothing yet.
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
        this.memberships = memberships;
        this.strategies = strategies;
        this.settings = settings;
        this.keyResolvers = keyResolvers;
    }

    ServiceBalancer balancer(String serviceId) {
        ServiceBalancer known = balancers.get(serviceId);
        return known != null ? known : balancers.computeIfAbsent(serviceId, this::open);
    }

    /** A call to a service begins; null if it is not one that we balance, or has no endpoint at the address. */
    @Nullable Call start(String serviceId, String address) {
        ServiceBalancer balancer = balancers.get(serviceId);
        return balancer == null ? null : balancer.loads().start(address);
    }

    @Override
    public Optional<ServiceInstance> choose(String serviceId, @Nullable String key) {
        ServiceBalancer balancer = balancer(serviceId);
        PickContext context = PickContext.ofKey(key);
        if (!balancer.isLoaded()) {
            awaitLoad(balancer, context);
        }
        Mono<Response<ServiceInstance>> answer = balancer.pick(context);
        if (answer == null && balancer.refuses(context)) {
            throw balancer.noInstance(context);
        }
        Response<ServiceInstance> response = answer == null ? null : answer.block();
        return response == null ? Optional.empty() : Optional.ofNullable(response.getServer());
    }

    private static void awaitLoad(ServiceBalancer balancer, PickContext context) {
        if (Schedulers.isInNonBlockingThread()) {
            throw balancer.noInstance(context);
        }
        balancer.loaded().block();
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
        newStrategy(chosen.strategy(), chosen, serviceId, EndpointLoads.NONE);
        newStrategy(ConsistentHashSettings.STRATEGY, chosen, serviceId, EndpointLoads.NONE);
        KeySources.firstOf(chosen.keySources(), keyResolvers);
    }

    private ServiceBalancer open(String serviceId) {
        ServiceSettings chosen = settings.apply(serviceId);
        CallLoads loads = new CallLoads(System::nanoTime, () -> LoadSettings.DEFAULTS);
        return new ServiceBalancer(
                memberships.service(serviceId),
                chosen,
                newStrategy(chosen.strategy(), chosen, serviceId, loads),
                loads,
                KeySources.firstOf(chosen.keySources(), keyResolvers),
                System::nanoTime);
    }

    private Strategy newStrategy(String name, ServiceSettings chosen, String serviceId, EndpointLoads loads) {
        RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        return strategies.create(
                name, chosen.strategySettings(), new StrategyContext(serviceId, random, System::nanoTime, loads));
    }

    @Override
    public void close() throws Exception {
        for (ServiceBalancer balancer : balancers.values()) {
            balancer.close();
        }
    }
}

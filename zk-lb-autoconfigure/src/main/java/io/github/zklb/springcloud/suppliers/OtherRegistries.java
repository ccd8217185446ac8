package io.github.zklb.springcloud.suppliers;

import io.github.zklb.Message;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClient;
import org.springframework.cloud.client.discovery.composite.reactive.ReactiveCompositeDiscoveryClient;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheManager;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.DiscoveryClientServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryClient;
import org.springframework.cloud.zookeeper.discovery.reactive.ZookeeperReactiveDiscoveryClient;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The registries of the application but ZooKeeper, for one service: what Eureka, Consul, Kubernetes or the configuration
 * know of it. The first that has an instance gives the list. Thread-safe.
 */
final class OtherRegistries implements ServiceInstanceListSupplier {

    private static final Logger log = LoggerFactory.getLogger(OtherRegistries.class);
    private static final Duration NAMES_HOLD = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration STOCK_TIMEOUT = Duration.ofSeconds(30);

    private final String serviceId;
    private final Duration timeout;
    private final List<Registry> registries;
    private final ServiceInstanceListSupplier cached;
    private final Mono<List<String>> knowing;
    private volatile boolean failing;

    private record Registry(String name, Function<String, Flux<ServiceInstance>> instances, Flux<String> services) {}

    /** Those that a context sees, through its cache if it has one. None is asked yet. */
    OtherRegistries(String serviceId, ApplicationContext context) {
        this.serviceId = serviceId;
        timeout = Binder.get(context.getEnvironment())
                .bind(DiscoveryClientServiceInstanceListSupplier.SERVICE_DISCOVERY_TIMEOUT, Duration.class)
                .orElse(STOCK_TIMEOUT);
        List<Registry> reactive = context.getBeanProvider(ReactiveDiscoveryClient.class)
                .orderedStream()
                .filter(client -> !(client instanceof ReactiveCompositeDiscoveryClient)
                        && !(client instanceof ZookeeperReactiveDiscoveryClient))
                .map(client -> new Registry(nameOf(client), client::getInstances, Flux.defer(client::getServices)))
                .toList();
        Stream<Registry> blocking = context.getBeanProvider(DiscoveryClient.class)
                .orderedStream()
                .filter(client ->
                        !(client instanceof CompositeDiscoveryClient) && !(client instanceof ZookeeperDiscoveryClient))
                .map(client -> new Registry(
                        nameOf(client), id -> waiting(() -> client.getInstances(id)), waiting(client::getServices)))
                .filter(registry ->
                        reactive.stream().noneMatch(same -> same.name().equals(registry.name())));
        registries = Stream.concat(reactive.stream(), blocking).toList();
        LoadBalancerCacheManager cache =
                context.getBeanProvider(LoadBalancerCacheManager.class).getIfAvailable();
        cached = cache == null ? this : new CachingServiceInstanceListSupplier(this, cache);
        knowing = Flux.fromIterable(registries)
                .filterWhen(registry -> registry.services()
                        .any(serviceId::equalsIgnoreCase)
                        .timeout(PATIENCE)
                        .onErrorReturn(false))
                .map(Registry::name)
                .collectList()
                .cache(NAMES_HOLD);
    }

    /** The reactive client of a registry and the other one have one name, and the registry is asked once. */
    private static String nameOf(Object client) {
        return ClassUtils.getShortName(ClassUtils.getUserClass(client)).replace("Reactive", "");
    }

    private static <T> Flux<T> waiting(Callable<List<T>> list) {
        return Mono.fromCallable(list).subscribeOn(Schedulers.boundedElastic()).flatMapIterable(Function.identity());
    }

    boolean isEmpty() {
        return registries.isEmpty();
    }

    /** The names of all of them. */
    String names() {
        return String.join(", ", registries.stream().map(Registry::name).toList());
    }

    /** The names of those that have the service among theirs. */
    Mono<List<String>> knowing() {
        return knowing;
    }

    /** The list, through the cache; an empty one if none has an instance. */
    Mono<List<ServiceInstance>> list() {
        return cached.get().next().defaultIfEmpty(List.of());
    }

    @Override
    public String getServiceId() {
        return serviceId;
    }

    /** The list as it is now. Where all that could have an instance fail, it is empty, as the stock supplier has it. */
    @Override
    public Flux<List<ServiceInstance>> get() {
        return Flux.fromIterable(registries)
                .concatMapDelayError(
                        registry -> registry.instances().apply(serviceId).collectList())
                .filter(instances -> !instances.isEmpty())
                .timeout(timeout)
                .next()
                .doOnSuccess(answered -> failing = false)
                .doOnError(this::warn)
                .onErrorComplete()
                .defaultIfEmpty(List.of())
                .flux();
    }

    private void warn(Throwable error) {
        if (!failing) {
            failing = true;
            log.warn(
                    Message.ANOTHER_REGISTRY_CANNOT_BE_ASKED.of("service {}: {} cannot be asked for its instances"),
                    serviceId,
                    names(),
                    error);
        }
    }
}

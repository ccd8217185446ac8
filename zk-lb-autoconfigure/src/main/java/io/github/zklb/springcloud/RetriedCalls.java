package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;

/**
 * Where attempts went that came to nothing, for Reactor's {@code retry()} and {@code retryWhen()} around a call, and what is
 * made of them. Such an operator stays the same subscriber while it subscribes to the call again and again, and each
 * subscription can see it further down: so subscriptions at the same time know nothing of each other. Thread-safe.
 *
 * <p>As long as no call under a retry fails, this costs a request one volatile read.
 */
public final class RetriedCalls {

    /** By the operator that retries, which nobody but its subscription keeps, and by service. Guarded by itself. */
    private static final Map<Scannable, Map<String, Set<Endpoint>>> FAILED = new WeakHashMap<>();

    private static volatile boolean any;

    private RetriedCalls() {}

    /**
     * A call to a service, which Reactor may retry.
     *
     * @param attempt makes one, given where others came to nothing and it must not go as long as there is another endpoint
     */
    public static <T> Mono<T> to(String serviceId, Function<Set<Endpoint>, Mono<T>> attempt) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                Mono.defer(() -> attempt.apply(any ? failed(serviceId, actual) : Set.of()))
                        .subscribe(actual);
            }
        };
    }

    private static Set<Endpoint> failed(String serviceId, CoreSubscriber<?> subscriber) {
        List<Scannable> retries = retries(subscriber);
        Set<Endpoint> failed = new HashSet<>();
        synchronized (FAILED) {
            retries.forEach(
                    retry -> failed.addAll(FAILED.getOrDefault(retry, Map.of()).getOrDefault(serviceId, Set.of())));
            any = !FAILED.isEmpty();
        }
        return failed;
    }

    /**
     * An attempt came to nothing.
     *
     * @param subscriber whom it was for
     * @param instance where it went; null if nowhere
     * @param avoided where it was not to go; if it went there, all had been tried, and it begins anew
     */
    public static void failed(
            String serviceId, CoreSubscriber<?> subscriber, @Nullable ServiceInstance instance, Set<Endpoint> avoided) {
        List<Scannable> retries = instance == null ? List.of() : retries(subscriber);
        if (instance == null || retries.isEmpty()) {
            return;
        }
        Endpoint endpoint = ZkServiceInstance.endpoint(instance);
        synchronized (FAILED) {
            for (Scannable retry : retries) {
                Map<String, Set<Endpoint>> services = FAILED.computeIfAbsent(retry, none -> new HashMap<>());
                if (avoided.contains(endpoint)) {
                    services.remove(serviceId);
                }
                services.computeIfAbsent(serviceId, none -> new HashSet<>()).add(endpoint);
            }
            any = true;
        }
    }

    /** An attempt ended well: the next request under the same retries is one like the first. */
    public static void succeeded(String serviceId, CoreSubscriber<?> subscriber, Set<Endpoint> avoided) {
        if (!avoided.isEmpty()) {
            List<Scannable> retries = retries(subscriber);
            synchronized (FAILED) {
                retries.forEach(retry -> FAILED.computeIfPresent(retry, (same, services) -> {
                    services.remove(serviceId);
                    return services.isEmpty() ? null : services;
                }));
            }
        }
    }

    private static List<Scannable> retries(CoreSubscriber<?> subscriber) {
        Scannable first = Scannable.from(subscriber);
        return Stream.concat(Stream.of(first), first.actuals())
                .filter(operator -> operator.stepName().startsWith("retry"))
                .<Scannable>map(operator -> operator)
                .toList();
    }
}

package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.publisher.Mono;

/**
 * Where attempts went that came to nothing, for Reactor's {@code retry()} and {@code retryWhen()} around a call, and what is
 * made of them. Such an operator stays the same subscriber while it subscribes to the call again and again, and each
 * subscription can see it further down: so subscriptions at the same time know nothing of each other. Thread-safe.
 *
 * <p>As long as no call under a retry fails, this costs a request two volatile reads. After one that failed for good, each
 * request looks through its subscribers for a retry, until the garbage collector has found that operator and another call
 * under a retry was made. A request without a retry takes no lock and allocates nothing then either.
 */
public final class RetriedCalls {

    private static final Pattern RETRY = Pattern.compile("(.*\\.)?(Flux|Mono)?Retry[^.]*");

    /** Which classes are operators that retry, by their names: Reactor keeps them to itself. */
    private static final ClassValue<Boolean> RETRIES = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return RETRY.matcher(type.getName()).matches();
        }
    };

    /** By the operator that retries, which nobody but its subscription keeps, and by service. */
    private static final Map<Retry, Set<Endpoint>> FAILED = new ConcurrentHashMap<>();

    private static final ReferenceQueue<Scannable> ENDED = new ReferenceQueue<>();

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
                Mono.defer(() -> attempt.apply(remembersNone() ? Set.of() : failed(serviceId, actual)))
                        .subscribe(actual);
            }
        };
    }

    static boolean remembersNone() {
        return FAILED.isEmpty();
    }

    private static Set<Endpoint> failed(String serviceId, CoreSubscriber<?> subscriber) {
        Set<Endpoint> all = Set.of();
        for (Scannable retry = retry(Scannable.from(subscriber)); retry != null; retry = outer(retry)) {
            forgetTheEnded();
            Set<Endpoint> failed = FAILED.getOrDefault(new Retry(retry, serviceId), Set.of());
            all = all.isEmpty() ? failed : union(all, failed);
        }
        return all;
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
        if (instance == null) {
            return;
        }
        for (Scannable retry = retry(Scannable.from(subscriber)); retry != null; retry = outer(retry)) {
            if (!Boolean.TRUE.equals(retry.scan(Attr.CANCELLED))) {
                forgetTheEnded();
                Endpoint endpoint = ZkServiceInstance.endpoint(instance);
                Set<Endpoint> anew = Set.of(endpoint);
                FAILED.merge(
                        new Retry(retry, serviceId),
                        anew,
                        (known, more) -> avoided.contains(endpoint) ? more : union(known, more));
            }
        }
    }

    /** An attempt ended well: the next request under the same retries is one like the first. */
    public static void succeeded(String serviceId, CoreSubscriber<?> subscriber, Set<Endpoint> avoided) {
        if (!avoided.isEmpty()) {
            for (Scannable retry = retry(Scannable.from(subscriber)); retry != null; retry = outer(retry)) {
                FAILED.remove(new Retry(retry, serviceId));
            }
        }
    }

    private static Set<Endpoint> union(Set<Endpoint> some, Set<Endpoint> others) {
        Set<Endpoint> all = new HashSet<>(some);
        all.addAll(others);
        return Set.copyOf(all);
    }

    private static @Nullable Scannable outer(Scannable retry) {
        return retry(retry.scan(Attr.ACTUAL));
    }

    /** The first operator that retries, from this one down to the subscriber; null if there is none. */
    private static @Nullable Scannable retry(@Nullable Scannable from) {
        Scannable operator = from;
        while (operator != null && operator.isScanAvailable()) {
            if (RETRIES.get(operator.getClass())) {
                return operator;
            }
            operator = operator.scan(Attr.ACTUAL);
        }
        return null;
    }

    private static void forgetTheEnded() {
        for (Reference<?> ended = ENDED.poll(); ended != null; ended = ENDED.poll()) {
            FAILED.keySet().remove(ended);
        }
    }

    /** An operator that retries calls to a service. It equals another of the same two, and once the operator is gone, itself. */
    private static final class Retry extends WeakReference<Scannable> {

        private final String serviceId;
        private final int hash;

        Retry(Scannable operator, String serviceId) {
            super(operator, ENDED);
            this.serviceId = serviceId;
            this.hash = 31 * System.identityHashCode(operator) + serviceId.hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || other instanceof Retry retry && serviceId.equals(retry.serviceId) && isOf(retry.get());
        }

        private boolean isOf(@Nullable Scannable operator) {
            return operator != null && refersTo(operator);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}

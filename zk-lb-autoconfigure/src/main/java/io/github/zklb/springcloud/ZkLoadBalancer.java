package io.github.zklb.springcloud;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * Picks instances for code that speaks no HTTP: a cache shard, a database, a queue. It uses the same settings, snapshot
 * and cursor as the service's {@code @LoadBalanced} clients, without the suppliers that look at a request. Thread-safe; a pick costs nanoseconds and asks ZooKeeper
 * nothing.
 *
 * <p>The first call for a service opens it and waits for ZooKeeper's answer, at most for
 * {@code zk-lb.membership.first-load-timeout}; a thread that must not block does not wait.
 */
public interface ZkLoadBalancer {

    /**
     * An instance for the given key.
     *
     * @param serviceId the service
     * @param key the hash key, or null for none; only the strategy {@code consistent-hash} looks at it
     * @return the instance, or empty if the service has none that serves
     * @throws NoInstanceException if ZooKeeper has not answered yet, so that nothing is known of the service, or if the
     *     strategy refuses a request without a key
     */
    Optional<ServiceInstance> choose(String serviceId, @Nullable String key);

    /** An instance for a request without a key. */
    default Optional<ServiceInstance> choose(String serviceId) {
        return choose(serviceId, null);
    }
}

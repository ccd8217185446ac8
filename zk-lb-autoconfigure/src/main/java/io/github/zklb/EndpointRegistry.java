package io.github.zklb;

import java.util.concurrent.CompletableFuture;

/**
 * Adds and removes endpoints of a service in ZooKeeper, for what is not a Spring application itself: a database, a
 * cache shard, a queue. What it writes is readable by Spring Cloud Zookeeper. Thread-safe; no call waits for ZooKeeper.
 */
public interface EndpointRegistry {

    /**
     * Registers an endpoint, or replaces the registration that this registry made under the same id. The registration
     * lasts until {@link #deregister} or the end of this process: it is written again after a lost session, and as soon
     * as ZooKeeper answers when it does not answer now.
     *
     * @param serviceId the service, as callers name it
     * @param endpoint the endpoint; a weight other than 1 is written to its metadata
     * @return completes when the registration is in ZooKeeper for the first time
     */
    CompletableFuture<Void> register(String serviceId, Endpoint endpoint);

    /**
     * Removes a registration that this registry made; one that it did not make is left as it is.
     *
     * @param serviceId the service, as callers name it
     * @param endpointId the endpoint's id
     * @return completes with true when the registration is gone, and with false at once if there was none
     */
    CompletableFuture<Boolean> deregister(String serviceId, String endpointId);
}

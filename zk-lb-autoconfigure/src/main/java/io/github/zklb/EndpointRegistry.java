package io.github.zklb;

import java.util.concurrent.CompletableFuture;

/**
 * Adds and removes endpoints of a service in ZooKeeper, for what is not a Spring application itself: a database, a
 * cache shard, a queue. What it writes is readable by Spring Cloud Zookeeper. Thread-safe; no call waits for ZooKeeper.
 *
 * <p>Of calls for one id the last counts, whatever becomes of the connection meanwhile. Each future ends: as described below
 * when ZooKeeper has what was asked for; with ZooKeeper's exception when that refuses it, and what was there before stays; with
 * an {@link IllegalStateException} when another call for the id came first, or the registry or ZooKeeper's client is closed.
 */
public interface EndpointRegistry {

    /**
     * Registers an endpoint, or replaces the registration under the same id. The registration lasts until
     * {@link #deregister} or the end of this process: it is written again after a lost session, and as soon as ZooKeeper
     * answers when it does not answer now. If another process replaces it, it is written again when that one is gone.
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

    /**
     * Changes the status of a registration that this registry made: all but {@code UP} drains it.
     *
     * @param serviceId the service, as callers name it
     * @param endpointId the endpoint's id
     * @param status such as {@code OUT_OF_SERVICE}; written to the metadata as {@code instance_status}
     * @return completes when the status is in ZooKeeper; fails with an {@link IllegalStateException} if there is no such
     *     registration
     */
    CompletableFuture<Void> setStatus(String serviceId, String endpointId, String status);

    /**
     * Changes the weight of a registration that this registry made.
     *
     * @param serviceId the service, as callers name it
     * @param endpointId the endpoint's id
     * @param weight the weight, 0 to {@value Endpoint#MAX_WEIGHT}; 0 drains the endpoint
     * @return completes when the weight is in ZooKeeper; fails with an {@link IllegalStateException} if there is no such
     *     registration, and with an {@link IllegalArgumentException} if the weight is out of range
     */
    CompletableFuture<Void> setWeight(String serviceId, String endpointId, double weight);
}

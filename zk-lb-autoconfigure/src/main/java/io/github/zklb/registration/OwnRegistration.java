package io.github.zklb.registration;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperAutoServiceRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperServiceRegistry;
import org.springframework.cloud.zookeeper.support.StatusConstants;

/**
 * The registration that Spring Cloud Zookeeper makes for this application. What is written here is written again by Spring's
 * own registry after a reconnection. Each write waits for ZooKeeper.
 *
 * @param registry Spring's registry
 * @param registration what it registers
 * @param automatic registers it when the web server has its port
 * @param client the connection that the registry writes by; null if that is not known
 */
record OwnRegistration(
        ZookeeperServiceRegistry registry,
        ZookeeperRegistration registration,
        ZookeeperAutoServiceRegistration automatic,
        @Nullable CuratorFramework client) {

    /** Whether there is one; nothing else may be asked before. */
    boolean isWritten() {
        return automatic.isRunning();
    }

    String status() {
        return String.valueOf(registry.getStatus(registration));
    }

    boolean isUp() {
        return status().equalsIgnoreCase(StatusConstants.STATUS_UP);
    }

    boolean isOutOfService() {
        return status().equalsIgnoreCase(StatusConstants.STATUS_OUT_OF_SERVICE);
    }

    /**
     * Writes it, or, without a connection, leaves it to the registry to write it with the next one. A write that waits for a
     * connection would have Spring's own deregistration wait for it.
     *
     * @throws IllegalStateException if there is no connection
     */
    void setStatus(String status) {
        if (client == null || client.getZookeeperClient().isConnected()) {
            registry.setStatus(registration, status);
        } else {
            Map<String, String> metadata =
                    registration.getServiceInstance().getPayload().getMetadata();
            metadata.put(StatusConstants.INSTANCE_STATUS_KEY, status);
            throw new IllegalStateException("there is no connection to ZooKeeper");
        }
    }

    /** Waits for a connection for some time. */
    void awaitConnection(Duration atMost) {
        try {
            if (client != null) {
                client.blockUntilConnected((int) atMost.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until it is registered again: a reconnection does not bring it back. */
    void deregister() {
        registry.deregister(registration);
    }

    void register() {
        registry.register(registration);
    }

    @Override
    public String toString() {
        return "the registration of " + registration.getServiceId() + " at " + registration.getHost() + ":"
                + registration.getPort();
    }
}

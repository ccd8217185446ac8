package io.github.zklb.registration;

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
 */
record OwnRegistration(
        ZookeeperServiceRegistry registry,
        ZookeeperRegistration registration,
        ZookeeperAutoServiceRegistration automatic) {

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

    void setStatus(String status) {
        registry.setStatus(registration, status);
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

package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.zookeeper.ClientSecurity;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.cloud.zookeeper.CuratorFrameworkCustomizer;

/**
 * Applies the security settings to the client that Spring Cloud Zookeeper builds. Where somebody else built the client,
 * they cannot be applied: the application does not start then, rather than to talk without them.
 */
final class ClientSecurityCustomizer implements CuratorFrameworkCustomizer, SmartInitializingSingleton {

    private final ClientSecurity security;
    private final ObjectProvider<CuratorFramework> clients;
    private volatile boolean applied;

    ClientSecurityCustomizer(ClientSecurity security, ObjectProvider<CuratorFramework> clients) {
        this.security = security;
        this.clients = clients;
    }

    @Override
    public void customize(CuratorFrameworkFactory.Builder builder) {
        security.applyTo(builder);
        applied = true;
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (!security.equals(ClientSecurity.NONE) && clients.stream().findAny().isPresent() && !applied) {
            throw new InvalidSettingException(
                    security.tls() == null ? "zookeeper.auth" : "zookeeper.ssl.bundle",
                    "unset, since the CuratorFramework is not built by Spring Cloud Zookeeper's auto-configuration but by"
                            + " the application, or by spring.config.import=zookeeper:; secure it there",
                    "set");
        }
    }
}

package io.github.zklb.zookeeper;

import java.util.Optional;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.zookeeper.client.ZKClientConfig;
import org.jspecify.annotations.Nullable;

/**
 * How a client shows who it is to ZooKeeper, and over what it talks.
 *
 * @param authentication what it shows, if anything
 * @param tls its TLS, if it is to use TLS; then it never talks without
 */
public record ClientSecurity(
        @Nullable ClientAuthentication authentication,
        @Nullable ClientTls tls) {

    /** No authentication, and no TLS but what system properties say. */
    public static final ClientSecurity NONE = new ClientSecurity(null, null);

    /** Adds the settings to those of a client that is being built; what they leave open stays. */
    public void applyTo(CuratorFrameworkFactory.Builder builder) {
        if (authentication != null) {
            authentication.applyTo(builder);
        }
        if (tls != null) {
            ZKClientConfig given = builder.getZkClientConfig();
            ZKClientConfig config = given == null ? new ZKClientConfig() : given;
            tls.applyTo(config);
            builder.zkClientConfig(config);
        }
    }

    public Optional<String> identity() {
        return Optional.ofNullable(authentication).map(ClientAuthentication::identity);
    }
}

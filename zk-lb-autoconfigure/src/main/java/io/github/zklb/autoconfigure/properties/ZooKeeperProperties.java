package io.github.zklb.autoconfigure.properties;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;

/**
 * The properties below {@code zk-lb.zookeeper}, which hold for Spring Cloud Zookeeper's client and whoever uses it.
 *
 * @param auth Authentication that the client shows ZooKeeper, SCHEME:SECRET such as digest:USER:PASSWORD.
 * @param ssl TLS of the client.
 * @param wholeTreeWatch Whether Spring Cloud Zookeeper watches all services, to publish a HeartbeatEvent at each change.
 *     zk-lb needs no such watch, Spring Cloud Gateway's discovery locator does.
 */
@ConfigurationProperties("zk-lb.zookeeper")
public record ZooKeeperProperties(
        @Nullable String auth,
        @DefaultValue SslProperties ssl,
        @DefaultValue("true") boolean wholeTreeWatch) {

    /** An empty value counts as none. */
    public ZooKeeperProperties {
        auth = StringUtils.hasText(auth) ? auth : null;
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "ZooKeeperProperties[auth=" + (auth == null ? "none" : "******") + ", ssl=" + ssl + ", wholeTreeWatch="
                + wholeTreeWatch + ']';
    }

    /**
     * The properties below {@code zk-lb.zookeeper.ssl}.
     *
     * @param bundle Name of the SSL bundle with which the client connects; with it, the client never connects without
     *     TLS.
     */
    public record SslProperties(@Nullable String bundle) {

        /** An empty value counts as none. */
        public SslProperties {
            bundle = StringUtils.hasText(bundle) ? bundle : null;
        }
    }
}

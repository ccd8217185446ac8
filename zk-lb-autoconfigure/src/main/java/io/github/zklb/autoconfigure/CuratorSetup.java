package io.github.zklb.autoconfigure;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.zookeeper.NodeFormat;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.details.InstanceSerializer;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.support.DefaultServiceDiscoveryCustomizer;
import org.springframework.cloud.zookeeper.support.ServiceDiscoveryCustomizer;

/** Follows what the application set up of Curator, and says in one sentence what zk-lb cannot follow, since it cannot see it. */
final class CuratorSetup {

    private static final Logger log = LoggerFactory.getLogger(CuratorSetup.class);
    private static final String STOCK_DISCOVERY = "curatorServiceDiscovery";

    private CuratorSetup() {}

    /** How registrations stand in their nodes. */
    @SuppressWarnings("unchecked") // the payload is only passed on
    static NodeFormat format(
            CuratorFramework client,
            CuratorFrameworkFactory.@Nullable Builder builder,
            @Nullable InstanceSerializer<ZookeeperInstance> serializer,
            ListableBeanFactory beans,
            String root) {
        if (client.compressionEnabled() && builder == null) {
            log.info(
                    "The CuratorFramework compresses, and zk-lb does not see by what, since Spring Cloud Zookeeper did not"
                            + " build it: zk-lb reads registrations that are compressed by gzip, which is Curator's default, or not at"
                            + " all; for another CompressionProvider, set it in a CuratorFrameworkCustomizer bean");
        }
        InstanceSerializer<?> own =
                serializer == null || serializer.getClass() == JsonInstanceSerializer.class ? null : serializer;
        List<String> unseen = new ArrayList<>(List.of(beans.getBeanNamesForType(ServiceDiscovery.class, true, false)));
        unseen.remove(STOCK_DISCOVERY);
        for (String name : beans.getBeanNamesForType(ServiceDiscoveryCustomizer.class, true, false)) {
            if (beans.getType(name) != DefaultServiceDiscoveryCustomizer.class) {
                unseen.add(name);
            }
        }
        if (!unseen.isEmpty()) {
            log.warn(
                    Message.WHAT_A_BEAN_CHANGES_IS_NOT_SEEN.of(
                            "What the bean {} changes of Curator's service discovery is not seen by zk-lb, which reads and registers"
                                    + " below {}, {}: set spring.cloud.zookeeper.discovery.root to its base path, and make its"
                                    + " serializer an InstanceSerializer bean"),
                    Printable.of(String.join(", ", unseen)),
                    Printable.of(root),
                    own == null ? "in JSON" : "by " + own.getClass().getName());
        }
        return new NodeFormat(
                builder != null && builder.compressionEnabled() ? builder.getCompressionProvider() : null,
                (InstanceSerializer<Object>) own);
    }
}

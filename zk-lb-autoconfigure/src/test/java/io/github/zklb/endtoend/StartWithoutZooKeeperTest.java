package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that starts while ZooKeeper is away. */
class StartWithoutZooKeeperTest {

    @TempDir
    Path directory;

    @Test
    void itServesWhatWasStoredWhenItRanLast() {
        String store = "zk-lb.membership.store-directory=" + directory.resolve("zk-lb");
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1)) {
            try (Consumer consumer = Consumer.start(zookeeper.connectString(), store)) {
                assertThat(consumer.get("http://orders/")).isEqualTo("a");
            }
            zookeeper.stop();
            try (Consumer consumer = Consumer.start(
                    zookeeper.connectString(), store, "spring.cloud.zookeeper.block-until-connected-wait=1")) {
                for (Consumer.Client client : Consumer.Client.values()) {
                    assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("a");
                }
                zookeeper.restart();
                try (Provider b = Provider.start("orders", "b", zookeeper.connectString(), 1)) {
                    await().atMost(Duration.ofSeconds(60))
                            .until(() -> consumer.get("http://orders/").equals(b.name()));
                }
            }
        }
    }
}

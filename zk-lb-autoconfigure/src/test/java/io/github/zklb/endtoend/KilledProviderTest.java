package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Patience;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.Test;

/** A provider that takes no leave: nothing of it reaches ZooKeeper any more, and the server ends its session. */
class KilledProviderTest {

    @Test
    void leavesThePicksWithinASecondOfItsNode() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                TcpProxy network =
                        new TcpProxy(Integer.parseInt(zookeeper.connectString().split(":")[1]));
                Provider stays = Provider.start("orders", "stays", zookeeper.connectString(), 1);
                Provider killed = Provider.startWithShortSession("orders", "killed", network.connectString());
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            await().until(() -> consumer.get("http://orders/").equals(killed.name()));

            network.blackhole();
            CuratorFramework client = consumer.context().getBean(CuratorFramework.class);
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> client.checkExists().forPath(killed.path()) == null);
            await().atMost(Patience.promised(Duration.ofSeconds(1)))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> Shares.ofPorts(10, () -> consumer.choosePort("orders", null))
                            .equals(Map.of(stays.port(), 10)));
            for (int i = 0; i < 20; i++) {
                assertThat(consumer.get("http://orders/")).isEqualTo(stays.name());
            }
        }
    }
}

package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.cloud.zookeeper.discovery.ZookeeperServiceWatch;

/** Spring Cloud Zookeeper's watch over all services, which starts when an application has registered itself. */
class WholeTreeWatchTest {

    @ParameterizedTest
    @CsvSource({
        "zk-lb.zookeeper.whole-tree-watch=true, true",
        "zk-lb.zookeeper.whole-tree-watch=false, false",
        "zk-lb.strategy=random, true"
    })
    void isThereUnlessItIsTakenOut(String property, boolean there) {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider orders = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Provider others = Provider.start("others", "b", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString(), property)) {
            consumer.context().publishEvent(new InstanceRegisteredEvent<>(this, "registered"));
            assertThat(consumer.get("http://orders/")).isEqualTo(orders.name());
            assertThat(consumer.context()
                            .getBeansOfType(ZookeeperServiceWatch.class)
                            .isEmpty())
                    .isNotEqualTo(there);
            // With it every node below the root has a watch, also those of services that are never called.
            await().untilAsserted(() ->
                    assertThat(zookeeper.ask("wchp").contains(others.path())).isEqualTo(there));
            assertThat(zookeeper.ask("wchp")).contains("/services/orders");
        }
    }
}

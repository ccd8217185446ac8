package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.FourLetters;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SteadyStateTest {

    @Test
    void tenThousandCallsCostZooKeeperNothing() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1);
                // The periodic reading is no steady state, and a slow machine would get as far as that.
                Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.membership.resync-interval=1h")) {
            assertThat(consumer.get("http://orders/")).isEqualTo(a.name());
            String before = FourLetters.lastRequests(zookeeper.ask("cons"));
            assertThat(before).isNotEmpty();
            for (int i = 0; i < 10_000; i++) {
                consumer.get(Client.REST_TEMPLATE, "http://orders/", Map.of());
            }
            assertThat(FourLetters.lastRequests(zookeeper.ask("cons"))).isEqualTo(before);
        }
    }
}

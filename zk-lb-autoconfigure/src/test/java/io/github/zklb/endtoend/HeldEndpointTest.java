package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that the loss guard holds, and that real clients call. */
class HeldEndpointTest {

    private static final int CALLS = 4;

    @ParameterizedTest
    @EnumSource(Client.class)
    void leavesAtOnceWhenItRefusesConnections(Client client) throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider registered = Provider.start("orders", "registered", zookeeper.connectString(), 1);
                Provider alive = Provider.start("orders", "alive", zookeeper.connectString(), 1);
                Provider deadOne = Provider.start("orders", "dead-1", zookeeper.connectString(), 1);
                Provider deadTwo = Provider.start("orders", "dead-2", zookeeper.connectString(), 1);
                Consumer consumer =
                        Consumer.start(zookeeper.connectString(), "zk-lb.membership.loss-guard.grace-period=1h")) {
            await().until(() -> consumer.registeredPorts("orders").size() == 4);
            consumer.deregisterAtOnce(alive, deadOne, deadTwo);
            deadOne.close();
            deadTwo.close();
            await().until(() -> membership(consumer).state() == State.GUARDED);
            assertThat(membership(consumer).hosts().size()).isEqualTo(4);

            await().untilAsserted(() -> {
                call(consumer, client);
                assertThat(consumer.registeredPorts("orders"))
                        .containsExactlyInAnyOrder(registered.port(), alive.port());
            });
            assertThat(membership(consumer).state()).isEqualTo(State.GUARDED);
        }
    }

    private static void call(Consumer consumer, Client client) {
        for (int call = 0; call < CALLS; call++) {
            try {
                consumer.get(client, "http://orders/", Map.of());
            } catch (RuntimeException refused) {
                // the call that finds out fails, unless it is retried
            }
        }
    }

    private static Membership membership(Consumer consumer) {
        return consumer.context()
                .getBean(ZooKeeperMemberships.class)
                .service("orders")
                .current();
    }
}

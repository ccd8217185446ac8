package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that are held, and that real clients call. */
class HeldEndpointTest {

    @Test
    void leavesAtOnceWhenItRefusesConnectionsThatNobodyAsksFor() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider registered = Provider.start("orders", "registered", zookeeper.connectString(), 1);
                Provider alive = Provider.start("orders", "alive", zookeeper.connectString(), 1);
                Provider deadOne = Provider.start("orders", "dead-1", zookeeper.connectString(), 1);
                Provider deadTwo = Provider.start("orders", "dead-2", zookeeper.connectString(), 1);
                Consumer consumer =
                        Consumer.start(zookeeper.connectString(), "zk-lb.membership.hold.grace-period=1h")) {
            await().until(() -> consumer.registeredPorts("orders").size() == 4);
            consumer.deregisterAtOnce(alive, deadOne, deadTwo);
            deadOne.close();
            deadTwo.close();
            await().until(() -> membership(consumer).state() == State.HELD);

            await().untilAsserted(() -> assertThat(consumer.registeredPorts("orders"))
                    .containsExactlyInAnyOrder(registered.port(), alive.port()));
            assertThat(membership(consumer).state()).isEqualTo(State.HELD);
            assertThat(membership(consumer).cause()).contains("1 that vanished").contains("zk-lb.membership.hold");
        }
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void leavesAtOnceWhenItRefusesACall(Client client) throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider other = Provider.start("billing", "other", zookeeper.connectString(), 1);
                Provider deadOne = Provider.start("orders", "dead-1", zookeeper.connectString(), 1);
                Provider deadTwo = Provider.start("orders", "dead-2", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.membership.hold.probe=false")) {
            await().until(() -> consumer.registeredPorts("orders").size() == 2);
            await().until(() -> consumer.registeredPorts("billing").contains(other.port()));
            consumer.deregisterAtOnce(deadOne, deadTwo);
            deadOne.close();
            deadTwo.close();
            await().until(() -> membership(consumer).state() == State.HELD);
            assertThat(membership(consumer).hosts().size()).isEqualTo(2);

            await().untilAsserted(() -> {
                call(consumer, client, "orders");
                call(consumer, client, "billing");
                assertThat(consumer.registeredPorts("orders")).isEmpty();
            });
        }
    }

    private static void call(Consumer consumer, Client client, String service) {
        try {
            consumer.get(client, "http://" + service + "/", Map.of());
        } catch (RuntimeException refused) {
            // the call that finds out fails, unless it is retried
        }
    }

    private static Membership membership(Consumer consumer) {
        return Objects.requireNonNull(consumer.context()
                .getBean(ServiceEngines.class)
                .engine("orders")
                .known());
    }
}

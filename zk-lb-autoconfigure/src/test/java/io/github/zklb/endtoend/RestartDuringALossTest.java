package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application with a store that starts again while ZooKeeper answers, but names fewer than before. */
class RestartDuringALossTest {

    @TempDir
    Path directory;

    private String store = "";

    @BeforeEach
    void store() {
        store = "zk-lb.membership.store-directory=" + directory.resolve("zk-lb");
    }

    @Test
    void servesThoseThatAnswerUntilTheyDoNot() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Provider b = Provider.start("orders", "b", zookeeper.connectString(), 1)) {
            try (Consumer consumer = Consumer.start(zookeeper.connectString(), store)) {
                await().until(() -> consumer.registeredPorts("orders").size() == 2);
                a.endSession();
                b.endSession();
                await().until(() -> membership(consumer).state() == State.HELD);
            }
            try (Consumer consumer = Consumer.start(zookeeper.connectString(), store)) {
                for (int call = 0; call < 10; call++) {
                    assertThat(consumer.get("http://orders/")).isIn("a", "b");
                }
                assertThat(membership(consumer).state()).isEqualTo(State.HELD);
                assertThat(consumer.registeredPorts("orders")).containsExactlyInAnyOrder(a.port(), b.port());
                a.close();
                await().ignoreExceptions()
                        .untilAsserted(
                                () -> { // the call that finds out fails
                                    consumer.get("http://orders/");
                                    assertThat(consumer.registeredPorts("orders"))
                                            .containsExactly(b.port());
                                });
            }
        }
    }

    @Test
    void callsNobodyThatWasTakenAwayBefore() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Provider b = Provider.start("orders", "b", zookeeper.connectString(), 1);
                Provider left = Provider.start("orders", "left", zookeeper.connectString(), 1)) {
            try (Consumer consumer = Consumer.start(zookeeper.connectString(), store)) {
                await().until(() -> consumer.registeredPorts("orders").size() == 3);
            }
            a.close();
            b.close();
            try (Consumer consumer = Consumer.start(zookeeper.connectString(), store)) {
                for (int call = 0; call < 10; call++) {
                    assertThat(consumer.get("http://orders/")).isEqualTo("left");
                }
                await().until(() -> consumer.registeredPorts("orders").size() == 1);
                assertThat(consumer.get("http://orders/")).isEqualTo("left");
            }
        }
    }

    private static Membership membership(Consumer consumer) {
        return Objects.requireNonNull(consumer.context()
                .getBean(ServiceEngines.class)
                .engine("orders")
                .known());
    }
}

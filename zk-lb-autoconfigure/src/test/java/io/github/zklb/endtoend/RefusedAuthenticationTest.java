package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TicketAuthentication;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server forgets the client's authentication scheme, as after a restart with another configuration, and learns it. */
class RefusedAuthenticationTest {

    @AfterEach
    void forget() {
        TicketAuthentication.forget();
    }

    @Test
    void aRefusedClientServesOnAndIsHealedWhenTheServerLearnsTheScheme() {
        TicketAuthentication.learn();
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Consumer consumer =
                        Consumer.start(zookeeper.connectString(), "zk-lb.zookeeper.auth=ticket:for-the-reader")) {
            assertThat(consumer.get("http://orders/")).isEqualTo("a");
            TicketAuthentication.forget();
            zookeeper.restart();
            await().untilAsserted(() -> assertThat(membership(consumer).cause()).contains("AUTHFAILED"));
            assertThat(membership(consumer).state()).isEqualTo(State.STALE);
            assertThat(consumer.get("http://orders/")).isEqualTo("a");

            TicketAuthentication.learn();
            await().until(() -> membership(consumer).state() == State.SYNCED);
            try (Provider b = Provider.start("orders", "b", zookeeper.connectString(), 1)) {
                await().untilAsserted(() -> assertThat(Shares.of(10, () -> consumer.get("http://orders/")))
                        .containsOnlyKeys(a.name(), b.name()));
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

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.ZooKeeperServer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What a consumer does while ZooKeeper is away. */
final class Outages {

    /** Between one round of requests and the next: a load, and still some processor for the tests beside it. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    private Outages() {}

    /** Every request of a steady load is answered while ZooKeeper is stopped, and a change after it is seen again. */
    static void costNoRequest(ZooKeeperServer zookeeper, Duration outage) {
        try (Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Provider b = Provider.start("orders", "b", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThat(shares(consumer, Client.REST_CLIENT)).containsOnlyKeys(a.name(), b.name());

            zookeeper.stop();
            long start = System.nanoTime();
            AtomicLong requests = new AtomicLong();
            await().atMost(outage.multipliedBy(2)).pollInterval(PAUSE).until(() -> {
                for (Client client : Client.values()) {
                    assertThat(shares(consumer, client)).isEqualTo(Map.of("a", 10, "b", 10));
                    requests.addAndGet(20);
                }
                return System.nanoTime() - start >= outage.toNanos();
            });
            assertThat(requests.get()).as("requests during the outage").isGreaterThan(1_000);
            zookeeper.restart();

            await().untilAsserted(() -> {
                a.updateMetadata(Map.of("weight", "3"));
                assertThat(shares(consumer, Client.REST_CLIENT)).isEqualTo(Map.of("a", 15, "b", 5));
            });
        }
    }

    /** An application starts without ZooKeeper, says why a call fails, and works as soon as ZooKeeper is there. */
    static void atTheStartAreHealed(ZooKeeperServer notStarted) {
        String connectString = notStarted.connectString();
        try (Consumer consumer = Consumer.start(
                connectString,
                Consumer.WITHOUT_WAITING,
                // Docker's proxy accepts before the server does; the client then waits this long for the handshake.
                "spring.cloud.zookeeper.session-timeout=5s",
                "zk-lb.membership.first-load-timeout=1s")) {
            String reason = "(503 )?service orders is not loaded: ZooKeeper at " + connectString
                    + " has not answered since 20\\d\\d-.*Z.*";
            for (Consumer.Client client : Consumer.Client.values()) {
                assertThatThrownBy(() -> consumer.get(client, "http://orders/", Map.of()))
                        .as("through %s", client)
                        .hasMessageMatching(reason);
            }
            assertThatThrownBy(() -> consumer.choosePort("orders", "key")).hasMessageMatching(reason);

            notStarted.restart();
            try (Provider a = Provider.start("orders", "a", connectString, 1)) {
                await().ignoreExceptions()
                        .until(() -> consumer.get("http://orders/").equals(a.name()));
            }
        }
    }

    private static Map<String, Integer> shares(Consumer consumer, Client client) {
        return Shares.of(20, () -> consumer.get(client, "http://orders/", Map.of()));
    }
}

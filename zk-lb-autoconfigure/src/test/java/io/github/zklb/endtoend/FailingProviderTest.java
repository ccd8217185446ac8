package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.client.HttpStatusCodeException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/** One of four providers answers every request with status 500, at once. */
class FailingProviderTest {

    @ParameterizedTest
    @EnumSource(Client.class)
    void isEjectedAndComesBack(Client client) {
        try (Fleet fleet = Fleet.start(
                "zk-lb.outlier-ejection.enabled=true",
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.outlier-ejection.base-ejection-time=2s",
                "zk-lb.outlier-ejection.consecutive-errors=3")) {
            fleet.failing.answersWith(500);
            await().until(() -> !fleet.shares(client, 40).containsKey("failing"));

            fleet.failing.answersWith(200);
            await().until(() -> fleet.shares(client, 40).containsKey("bad"));
        }
    }

    @Test
    void whatCountsAsAnErrorIsConfigurable() {
        try (Fleet fleet = Fleet.start(
                "zk-lb.outlier-ejection.enabled=true",
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.services.orders.load.error-statuses=429")) {
            fleet.failing.answersWith(429);
            await().until(() -> !fleet.shares(Client.REST_CLIENT, 40).containsKey("failing"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-request", "peak-ewma"})
    void attractsNoTrafficByFailingFast(String strategy) {
        try (Fleet fleet = Fleet.start("zk-lb.strategy=" + strategy)) {
            fleet.failing.answersWith(500);
            fleet.shares(Client.REST_CLIENT, 100);
            Map<String, Integer> shares = fleet.shares(Client.REST_CLIENT, 1_000);
            assertThat(shares.getOrDefault("failing", 0)).isLessThan(50);
        }
    }

    private record Fleet(InProcessZooKeeper zookeeper, Provider[] good, Provider failing, Consumer consumer)
            implements AutoCloseable {

        static Fleet start(String... properties) {
            InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
            Provider[] good = new Provider[3];
            for (int i = 0; i < good.length; i++) {
                good[i] = Provider.start("orders", "good" + i, zookeeper.connectString(), 1);
            }
            Provider bad = Provider.start("orders", "bad", zookeeper.connectString(), 1);
            return new Fleet(zookeeper, good, bad, Consumer.start(zookeeper.connectString(), properties));
        }

        Map<String, Integer> shares(Client client, int requests) {
            return Shares.of(requests, () -> {
                try {
                    return consumer.get(client, "http://orders/", Map.of());
                } catch (HttpStatusCodeException | WebClientResponseException e) {
                    return "failing";
                }
            });
        }

        @Override
        public void close() {
            consumer.close();
            failing.close();
            for (Provider provider : good) {
                provider.close();
            }
            zookeeper.close();
        }
    }
}

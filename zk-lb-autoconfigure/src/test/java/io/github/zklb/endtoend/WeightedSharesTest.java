package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** 12,000 real requests over providers of weight 5, 3, 2, 1 and 1. */
class WeightedSharesTest {

    private static final int REQUESTS = 12_000;
    /** Of Spring's clients, the one that takes the processor's time least. */
    private static final Client CHEAPEST = Client.REST_TEMPLATE;

    private static final int[] WEIGHTS = {5, 3, 2, 1, 1};
    private static final List<Provider> providers = new ArrayList<>();
    private static TestingServer zookeeper;

    @BeforeAll
    static void start() throws Exception {
        zookeeper = new TestingServer(FreePorts.next());
        for (int i = 0; i < WEIGHTS.length; i++) {
            providers.add(Provider.start("orders", "p" + i, zookeeper.getConnectString(), WEIGHTS[i]));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    @Test
    void weightedGivesEveryShareWithinOnePercent() {
        Map<String, Integer> counts = sharesOf("weighted");
        for (int i = 0; i < WEIGHTS.length; i++) {
            double ideal = REQUESTS * WEIGHTS[i] / 12.0;
            assertThat((double) counts.get("p" + i)).isCloseTo(ideal, within(0.01 * ideal));
        }
    }

    @Test
    void weightedRandomGivesEveryShareWithinFourStandardDeviations() {
        Map<String, Integer> counts = sharesOf("weighted-random");
        for (int i = 0; i < WEIGHTS.length; i++) {
            assertWithinFourDeviations(counts.get("p" + i), WEIGHTS[i] / 12.0);
        }
    }

    @Test
    void randomLooksAtNoWeight() {
        Map<String, Integer> counts = sharesOf("random");
        for (int i = 0; i < WEIGHTS.length; i++) {
            assertWithinFourDeviations(counts.get("p" + i), 0.2);
        }
    }

    @Test
    void roundRobinLooksAtNoWeight() {
        assertThat(sharesOf("round-robin").values()).allMatch(count -> count == REQUESTS / WEIGHTS.length);
    }

    private static Map<String, Integer> sharesOf(String strategy) {
        try (Consumer consumer =
                Consumer.start(zookeeper.getConnectString(), "zk-lb.services.orders.strategy=" + strategy)) {
            return Shares.of(REQUESTS, () -> consumer.get(CHEAPEST, "http://orders/", Map.of()));
        }
    }

    private static void assertWithinFourDeviations(int count, double share) {
        double deviation = Math.sqrt(REQUESTS * share * (1 - share));
        assertThat((double) count).isCloseTo(REQUESTS * share, within(4 * deviation));
    }
}

package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.AllowList;
import io.github.zklb.codec.EndpointDecoder;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.BackgroundCallback;
import org.junit.jupiter.api.Test;

/**
 * As many changes of one service as ZooKeeper takes, each written without waiting for the one before; more of them by
 * {@code -Dzklb.storm.changes=100000}.
 */
class StormTest {

    private static final int CHANGES = Integer.getInteger("zklb.storm.changes", 3_000);
    private static final long SEED = Long.getLong("zklb.storm.seed", System.nanoTime());
    private static final int ENDPOINTS = 100;
    private static final Duration LATE = Duration.ofSeconds(60);

    private final Random random = new Random(SEED);
    private final Map<String, Integer> ports = new TreeMap<>();
    private final CountDownLatch written = new CountDownLatch(CHANGES);
    private final AtomicInteger refused = new AtomicInteger();

    @Test
    void endsExactlyAndInFewPublications() throws Exception {
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            bench.register("orders", "first", "10.0.0.1", 80);
            ServiceMembership orders = orders(bench);
            List<Membership> published = new CopyOnWriteArrayList<>();
            orders.subscribe(published::add);
            long start = System.nanoTime();
            for (int change = 1; change <= CHANGES; change++) {
                change(bench.provider, "n" + random.nextInt(ENDPOINTS), change);
            }
            assertThat(written.await(10, TimeUnit.MINUTES)).isTrue();
            double writing = (System.nanoTime() - start) / 1e9;
            assertThat(refused).as("changes refused, from seed %d", SEED).hasValue(0);
            await().atMost(LATE)
                    .untilAsserted(() -> assertThat(addresses(orders))
                            .as("from seed %d", SEED)
                            .isEqualTo(addressesIn(bench.provider)));
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    "storm: %d changes at %.0f a second, %d publications in %.1f s%n",
                    CHANGES, CHANGES / writing, published.size(), seconds);
            // One for each reading: these are 10 ms apart, and more where they take their time.
            assertThat(published.size()).isLessThanOrEqualTo((int) (100 * seconds) + 3);
        }
    }

    private static ServiceMembership orders(ZooKeeperBench bench) throws Exception {
        MembershipSettings settings = new MembershipSettings(
                Duration.ofHours(1),
                null,
                Duration.ZERO,
                Duration.ofMillis(250),
                Duration.ofSeconds(10),
                AllowList.EVERYTHING);
        ServiceMembership orders = bench.memberships(bench.client(bench.server.getConnectString()), settings)
                .service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
        return orders;
    }

    /** Creates an endpoint, deletes it, or writes another port into it. */
    private void change(CuratorFramework provider, String id, int port) throws Exception {
        String path = ZooKeeperBench.path("orders", id);
        byte[] data = ZooKeeperBench.json(id, "10.0.0.1", 1_000 + port % 60_000, Map.of());
        BackgroundCallback counted = (any, event) -> {
            refused.addAndGet(event.getResultCode() == 0 ? 0 : 1);
            written.countDown();
        };
        if (!ports.containsKey(id)) {
            ports.put(id, port);
            provider.create().inBackground(counted).forPath(path, data);
        } else if (random.nextInt(4) == 0) {
            ports.remove(id);
            provider.delete().inBackground(counted).forPath(path);
        } else {
            provider.setData().inBackground(counted).forPath(path, data);
        }
    }

    private static Set<String> addresses(ServiceMembership of) {
        return of.current().hosts().endpoints().stream().map(Endpoint::address).collect(Collectors.toSet());
    }

    private static Set<String> addressesIn(CuratorFramework zookeeper) throws Exception {
        Set<String> addresses = new TreeSet<>();
        for (String id : zookeeper.getChildren().forPath(ZooKeeperBench.path("orders"))) {
            byte[] data = zookeeper.getData().forPath(ZooKeeperBench.path("orders", id));
            addresses.add(EndpointDecoder.decode(id, data).endpoint().address());
        }
        return addresses;
    }
}

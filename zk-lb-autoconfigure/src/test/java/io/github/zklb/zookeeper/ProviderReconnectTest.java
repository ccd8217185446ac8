package io.github.zklb.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Provider;
import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a consumer sees of providers, as Spring Cloud Zookeeper makes them, whose connections break. */
class ProviderReconnectTest {

    private static final int PROVIDERS = 5;

    @Test
    void providersThatReconnectAreNoDip() throws Exception {
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            List<TcpProxy> proxies = new ArrayList<>();
            for (int i = 0; i < PROVIDERS; i++) {
                TcpProxy proxy = bench.proxy();
                proxies.add(proxy);
                bench.opened(Provider.start("orders", "p" + i, proxy.connectString(), 1));
            }
            ServiceMembership orders = bench.memberships(
                            bench.client(bench.server.getConnectString()), MembershipSettings.DEFAULTS)
                    .service("orders");
            orders.firstAnswer().get(10, TimeUnit.SECONDS);
            await().until(() -> orders.current().hosts().size() == PROVIDERS);
            List<Integer> sizes = new CopyOnWriteArrayList<>();
            orders.subscribe(membership -> sizes.add(membership.hosts().size()));
            for (int time = 0; time < 3; time++) {
                long before = czxids(bench);
                proxies.forEach(TcpProxy::breakConnections);
                await().atMost(Duration.ofSeconds(20)).until(() -> czxids(bench) > before + PROVIDERS);
            }
            assertThat(orders.current().hosts().size()).isEqualTo(PROVIDERS);
            assertThat(sizes).containsOnly(PROVIDERS);
        }
    }

    /** Rises with each registration that is made again. */
    private static long czxids(ZooKeeperBench bench) throws Exception {
        long sum = 0;
        for (String id : bench.provider.getChildren().forPath(ZooKeeperBench.path("orders"))) {
            sum += bench.owner("orders", id) == -1
                    ? 0
                    : bench.provider
                            .checkExists()
                            .forPath(ZooKeeperBench.path("orders", id))
                            .getCzxid();
        }
        return sum;
    }
}

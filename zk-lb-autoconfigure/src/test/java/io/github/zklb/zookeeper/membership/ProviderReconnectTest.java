package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.TcpProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.zookeeper.data.Stat;
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
                            bench.client(bench.server.getConnectString()), ZooKeeperBench.PATIENT)
                    .service("orders");
            orders.firstAnswer().get(60, TimeUnit.SECONDS);
            await().until(() -> orders.current().hosts().size() == PROVIDERS);
            List<Integer> sizes = new CopyOnWriteArrayList<>();
            orders.subscribe(membership -> sizes.add(membership.hosts().size()));
            for (int time = 0; time < 3; time++) {
                long before = lastMade(bench);
                proxies.forEach(TcpProxy::breakConnections);
                await().until(() -> madeAfter(before, bench) == PROVIDERS);
            }
            assertThat(orders.current().hosts().size()).isEqualTo(PROVIDERS);
            assertThat(sizes).containsOnly(PROVIDERS);
        }
    }

    private static long lastMade(ZooKeeperBench bench) throws Exception {
        return made(bench).max().orElseThrow();
    }

    private static long madeAfter(long czxid, ZooKeeperBench bench) throws Exception {
        return made(bench).filter(made -> made > czxid).count();
    }

    /** When each of the registrations was made, without those deleted in the meantime. */
    private static LongStream made(ZooKeeperBench bench) throws Exception {
        LongStream.Builder czxids = LongStream.builder();
        for (String id : bench.provider.getChildren().forPath(ZooKeeperBench.path("orders"))) {
            Stat stat = bench.provider.checkExists().forPath(ZooKeeperBench.path("orders", id));
            if (stat != null) {
                czxids.add(stat.getCzxid());
            }
        }
        return czxids.build();
    }
}

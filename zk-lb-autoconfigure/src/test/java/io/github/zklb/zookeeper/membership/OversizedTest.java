package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are larger than the client takes, which break its connection. */
@Execution(ExecutionMode.CONCURRENT)
class OversizedTest {

    private static final int LIMIT = 4_096;
    private static final Duration SOON = Duration.ofSeconds(60);

    private ZooKeeperBench bench;
    private CuratorFramework client;
    private final AtomicInteger breaks = new AtomicInteger();

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        bench.register("orders", "a", "10.0.0.1", 80);
        bench.register("orders", "b", "10.0.0.2", 80);
        TcpProxy proxy = bench.proxy();
        client = bench.narrowClient(proxy.connectString(), LIMIT);
        client.getConnectionStateListenable().addListener((of, state) -> {
            if (state == ConnectionState.SUSPENDED) {
                breaks.incrementAndGet();
            }
        });
        assertThat(client.blockUntilConnected(60, TimeUnit.SECONDS)).isTrue();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void aLargeNodeIsSkippedAndTheRestServed() throws Exception {
        bench.register("orders", "large", large("10.0.0.3"));
        ServiceMembership orders = load();
        await().atMost(SOON).until(() -> orders.current().state() == State.SYNCED);
        assertThat(hosts(orders)).isEqualTo("10.0.0.1,10.0.0.2");
        assertThat(orders.invalidNodes()).isEqualTo(1);
        int before = breaks.get();
        bench.register("orders", "d", "10.0.0.4", 80);
        await().atMost(SOON).until(() -> hosts(orders).equals("10.0.0.1,10.0.0.2,10.0.0.4"));
        orders.refresh();
        bench.edit("orders", "large", ZooKeeperBench.json("large", "10.0.0.3", 80, Map.of()));
        await().atMost(SOON).until(() -> hosts(orders).equals("10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4"));
        assertThat(breaks).as("breaks once it is known").hasValue(before);
    }

    @Test
    void aNodeThatGrowsTooLargeKeepsItsLastValue() throws Exception {
        ServiceMembership orders = load();
        bench.edit("orders", "a", large("10.0.0.9"));
        await().atMost(SOON)
                .until(() -> orders.invalidNodes() == 1 && orders.current().state() == State.SYNCED);
        assertThat(hosts(orders)).isEqualTo("10.0.0.1,10.0.0.2");
        assertThat(breaks.get()).isBetween(1, 2);
    }

    @Test
    void aListThatIsTooLargeNamesTheSettingAndIsNoStorm() throws Exception {
        ServiceMembership orders = load();
        for (int i = 0; i < 200; i++) {
            bench.register("orders", "a-rather-long-name-of-a-node-" + i, "10.0.1." + i, 80);
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(orders.current().cause())
                        .contains("children, which is larger than this client's jute.maxbuffer of " + LIMIT));
        assertThat(orders.current().state()).isEqualTo(State.STALE);
        assertThat(orders.current().hosts().size()).isGreaterThanOrEqualTo(2);
        int before = breaks.get();
        await().during(Duration.ofSeconds(4)).atMost(SOON).until(() -> breaks.get() - before <= 3);
    }

    /** Its version is read together with the instances until then, if there are any. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNodeAboveThatGrowsTooLargeBreaksOneConnection(boolean hasInstances) throws Exception {
        if (!hasInstances) {
            bench.deregister("orders", "a");
            bench.deregister("orders", "b");
        }
        ServiceMembership orders = load();
        bench.provider.setData().forPath("/services", new byte[2 * LIMIT]);
        int before = breaks.get();
        for (String id : List.of("c", "d")) {
            orders.refresh();
            await().atMost(SOON).until(() -> breaks.get() > before);
            bench.register("orders", id, id, 80);
            await().atMost(SOON)
                    .until(() -> hosts(orders).contains(id) && orders.current().state() == State.SYNCED);
        }
        assertThat(breaks).hasValue(before + 1);
    }

    private ServiceMembership load() throws Exception {
        ServiceMembership orders =
                bench.memberships(client, MembershipSettings.DEFAULTS).service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
        return orders;
    }

    private static byte[] large(String address) {
        return ZooKeeperBench.json("large", address, 80, Map.of("padding", "x".repeat(LIMIT)));
    }

    private static String hosts(ServiceMembership service) {
        return String.join(
                ",",
                service.current().hosts().endpoints().stream()
                        .map(Endpoint::host)
                        .toList());
    }
}

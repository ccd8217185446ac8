package io.github.zklb.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.zookeeper.Membership.State;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a membership shows of a service that changes while ZooKeeper answers. */
class LiveMembershipTest {

    private static final Duration A_SECOND = Duration.ofSeconds(1);

    private ZooKeeperBench bench;
    private ServiceMembership orders;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        bench.register("orders", "a", "10.0.0.1", 8080);
        bench.register("orders", "b", "10.0.0.2", 8080);
        orders = bench.memberships(bench.client(bench.server.getConnectString()), MembershipSettings.DEFAULTS)
                .service("orders");
        orders.firstAnswer().get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void theFirstAnswerHasAllEndpoints() {
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
        assertThat(orders.current().hosts().endpoints())
                .extracting(Endpoint::address)
                .containsExactly("10.0.0.1:8080", "10.0.0.2:8080");
    }

    @Test
    void anEndpointThatRegistersIsSeen() throws Exception {
        bench.register("orders", "c", "10.0.0.3", 8080);
        awaitAddresses("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080");
    }

    @Test
    void anEndpointThatGoesIsGone() throws Exception {
        bench.deregister("orders", "a");
        awaitAddresses("10.0.0.2:8080");
    }

    @Test
    void anEditOfTheDataIsSeen() throws Exception {
        bench.edit("orders", "a", ZooKeeperBench.json("a", "10.0.0.1", 8080, Map.of("weight", "7", "zone", "z1")));
        await().atMost(A_SECOND)
                .untilAsserted(() -> assertThat(orders.current().hosts().get(0))
                        .isEqualTo(new Endpoint("a", "10.0.0.1", 8080, false, 7, Map.of("weight", "7", "zone", "z1"))));
    }

    private void awaitAddresses(String... addresses) {
        await().atMost(A_SECOND)
                .untilAsserted(() -> assertThat(orders.current().hosts().endpoints())
                        .extracting(Endpoint::address)
                        .containsExactly(addresses));
    }
}

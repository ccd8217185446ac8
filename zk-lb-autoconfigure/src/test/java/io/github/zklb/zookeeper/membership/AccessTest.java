package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a membership shows of a service that it may not read, in whole or in part. */
@Execution(ExecutionMode.CONCURRENT)
class AccessTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private ZooKeeperBench bench;
    private ZooKeeperMemberships memberships;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        bench.register("orders", "a", "10.0.0.1", 80);
        bench.register("orders", "b", "10.0.0.2", 80);
        memberships = bench.memberships(bench.client(bench.server.getConnectString()), MembershipSettings.DEFAULTS);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void aServiceThatMayNotBeListedIsDeniedUntilItMay() throws Exception {
        bench.protect(ZooKeeperBench.path("orders"), true);
        ServiceMembership orders = load();
        assertThat(orders.current().state()).isEqualTo(State.DENIED);
        assertThat(orders.current().cause()).contains("/services/orders").contains("grant it READ");
        bench.protect(ZooKeeperBench.path("orders"), false);
        await().atMost(SOON).until(() -> orders.current().state() == State.SYNCED);
        assertThat(orders.current().hosts().size()).isEqualTo(2);
    }

    @Test
    void aRightThatIsRevokedLeavesTheList() throws Exception {
        ServiceMembership orders = load();
        bench.protect(ZooKeeperBench.path("orders"), true);
        orders.refresh();
        await().atMost(SOON).until(() -> orders.current().state() == State.DENIED);
        assertThat(orders.current().hosts().size()).isEqualTo(2);
    }

    @Test
    void aRightRevokedForOneEndpointLeavesThatEndpointAndTheOthers() throws Exception {
        ServiceMembership orders = load();
        bench.protect(ZooKeeperBench.path("orders", "a"), true);
        bench.register("orders", "c", "10.0.0.3", 80);
        bench.protect(ZooKeeperBench.path("orders", "c"), true);
        orders.refresh();
        await().atMost(SOON).until(() -> orders.invalidNodes() > 0);
        bench.register("orders", "d", "10.0.0.4", 80);
        await().atMost(SOON)
                .until(() -> orders.current().hosts().endpoints().stream()
                        .anyMatch(endpoint -> endpoint.host().equals("10.0.0.4")));
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
        assertThat(orders.current().hosts().endpoints())
                .extracting(Endpoint::host)
                .contains("10.0.0.1", "10.0.0.2");
    }

    private ServiceMembership load() throws Exception {
        ServiceMembership orders = memberships.service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
        return orders;
    }
}

package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a membership shows behind a connect string whose chroot is not there. */
class ChrootTest {

    @Test
    void aMissingChrootIsTheServiceNotThereYetAndSeenOnceItIs() throws Exception {
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            ServiceMembership orders = bench.memberships(
                            bench.client(bench.server.getConnectString() + "/team/a"), MembershipSettings.DEFAULTS)
                    .service("orders");
            Membership first = orders.firstAnswer().get(60, TimeUnit.SECONDS);
            assertThat(first.state()).isEqualTo(State.ABSENT);
            assertThat(first.cause()).contains("/services/orders").contains("/team/a");
            bench.provider
                    .create()
                    .creatingParentsIfNeeded()
                    .forPath("/team/a/services/orders/a", ZooKeeperBench.json("a", "10.0.0.1", 80, Map.of()));
            await().until(() -> orders.current().hosts().size() == 1);
            assertThat(orders.current().state()).isEqualTo(State.SYNCED);
        }
    }
}

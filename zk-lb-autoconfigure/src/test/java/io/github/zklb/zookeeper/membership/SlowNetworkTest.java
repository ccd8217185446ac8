package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.codec.AllowList;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.springcloud.EngineLoadBalancer;
import io.github.zklb.springcloud.FedEngine;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Patience;
import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a membership shows while a server is slow, or silent in one direction. */
@Execution(ExecutionMode.CONCURRENT)
class SlowNetworkTest {

    /** Two thirds of the bench's session time-out, and some time. */
    private static final Duration NOTICED = Duration.ofMillis(2_700 + 1_300);

    private static final Duration LATE = Duration.ofSeconds(60);

    private LiveOrders live;
    private ZooKeeperBench bench;
    private TcpProxy proxy;
    private ServiceMembership orders;

    /** How a server falls silent. */
    enum Silence {
        BLACKHOLE,
        ANSWERS_ONLY
    }

    @BeforeEach
    void open() throws Exception {
        live = new LiveOrders(new MembershipSettings(
                Duration.ofMinutes(1),
                null,
                Duration.ZERO,
                Duration.ofMillis(250),
                Duration.ofSeconds(1),
                AllowList.EVERYTHING));
        bench = live.bench;
        proxy = live.proxy;
        orders = live.membership;
    }

    @AfterEach
    void close() throws Exception {
        live.close();
    }

    @ParameterizedTest
    @EnumSource
    void aSilenceIsNoticedWithinTwoThirdsOfTheSessionTimeOut(Silence silence) throws Exception {
        if (silence == Silence.BLACKHOLE) {
            proxy.blackhole();
        } else {
            proxy.muteAnswers();
        }
        await().atMost(Patience.promised(NOTICED)).until(() -> orders.current().state() == State.STALE);
        bench.deregister("orders", "a");
        assertThat(live.hosts()).containsExactly("10.0.0.1", "10.0.0.2");
        proxy.heal();
        live.awaitHosts(LATE, "10.0.0.2");
    }

    @Test
    void aReadingFromASlowServerHasADeadlineAndPicksGoOn() throws Exception {
        try (ServiceEngines engines = PickLoad.engines(live.memberships)) {
            ZkLoadBalancer balancers = new EngineLoadBalancer(id -> null, id -> FedEngine.balancer(engines.engine(id)));
            assertThat(balancers.choose("orders")).isPresent();
            proxy.slow(Duration.ofSeconds(2), 100);
            orders.refresh();
            await().atMost(LATE).until(() -> orders.current().state() == State.STALE);
            assertThat(orders.current().cause()).contains("127.0.0.1");
            for (int pick = 0; pick < 100_000; pick++) {
                assertThat(balancers.choose("orders").isPresent()).isTrue();
                assertThat(orders.current().hosts().size() == 2).isTrue();
            }
            assertThat(orders.current().state()).as("after all picks").isEqualTo(State.STALE);
        }
        proxy.heal();
        bench.register("orders", "c", "10.0.0.3", 80);
        live.awaitHosts(LATE, "10.0.0.1", "10.0.0.2", "10.0.0.3");
        assertThat(live.published).allMatch(each -> each.hosts().size() >= 2);
    }

    @Test
    void answersInSmallPiecesAreWholeInTheEnd() throws Exception {
        proxy.slow(Duration.ofMillis(5), 7);
        bench.register("orders", "c", "10.0.0.3", 80);
        live.awaitHosts(LATE, "10.0.0.1", "10.0.0.2", "10.0.0.3");
        assertThat(orders.current().state()).isEqualTo(State.SYNCED);
        assertThat(live.published).allMatch(each -> each.hosts().size() >= 2);
    }
}

package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.engine.explain.Explanations;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.reports.Capacities;
import io.github.zklb.reports.ReportedWeights.Obstacle;
import io.github.zklb.traffic.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A service whose endpoints report their loads, from the calls to the picks. */
class ServiceReportsTest {

    private static final HostSet ORDERS = HostSet.of(IntStream.rangeClosed(1, 3)
            .mapToObj(i -> Endpoint.of("10.0.0." + i, 80))
            .toList());
    private static final Map<String, Integer> EVEN = Map.of("10.0.0.1", 700, "10.0.0.2", 700, "10.0.0.3", 700);
    private static final Map<String, Integer> REPORTED = Map.of("10.0.0.1", 300, "10.0.0.2", 600, "10.0.0.3", 1_200);

    private final Clock clock = new Clock();
    private final FedMembership orders = new FedMembership("orders");
    private volatile boolean use = true;
    private volatile String strategy = "weighted";
    private final ServiceEngines engines =
            FedEngines.of(id -> orders.membership(), this::settings, (endpoint, delay, verdict) -> {}, clock);
    private final ServiceEngine engine = engines.engine("orders");

    private EngineSettings settings() {
        EngineSettings plain = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, strategy);
        LoadSettings load = new LoadSettings(plain.load().decay(), plain.load().failurePenalty(), use);
        return DefaultSettings.with(plain, Map.of("load", load));
    }

    @AfterEach
    void close() {
        engines.close();
    }

    private void set(boolean nextUse, String nextStrategy) {
        use = nextUse;
        strategy = nextStrategy;
        engines.refresh();
    }

    /** Capacities of 100, 200 and 400 requests a second. */
    private void callAll() {
        for (int i = 0; i < ORDERS.size(); i++) {
            CountedCall call = Objects.requireNonNull(engine.start(ORDERS.get(i).address()));
            call.reported("TEXT cpu_utilization=0.5,rps_fractional=" + (50 << i));
            call.end(200);
        }
    }

    private void awaitPicks(Map<String, Integer> expected) {
        await().until(() -> engine.snapshot() != null);
        await().untilAsserted(() -> {
            Map<String, Integer> picks = new HashMap<>();
            for (int i = 0; i < 2_100; i++) {
                Endpoint picked = Objects.requireNonNull(
                        Objects.requireNonNull(engine.snapshot()).pick(PickContext.NONE));
                picks.merge(picked.host(), 1, Integer::sum);
            }
            assertThat(picks.keySet()).isEqualTo(expected.keySet());
            expected.forEach((host, count) -> assertThat(picks.get(host)).isBetween(count - 5, count + 5));
        });
    }

    @Test
    void reportsBecomeSharesAfterTenSecondsAndExpireAfterThreeMinutes() {
        orders.publish(ORDERS);
        awaitPicks(EVEN);
        callAll();
        await().until(() -> engine.reporting() == 3);
        assertThat(engine.snapshots().published().reports().because()).isEqualTo(Obstacle.TOO_FEW_REPORTS);
        awaitPicks(EVEN);

        clock.pass(Capacities.BLACKOUT);
        awaitPicks(REPORTED);
        assertThat(engine.snapshots().published().reports().because()).isNull();
        assertThat(engine.snapshots().count(Reason.REPORTED)).isEqualTo(2);
        assertThat(Explanations.of(engine, PickContext.NONE, 10).stages())
                .filteredOn(stage -> stage.stage().equals("load report"))
                .allSatisfy(stage -> assertThat(stage.noted()).isEqualTo(2));
        assertThat(engine.snapshots()
                        .suppose(ORDERS, engine.settings(), List.of())
                        .candidates()
                        .isNoted(Reason.REPORTED))
                .isTrue();

        clock.pass(Capacities.EXPIRY.minus(Capacities.BLACKOUT).plus(Duration.ofSeconds(1)));
        awaitPicks(EVEN);
        await().until(() -> engine.reporting() == 0);
    }

    @Test
    void theSettingsAreLiveAndKeysStayWhereTheyAre() {
        orders.publish(ORDERS);
        awaitPicks(EVEN);
        Digest digest = engine.snapshots().published().digest();
        callAll();
        await().until(() -> engine.reporting() == 3);
        clock.pass(Capacities.BLACKOUT);
        awaitPicks(REPORTED);
        assertThat(engine.snapshots().published().digest()).isEqualTo(digest);

        set(true, "round-robin");
        awaitPicks(EVEN);
        assertThat(Objects.requireNonNull(engine.start("10.0.0.1:80")).asksForLoad())
                .as("what nobody would look at")
                .isFalse();
        assertThat(engine.snapshots().published().reports().because()).isEqualTo(Obstacle.STRATEGY);
        set(true, "consistent-hash");
        await().until(() -> engine.snapshots().count(Reason.REPORTED) == 0);
        assertThat(engine.snapshots().published().reports().because()).isEqualTo(Obstacle.STRATEGY);
        set(true, "weighted");
        awaitPicks(REPORTED);

        set(false, "weighted");
        awaitPicks(EVEN);
        assertThat(engine.snapshots().published().reports().because()).isNull();
        assertThat(Objects.requireNonNull(engine.start("10.0.0.1:80")).asksForLoad())
                .isFalse();
        await().until(() -> engine.reporting() == 0);
    }

    @Test
    void anEndpointThatLeavesIsForgottenAndZeroStillDrains() {
        orders.publish(ORDERS);
        awaitPicks(EVEN);
        callAll();
        await().until(() -> engine.reporting() == 3);
        clock.pass(Capacities.BLACKOUT);
        awaitPicks(REPORTED);
        orders.publish(HostSet.of(ORDERS.get(0), ORDERS.get(1), ORDERS.get(2).withWeight(0)));
        awaitPicks(Map.of("10.0.0.1", 700, "10.0.0.2", 1_400));
    }
}

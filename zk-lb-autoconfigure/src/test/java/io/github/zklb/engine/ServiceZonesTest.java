package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.traffic.Clock;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.ZoneSettings.Mode;
import io.github.zklb.traffic.Zones.Obstacle;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The zones of one service while its callers, its endpoints and its settings change. Of six endpoints, a has 3, b 2 and c 1. */
@ExtendWith(OutputCaptureExtension.class)
class ServiceZonesTest {

    private static final HostSet ORDERS = hosts("a", "a", "a", "b", "b", "c");
    private static final ZoneSettings BALANCED = new ZoneSettings(Mode.BALANCED, "a", "zone", Map.of(), 6);
    private static final Map<String, Integer> EVEN = Map.of("a", 600, "b", 400, "c", 200);

    private final FedMembership orders = new FedMembership("orders");
    private final FedMembership shop = new FedMembership("shop");
    private final Clock clock = new Clock();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile ZoneSettings settings = ZoneSettings.DEFAULTS;
    private volatile List<Route> routes = List.of();
    private volatile String strategy = "weighted";
    private final ServiceEngines engines =
            FedEngines.of(id -> orders.membership(), this::settings, (endpoint, delay, verdict) -> {}, clock);
    private final ServiceEngine engine = engines.engine("orders");

    private EngineSettings settings() {
        EngineSettings plain = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, strategy);
        return DefaultSettings.with(plain, Map.of("zone", settings, "routes", routes));
    }

    private static HostSet hosts(String... zones) {
        return HostSet.of(IntStream.range(0, zones.length)
                .mapToObj(i -> Endpoint.of("10.0.0." + i, 80)
                        .withMetadata(Map.of("zone", zones[i], "rack", i % 2 == 0 ? "a" : "b")))
                .toList());
    }

    @AfterEach
    void close() {
        engines.close();
    }

    private void start(HostSet callers) {
        engines.calledBy(() -> {
            asked.incrementAndGet();
            return shop.membership();
        });
        if (!callers.isEmpty()) {
            shop.publish(callers);
        }
        orders.publish(ORDERS);
        awaitPicks(EVEN);
    }

    private void set(ZoneSettings next) {
        settings = next;
        engines.refresh();
    }

    @Test
    void theRegistrationsOfTheCallersTellHowTheyAreSpread() {
        start(hosts("a", "a", "b"));
        assertThat(asked).hasValue(0);
        set(BALANCED);
        awaitPicks(Map.of("a", 900, "c", 300));
        assertThat(engine.zones().inEffect()).isTrue();
        shop.publish(hosts("a", "b"));
        awaitPicks(Map.of("a", 1_200));
        shop.publish(hosts("b", "b"));
        awaitObstacle(Obstacle.CALLERS_UNKNOWN);
        awaitPicks(EVEN);
        shop.publish(hosts("a"));
        awaitPicks(EVEN);
        await().until(() -> engine.zones().inEffect());
    }

    @Test
    void aCallerThatIsDrainedOrNotUpDoesNotCount() {
        start(HostSet.of(
                Endpoint.of("10.1.0.1", 80).withMetadata(Map.of("zone", "a")),
                Endpoint.of("10.1.0.2", 80).withMetadata(Map.of("zone", "a", "instance_status", "OUT_OF_SERVICE")),
                Endpoint.of("10.1.0.3", 80).withMetadata(Map.of("zone", "b")),
                Endpoint.of("10.1.0.4", 80).withWeight(0).withMetadata(Map.of("zone", "a"))));
        set(BALANCED);
        awaitPicks(Map.of("a", 1_200));
    }

    @Test
    void theOwnServiceIsNotAskedForWhenNobodyNeedsIt() {
        start(HostSet.EMPTY);
        set(new ZoneSettings(Mode.PREFER_LOCAL, "b", "zone", Map.of(), 6));
        awaitPicks(Map.of("b", 1_200));
        set(new ZoneSettings(Mode.BALANCED, "a", "zone", Map.of("a", 2.0, "b", 1.0), 6));
        awaitPicks(Map.of("a", 900, "c", 300));
        set(new ZoneSettings(Mode.BALANCED, null, "zone", Map.of(), 6));
        awaitObstacle(Obstacle.NO_OWN_ZONE);
        assertThat(asked).hasValue(0);
    }

    @Test
    void eachSettingTakesEffectAtOnce() {
        start(hosts("a", "a", "b"));
        set(BALANCED);
        awaitPicks(Map.of("a", 900, "c", 300));
        set(new ZoneSettings(Mode.BALANCED, "b", "zone", Map.of(), 6));
        awaitPicks(Map.of("b", 1_200));
        set(new ZoneSettings(Mode.BALANCED, "a", "zone", Map.of("a", 1.0, "b", 1.0), 6));
        awaitPicks(Map.of("a", 1_200));
        set(new ZoneSettings(Mode.BALANCED, "a", "zone", Map.of(), 7));
        awaitObstacle(Obstacle.TOO_FEW_ENDPOINTS);
        awaitPicks(EVEN);
        set(new ZoneSettings(Mode.PREFER_LOCAL, "b", "rack", Map.of(), 6));
        awaitPicks(Map.of("a", 400, "b", 400, "c", 400));
        set(ZoneSettings.DEFAULTS);
        awaitPicks(EVEN);
        assertThat(engine.zones().because()).isNull();
    }

    @Test
    void aZoneThatVanishesAndReturnsIsLeftAndFoundAgain() {
        start(hosts("a", "a", "b"));
        set(new ZoneSettings(Mode.BALANCED, "b", "zone", Map.of(), 1));
        awaitPicks(Map.of("b", 1_200));
        assertThat(engine.snapshots().count(Reason.OTHER_ZONE)).isEqualTo(4);
        orders.publish(hosts("a", "a", "a", "c"));
        awaitPicks(Map.of("a", 300, "c", 900));
        orders.publish(ORDERS);
        awaitPicks(Map.of("b", 1_200));
    }

    @Test
    void zonesDoNotCountWithConsistentHashingAndOnceSaySo(CapturedOutput output) {
        strategy = "consistent-hash";
        engines.refresh();
        start(hosts("a", "a", "b"));
        set(BALANCED);
        awaitObstacle(Obstacle.CONSISTENT_HASH);
        await().until(() -> output.getAll().contains("zones do not count"));
        orders.publish(hosts("a", "b", "c", "a", "b", "c"));
        orders.publish(ORDERS);
        awaitPicks(EVEN);
        assertThat(output.getAll()).containsOnlyOnce("WARN").containsOnlyOnce("consistent-hash a key would have");
        strategy = "weighted";
        engines.refresh();
        awaitPicks(Map.of("a", 900, "c", 300));
    }

    @Test
    void zonesDoNotCountTwice(CapturedOutput output) {
        start(hosts("a", "a", "b"));
        set(BALANCED);
        awaitPicks(Map.of("a", 900, "c", 300));
        engine.keepToZoneInSuppliers(true);
        awaitObstacle(Obstacle.ZONE_PREFERENCE_SUPPLIER);
        awaitPicks(EVEN);
        await().until(() -> output.getAll().contains("remove zone-preference from"));
        engine.keepToZoneInSuppliers(false);
        awaitPicks(Map.of("a", 900, "c", 300));
    }

    @Test
    void callersAreToldOfOnceTheyHaveStayedUnknownForAWhile(CapturedOutput output) {
        start(HostSet.EMPTY);
        set(BALANCED);
        awaitObstacle(Obstacle.CALLERS_UNKNOWN);
        clock.pass(Duration.ofSeconds(10));
        orders.publish(hosts("a", "a", "a", "b", "b", "c", "c"));
        await().until(() -> engine.snapshots().candidates().hosts().size() == 7);
        shop.publish(hosts("a"));
        await().until(() -> engine.zones().inEffect());
        clock.pass(Duration.ofSeconds(10));
        shop.publish(hosts("b"));
        awaitObstacle(Obstacle.CALLERS_UNKNOWN);
        orders.publish(ORDERS);
        await().until(() -> engine.snapshots().candidates().hosts().size() == 6);
        assertThat(output.getAll()).doesNotContain("callers are spread");
        clock.pass(Duration.ofSeconds(15));
        orders.publish(hosts("a", "a", "a", "b", "b", "c", "c"));
        await().until(() -> output.getAll().contains("callers are spread"));
    }

    @Test
    void ofAGroupAloneTheyAreToldOfAfterAWhileToo(CapturedOutput output) {
        routes = List.of(new Route("new", List.of(), Map.of("rack", "a"), List.of(), List.of(), Otherwise.BASE));
        settings = new ZoneSettings(Mode.BALANCED, "a", "zone", Map.of(), 3);
        engines.refresh();
        orders.publish(hosts("a", "b", "a", "b", "b"));
        awaitObstacle(Obstacle.TOO_FEW_ENDPOINTS); // in the base, which has every other one
        orders.publish(hosts("a", "b", "b", "b", "c"));
        await().until(() -> engine.snapshots().candidates().hosts().equals(hosts("a", "b", "b", "b", "c")));
        assertThat(output.getAll()).doesNotContain("callers are spread");
        clock.pass(Duration.ofSeconds(15));
        orders.publish(hosts("a", "b", "a", "b", "b"));
        await().until(() -> output.getAll().contains("service orders, group {rack=a}: zones do not count"));
        assertThat(output.getAll()).containsOnlyOnce("callers are spread");
    }

    private void awaitObstacle(Obstacle expected) {
        await().until(() -> engine.zones().because() == expected);
    }

    private void awaitPicks(Map<String, Integer> expected) {
        await().untilAsserted(() -> assertThat(picks()).isEqualTo(expected));
    }

    private Map<String, Integer> picks() {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 1_200; i++) {
            Snapshot snapshot = engine.snapshot();
            Endpoint picked = snapshot == null ? null : snapshot.pick(PickContext.NONE);
            counts.merge(
                    picked == null
                            ? "none"
                            : Objects.requireNonNull(picked.metadata().get("zone")),
                    1,
                    Integer::sum);
        }
        return counts;
    }
}

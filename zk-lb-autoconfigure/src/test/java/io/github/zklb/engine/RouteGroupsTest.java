package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.ZoneSettings.Mode;
import io.github.zklb.traffic.Zones;
import io.github.zklb.traffic.Zones.Obstacle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The groups of a service's routes while its endpoints and its settings change: three of version 1, and two of version 2. */
@ExtendWith(OutputCaptureExtension.class)
class RouteGroupsTest {

    private static final Map<String, String> V2 = Map.of("version", "2");
    private static final Group TWO = new Group("two", V2, Otherwise.BASE);
    private static final Group TWO_OR_ALL = new Group("two", V2, Otherwise.ALL);
    private static final Group TWO_OR_NONE = new Group("two", V2, Otherwise.FAIL);

    private final FedMembership orders = new FedMembership("orders");
    private volatile ZoneSettings zones = ZoneSettings.DEFAULTS;
    private volatile List<Route> routes = routes(Otherwise.BASE);
    private volatile String strategy = "round-robin";
    private final ServiceEngines engines = FedEngines.of(id -> orders.membership(), this::settings);
    private final ServiceEngine engine = engines.engine("orders");

    private static List<Route> routes(Otherwise otherwise) {
        return List.of(new Route("two", List.of(), V2, List.of(), List.of(), otherwise));
    }

    private EngineSettings settings() {
        EngineSettings plain = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, strategy);
        return DefaultSettings.with(plain, Map.of("zone", zones, "routes", routes));
    }

    /** Endpoints of the versions given, in zones a and b by turns. */
    private static HostSet fleet(int... versions) {
        return HostSet.of(IntStream.range(0, versions.length)
                .mapToObj(i -> Endpoint.of("10.0.0." + i, 80)
                        .withMetadata(Map.of("version", String.valueOf(versions[i]), "zone", i % 2 == 0 ? "a" : "b")))
                .toList());
    }

    @AfterEach
    void close() {
        engines.close();
    }

    private void publish(HostSet hosts) {
        orders.publish(hosts);
        await().until(() -> {
            Snapshot snapshot = engine.snapshot();
            return snapshot != null && snapshot.membership().hosts().equals(hosts);
        });
    }

    private void refresh() {
        engines.refresh();
        await().until(() -> engine.snapshots().published().settings().equals(engine.settings()));
    }

    private @Nullable String pick(Group group, Set<Endpoint> tried) {
        Endpoint picked = Objects.requireNonNull(engine.snapshot()).pick(new PickContext(null, tried), group);
        return picked == null ? null : picked.host();
    }

    private Map<String, Integer> picks(Group group) {
        Map<String, Integer> picks = new HashMap<>();
        for (int i = 0; i < 12; i++) {
            picks.merge(String.valueOf(pick(group, Set.of())), 1, Integer::sum);
        }
        return picks;
    }

    /** Where one request goes, and each attempt at it. */
    private List<String> attempts(Group group, int most) {
        Set<Endpoint> tried = new HashSet<>();
        List<String> hosts = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            Endpoint picked = Objects.requireNonNull(
                    Objects.requireNonNull(engine.snapshot()).pick(new PickContext(null, Set.copyOf(tried)), group));
            tried.add(picked);
            hosts.add(picked.host());
        }
        return hosts;
    }

    @Test
    void aGroupHasItsOwnEndpointsAndTheBaseTheOthers() {
        publish(fleet(1, 1, 1, 2, 2));
        assertThat(picks(TWO)).isEqualTo(Map.of("10.0.0.3", 6, "10.0.0.4", 6));
        assertThat(picks(Group.BASE)).isEqualTo(Map.of("10.0.0.0", 4, "10.0.0.1", 4, "10.0.0.2", 4));
    }

    @Test
    void retriesStayInTheGroupUntilAllOfItWereTried() {
        publish(fleet(1, 1, 1, 2, 2));
        List<String> attempts = attempts(TWO, 5);
        assertThat(attempts.subList(0, 2)).containsExactlyInAnyOrder("10.0.0.3", "10.0.0.4");
        assertThat(attempts.subList(2, 5)).containsExactlyInAnyOrder("10.0.0.0", "10.0.0.1", "10.0.0.2");
        List<String> ofBase = attempts(Group.BASE, 5);
        assertThat(ofBase.subList(0, 3)).containsExactlyInAnyOrder("10.0.0.0", "10.0.0.1", "10.0.0.2");
        assertThat(ofBase.subList(3, 5)).containsExactlyInAnyOrder("10.0.0.3", "10.0.0.4");
    }

    @Test
    void eachGroupSaysWhetherZonesCountAmongItsEndpoints(CapturedOutput output) {
        zones = new ZoneSettings(Mode.BALANCED, "a", "zone", Map.of("a", 1.0), 6);
        refresh();
        publish(fleet(1, 1, 1, 1, 1, 1, 1, 1, 2, 2));
        assertThat(zones(Group.BASE).shares()).isEqualTo(Map.of("a", 0.5, "b", 0.5));
        assertThat(zones(TWO).because()).isEqualTo(Obstacle.TOO_FEW_ENDPOINTS);
        assertThat(engine.zones()).isEqualTo(zones(Group.BASE));
        publish(fleet(1, 1, 1, 1, 1, 2, 2, 2, 2));
        assertThat(zones(TWO).inEffect()).isFalse();
        assertThat(engine.zones().because())
                .as("nine in all, but five in the base")
                .isEqualTo(Obstacle.TOO_FEW_ENDPOINTS);
        publish(fleet(1, 1, 1, 1, 1, 1, 1, 1, 2, 2));
        assertThat(engine.zones().inEffect()).isTrue();
        assertThat(output.getAll())
                .containsOnlyOnce("service orders, group {version=2}: zones do not count")
                .containsOnlyOnce("service orders: zones do not count");
    }

    @Test
    void aRouteOfAnotherNameForEachDeploymentCostsNoMemoryAndLosesNoCount() {
        RouteGroups.Counts counts = new RouteGroups.Counts();
        RouteGroups.Count lasting = counts.of(TWO);
        for (int i = 0; i < 1_000; i++) {
            counts.of(new Group("release-" + i, V2, Otherwise.BASE)).elsewhere().increment();
            assertThat(counts.of(TWO_OR_ALL)).isSameAs(lasting);
        }
        assertThat(counts.of(new Group("release-0", V2, Otherwise.BASE))
                        .elsewhere()
                        .sum())
                .isZero();
        assertThat(counts.of(new Group("release-999", V2, Otherwise.BASE))
                        .elsewhere()
                        .sum())
                .isOne();
        assertThat(counts.elsewhere()).isEqualTo(1_000);
    }

    private Zones.State zones(Group group) {
        RouteGroups groups = Objects.requireNonNull(engine.snapshot()).groups();
        return Objects.requireNonNull(groups.member(group)).zones();
    }

    @Test
    void aGroupThatVanishesFallsBackAsItSaysAndComesBack() {
        publish(fleet(1, 1, 1, 1, 3));
        assertThat(picks(TWO)).hasSize(5); // version 3 is named by no route
        routes = List.of(
                routes(Otherwise.BASE).get(0),
                new Route("three", List.of(), Map.of("version", "3"), List.of(), List.of(), Otherwise.BASE));
        refresh();
        assertThat(picks(TWO)).hasSize(4).doesNotContainKey("10.0.0.4");
        routes = List.of(routes(Otherwise.ALL).get(0), routes.get(1));
        refresh();
        assertThat(picks(TWO_OR_ALL)).hasSize(5);
        routes = List.of(routes(Otherwise.FAIL).get(0), routes.get(1));
        refresh();
        assertThat(picks(TWO_OR_NONE)).isEqualTo(Map.of("null", 12));
        publish(fleet(1, 1, 1, 2, 3));
        assertThat(picks(TWO_OR_NONE)).isEqualTo(Map.of("10.0.0.3", 12));
        assertThat(attempts(TWO_OR_NONE, 2)).containsExactly("10.0.0.3", "10.0.0.3");
        RouteGroups.Count count = engine.routeCounts().of(TWO);
        assertThat(count.own().sum()).isEqualTo(14);
        assertThat(count.elsewhere().sum()).isEqualTo(36);
    }

    @Test
    void anEmptyBaseIsAllEndpoints() {
        publish(fleet(2, 2));
        assertThat(picks(Group.BASE)).isEqualTo(Map.of("10.0.0.0", 6, "10.0.0.1", 6));
    }

    /** Five connections that do not come about, each. */
    @Test
    void aGroupThatNoConnectionReachesFallsBackWithinTheCallThatShowedIt() {
        publish(fleet(1, 1, 1, 2, 2));
        for (int host : new int[] {3, 4}) {
            for (int i = 0; i < 5; i++) {
                Objects.requireNonNull(engine.start("10.0.0." + host + ":80"))
                        .call()
                        .unreached();
                Objects.requireNonNull(engine.start("10.0.0.0:80")).call().succeeded();
            }
        }
        assertThat(picks(TWO).keySet()).containsExactlyInAnyOrder("10.0.0.0", "10.0.0.1", "10.0.0.2");
        await().until(() -> engine.snapshots().candidates().tiers().size() == 2);
        assertThat(picks(TWO).keySet()).containsExactlyInAnyOrder("10.0.0.0", "10.0.0.1", "10.0.0.2");
        assertThat(picks(Group.BASE).keySet()).containsExactlyInAnyOrder("10.0.0.0", "10.0.0.1", "10.0.0.2");
    }

    @Test
    void zonesAreBalancedWithinTheGroup() {
        zones = new ZoneSettings(Mode.PREFER_LOCAL, "b", "zone", Map.of(), 2);
        engines.refresh();
        publish(fleet(1, 1, 1, 1, 2, 2));
        assertThat(picks(TWO)).isEqualTo(Map.of("10.0.0.5", 12));
        assertThat(attempts(TWO, 4).subList(0, 3))
                .startsWith("10.0.0.5", "10.0.0.4")
                .doesNotContain("10.0.0.0");
        assertThat(picks(Group.BASE)).isEqualTo(Map.of("10.0.0.1", 6, "10.0.0.3", 6));
    }

    @Test
    void aGroupOfAnotherRouteWithTheSameMetadataHasTheSameCursor() {
        routes = List.of(
                routes(Otherwise.BASE).get(0), new Route("again", List.of(), V2, List.of(), List.of(), Otherwise.BASE));
        engines.refresh();
        publish(fleet(1, 2, 2));
        Group again = new Group("again", V2, Otherwise.BASE);
        assertThat(pick(TWO, Set.of())).isNotEqualTo(pick(again, Set.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "weighted", "random", "least-request", "peak-ewma", "consistent-hash"})
    void everyStrategyStaysInTheGroup(String name) {
        strategy = name;
        engines.refresh();
        publish(fleet(1, 1, 1, 2, 2));
        for (int i = 0; i < 100; i++) {
            Endpoint picked = Objects.requireNonNull(engine.snapshot()).pick(PickContext.ofKey("key-" + i), TWO);
            assertThat(Objects.requireNonNull(picked).metadata()).containsEntry("version", "2");
        }
    }

    @Test
    void whoIsNotInTheGroupMovesNoKeyOfIt() {
        strategy = "consistent-hash";
        engines.refresh();
        publish(fleet(2, 2, 2, 1, 1));
        Map<String, String> before = owners();
        publish(fleet(2, 2, 2, 1, 1, 1, 1, 1));
        assertThat(owners()).isEqualTo(before);
    }

    private Map<String, String> owners() {
        Map<String, String> owners = new HashMap<>();
        for (int i = 0; i < 1_000; i++) {
            String key = "key-" + i;
            Endpoint picked = Objects.requireNonNull(engine.snapshot()).pick(PickContext.ofKey(key), TWO);
            owners.put(key, Objects.requireNonNull(picked).host());
        }
        return owners;
    }

    @Test
    void aRequestOfAGroupThatIsNoMoreGoesToTheBase() {
        publish(fleet(1, 1, 2));
        routes = List.of(new Route("other", List.of(), V2, List.of(), List.of(), Otherwise.FAIL));
        refresh();
        assertThat(picks(TWO).keySet()).containsExactlyInAnyOrder("10.0.0.0", "10.0.0.1");
        routes = List.of();
        refresh();
        assertThat(picks(TWO)).hasSize(3);
    }

    @Test
    void settingsThatAreNoRoutesMakeNoPickerOfABuiltInStrategyAnew() {
        publish(fleet(1, 1, 2));
        Picker before = picker();
        zones = new ZoneSettings(Mode.OFF, "b", "zone", Map.of(), 6);
        refresh();
        assertThat(picker()).isSameAs(before);
    }

    private Picker picker() {
        RouteGroups.Member two = Objects.requireNonNull(
                Objects.requireNonNull(engine.snapshot()).groups().member(TWO));
        return TieredPicker.first(two.plain());
    }
}

package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Candidates;
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
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where the picks of callers in all zones go: the stage and every strategy together, over random fleets. */
class ZonePicksTest {

    private static final int PICKS = Integer.getInteger("zklb.zones.picks", 100_000);
    private static final int SEEDS = Integer.getInteger("zklb.zones.seeds", 8);

    /** So many standard deviations of chance beside what is promised. */
    private static final double CHANCE = 5;

    private static final Map<String, Double> CALLERS = Map.of("a", 2.0, "b", 1.0);
    private static final HostSet GOLDEN = HostSet.of(IntStream.rangeClosed(1, 6)
            .mapToObj(i -> Endpoint.of(i < 4 ? "a" : i < 6 ? "b" : "c", i))
            .map(each -> each.withMetadata(Map.of("zone", each.host())))
            .toList());

    static Stream<Arguments> fleets() {
        return Stream.of("weighted", "weighted-random", "round-robin", "random", "least-request", "peak-ewma")
                .flatMap(name -> LongStream.rangeClosed(1, SEEDS).mapToObj(seed -> Arguments.of(name, seed)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("fleets")
    void everyZoneGetsItsFairShareAndTheFewestPicksCross(String strategy, long seed) {
        Random random = new Random(seed);
        List<String> names = List.of("a", "b", "c", "d", "e").subList(0, 2 + random.nextInt(4));
        int size = names.size() + random.nextInt(200 - names.size());
        HostSet hosts = HostSet.of(IntStream.range(0, size)
                .mapToObj(i -> endpoint(
                        i, names.get(i < names.size() ? i : random.nextInt(names.size())), 1 + random.nextInt(10)))
                .toList());
        Map<String, Double> callers = new TreeMap<>();
        names.forEach(zone -> callers.put(zone, 1.0 + random.nextInt(20)));
        ToDoubleFunction<Endpoint> weight = StrategyCatalogue.isWeighted(strategy) ? Endpoint::weight : each -> 1;
        Map<String, Double> fair = normal(Zones.weights(hosts, settings("a"), weight));
        Map<String, Double> called = normal(callers);

        Map<String, Integer> picks = new HashMap<>();
        int across = 0;
        int all = 0;
        for (String own : names) {
            Picker picker = picker(strategy, zones(hosts, own, callers, weight).candidates(), seed);
            int its = (int) Math.round(PICKS * called.getOrDefault(own, Double.NaN));
            all += its;
            for (int i = 0; i < its; i++) {
                String zone = pick(picker, Set.of()).zone().orElseThrow();
                picks.merge(zone, 1, Integer::sum);
                across += zone.equals(own) ? 0 : 1;
            }
        }
        boolean chance = !strategy.equals("weighted") && !strategy.equals("round-robin");
        double least = 0;
        for (String zone : names) {
            double share = (double) picks.getOrDefault(zone, 0) / all;
            assertThat(Math.abs(share - fair.getOrDefault(zone, Double.NaN)))
                    .as("%s of %s", zone, fair)
                    .isLessThanOrEqualTo(0.02 * fair.getOrDefault(zone, Double.NaN)
                            + (chance ? chance(fair.getOrDefault(zone, Double.NaN), all) : 0));
            least += Math.max(0, fair.getOrDefault(zone, Double.NaN) - called.getOrDefault(zone, Double.NaN));
        }
        assertThat((double) across / all - least)
                .as("across zones, of at least %s", least)
                .isLessThanOrEqualTo(0.01 * least + (chance ? chance(least, all) : 10.0 / all));
    }

    private static double chance(double share, int picks) {
        return CHANCE * Math.sqrt(share / picks);
    }

    @Test
    void theGoldenCase() {
        Zones ofA = zones(GOLDEN, "a", CALLERS, Endpoint::weight);
        assertThat(ofA.state().inEffect()).isTrue();
        assertThat(picks(ofA, 8_000)).isEqualTo(Map.of("a", 6_000, "c", 2_000));
        assertThat(picks(zones(GOLDEN, "b", CALLERS, Endpoint::weight), 1_000)).isEqualTo(Map.of("b", 1_000));
    }

    @Test
    void endpointsOfOtherZonesSayWhy() {
        Candidates ofB = zones(GOLDEN, "b", CALLERS, Endpoint::weight).candidates();
        GOLDEN.endpoints()
                .forEach(each ->
                        assertThat(ofB.state(each)).isEqualTo(each.host().equals("b") ? null : Reason.OTHER_ZONE));
        assertThat(ofB.hosts()).isEqualTo(GOLDEN);
    }

    @Test
    void aRetryLeavesTheZoneWhenAllOfItWasTried() {
        Picker picker =
                picker("weighted", zones(GOLDEN, "b", CALLERS, Endpoint::weight).candidates(), 1);
        Set<Endpoint> tried = new HashSet<>();
        List<String> zones = new ArrayList<>();
        for (int i = 0; i < GOLDEN.size(); i++) {
            Endpoint next = pick(picker, tried);
            assertThat(tried.add(next)).isTrue();
            zones.add(next.host());
        }
        assertThat(zones.subList(0, 2)).containsOnly("b");
        assertThat(zones.subList(2, 6)).containsExactlyInAnyOrder("a", "a", "a", "c");
    }

    @Test
    void whatIsLaterThanAnotherZoneStaysSo() {
        Endpoint ejected = GOLDEN.get(0);
        Candidates before =
                Candidates.of(GOLDEN).accepting(each -> each == ejected ? 0 : 1).later(each -> each == ejected, 4);
        Zones ofB = Zones.of(before, GOLDEN, settings("b"), CALLERS, Endpoint::weight, null);
        assertThat(ofB.candidates().tier(ejected)).isEqualTo(4);
        assertThat(ofB.candidates().tier(GOLDEN.get(1))).isEqualTo(1);
    }

    @Test
    void aZoneThatIsEjectedAsAWholeLeavesItsRequestsToTheRest() {
        Acceptance part = each -> each.host().equals("b") ? 0 : 1;
        Candidates before = Candidates.of(GOLDEN).accepting(part).later(each -> part.of(each) == 0, 4);
        Zones ofB = Zones.of(before, GOLDEN, settings("b"), CALLERS, Endpoint::weight, null);
        // of four, a has three and two thirds of the callers: 1/12 to spare; c has 1/4
        assertThat(picks(ofB, 4_000)).isEqualTo(Map.of("a", 1_000, "c", 3_000));
    }

    @Test
    void aZoneThatVanishesAndReturnsIsLeftAndFoundAgain() {
        HostSet left = GOLDEN.filter(each -> !each.host().equals("b"));
        ZoneSettings few = new ZoneSettings(Mode.BALANCED, "b", "zone", Map.of(), 1);
        Zones without = Zones.of(Candidates.of(left), left, few, CALLERS, Endpoint::weight, null);
        assertThat(picks(without, 4_000)).isEqualTo(Map.of("a", 1_000, "c", 3_000));
        assertThat(picks(zones(GOLDEN, "b", CALLERS, Endpoint::weight), 100)).isEqualTo(Map.of("b", 100));
    }

    @Test
    void whoNamesNoZoneIsNeverLocal() {
        HostSet hosts = HostSet.of(IntStream.range(0, 6)
                .mapToObj(i -> i < 3 ? Endpoint.of("none", i + 1) : endpoint(i, "a", 1))
                .toList());
        Zones ofA = zones(hosts, "a", Map.of("a", 1.0, "", 1.0), Endpoint::weight);
        assertThat(ofA.state().shares()).isEqualTo(Map.of("", 0.0, "a", 1.0));
        assertThat(Zones.of(Candidates.of(hosts), hosts, settings(""), Map.of(), Endpoint::weight, null)
                        .state()
                        .because())
                .isEqualTo(Obstacle.NO_OWN_ZONE);
    }

    @Test
    void drainingHalfOfTheOwnZoneWhenLocalIsPreferredFloodsNotTheOtherHalf() {
        HostSet known = HostSet.of(IntStream.range(0, 8)
                .mapToObj(i -> endpoint(i, i % 2 == 0 ? "a" : "b", i == 0 || i == 2 ? 0 : 1))
                .toList());
        Candidates undrained = Candidates.of(known).without(each -> each.weight() == 0, Reason.DRAINED);
        ZoneSettings local = new ZoneSettings(Mode.PREFER_LOCAL, "a", "zone", Map.of(), 6);
        Zones ofA = Zones.of(undrained, known, local, Map.of(), Endpoint::weight, null);
        assertThat(picks(ofA, 10_000).get("a")).isBetween(6_990, 7_010);
    }

    @Test
    void whyZonesDoNotCount() {
        assertThat(obstacle(settings("a"), GOLDEN, CALLERS, null)).isNull();
        assertThat(obstacle(settings(" "), GOLDEN, CALLERS, null)).isEqualTo(Obstacle.NO_OWN_ZONE);
        assertThat(obstacle(settings("a"), GOLDEN, Map.of(), null)).isEqualTo(Obstacle.CALLERS_UNKNOWN);
        assertThat(obstacle(settings("d"), GOLDEN, CALLERS, null)).isEqualTo(Obstacle.CALLERS_UNKNOWN);
        assertThat(obstacle(settings("a"), GOLDEN, CALLERS, Obstacle.PANIC)).isEqualTo(Obstacle.PANIC);
        HostSet five = HostSet.of(GOLDEN.endpoints().subList(0, 5));
        assertThat(obstacle(settings("a"), five, CALLERS, null)).isEqualTo(Obstacle.TOO_FEW_ENDPOINTS);
        HostSet one = HostSet.of(
                IntStream.range(0, 6).mapToObj(i -> endpoint(i, "a", 1)).toList());
        assertThat(obstacle(settings("a"), one, CALLERS, null)).isEqualTo(Obstacle.ONE_ZONE);
        ZoneSettings local = new ZoneSettings(Mode.PREFER_LOCAL, "d", "zone", Map.of(), 6);
        assertThat(obstacle(local, GOLDEN, Map.of(), null)).isNull();
        assertThat(obstacle(ZoneSettings.DEFAULTS, GOLDEN, Map.of(), Obstacle.PANIC))
                .isNull();
    }

    private static @Nullable Obstacle obstacle(
            ZoneSettings settings, HostSet hosts, Map<String, Double> callers, @Nullable Obstacle outside) {
        Candidates all = Candidates.of(hosts);
        Zones zones = Zones.of(all, hosts, settings, callers, Endpoint::weight, outside);
        boolean off = zones.state().because() != null || settings.mode() == Mode.OFF;
        assertThat(zones.candidates() == all).isEqualTo(off);
        assertThat(zones.state().inEffect()).isEqualTo(!off);
        return zones.state().because();
    }

    private static ZoneSettings settings(String own) {
        return new ZoneSettings(Mode.BALANCED, own, "zone", Map.of(), 6);
    }

    private static Zones zones(
            HostSet hosts, String own, Map<String, Double> callers, ToDoubleFunction<Endpoint> weight) {
        ZoneSettings settings = new ZoneSettings(Mode.BALANCED, own, "zone", Map.of(), 1);
        return Zones.of(Candidates.of(hosts), hosts, settings, callers, weight, null);
    }

    private static Endpoint endpoint(int number, String zone, int weight) {
        return Endpoint.of("host-" + number, 8080).withWeight(weight).withMetadata(Map.of("zone", zone));
    }

    private static Map<String, Integer> picks(Zones zones, int picks) {
        Picker picker = picker("weighted", zones.candidates(), 1);
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < picks; i++) {
            counts.merge(pick(picker, Set.of()).zone().orElse(""), 1, Integer::sum);
        }
        return counts;
    }

    private static Endpoint pick(Picker picker, Set<Endpoint> tried) {
        return Objects.requireNonNull(
                picker.pick(tried.isEmpty() ? PickContext.NONE : new PickContext(null, Set.copyOf(tried))));
    }

    private static Picker picker(String strategy, Candidates candidates, long seed) {
        StrategyContext context = new StrategyContext("orders", new Random(seed), System::nanoTime, EndpointLoads.NONE);
        StrategyCatalogue catalogue = new StrategyCatalogue(List.of());
        return TieredPicker.of(candidates, tier -> catalogue.create(strategy, StrategySettings.DEFAULTS, context));
    }

    private static Map<String, Double> normal(Map<String, Double> weights) {
        double sum = weights.values().stream().mapToDouble(Double::doubleValue).sum();
        Map<String, Double> normal = new TreeMap<>(weights);
        normal.replaceAll((zone, weight) -> weight / sum);
        return normal;
    }
}

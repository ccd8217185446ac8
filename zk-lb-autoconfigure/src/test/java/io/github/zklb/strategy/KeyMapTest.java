package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of a picker is what the picker does. */
class KeyMapTest {

    private static final int KEYS = 40_000;

    /** Five standard deviations of a part of so many keys. */
    private static final double CHANCE = 5 * 0.5 / Math.sqrt(KEYS);

    private static Picker picker(Algorithm algorithm, HostSet hosts, Acceptance acceptance) {
        StrategySettings settings =
                Fleets.unlimited(new ConsistentHashSettings(algorithm, 160, 4_096, null, Identity.ADDRESS, "weighted"));
        return Fleets.strategy("consistent-hash", settings, 1).newPicker(hosts, acceptance);
    }

    private static KeyMap map(Algorithm algorithm, HostSet hosts, Acceptance acceptance) {
        return Objects.requireNonNull(KeyMap.of(picker(algorithm, hosts, acceptance)));
    }

    /** A third takes nothing, a third a part. */
    private static Acceptance thirds(HostSet hosts) {
        return endpoint -> Math.floorMod(hosts.endpoints().indexOf(endpoint), 3) / 2.0
                + (hosts.get(0).equals(endpoint) ? 1 : 0);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void theHashOfAKeyStandsForTheKey(Algorithm algorithm) {
        HostSet hosts = Fleets.ofWeights(1, 2, 3, 1, 2, 3);
        Picker picker = picker(algorithm, hosts, thirds(hosts));
        KeyMap map = Objects.requireNonNull(KeyMap.of(picker));
        for (int i = 0; i < 1_000; i++) {
            String key = "key-" + i;
            Set<Endpoint> tried = i % 2 == 0 ? Set.of() : Set.of(hosts.get(i % 6));
            assertThat(map.pick(KeyMap.hash(key), tried)).isEqualTo(picker.pick(new PickContext(key, tried)));
        }
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void everyKeyIsInItsSectorAndInOneArc(Algorithm algorithm) {
        HostSet hosts = Fleets.ofWeights(1, 2, 3, 1);
        Picker picker = picker(algorithm, hosts, Acceptance.FULL);
        KeyMap map = Objects.requireNonNull(KeyMap.of(picker));
        List<KeyMap.Arc> arcs = map.arcs(1 << 20);
        assertThat(map.isAggregated(1 << 20)).isFalse();
        assertThat(arcs.get(0).from()).isZero();
        assertThat(arcs.get(arcs.size() - 1).to()).isEqualTo(1);
        for (int i = 1; i < arcs.size(); i++) {
            assertThat(arcs.get(i).from()).isEqualTo(arcs.get(i - 1).to());
        }
        for (int i = 0; i < 2_000; i++) {
            String key = "key-" + i;
            long hash = KeyMap.hash(key);
            double at = (hash >>> 11) * 0x1p-53;
            String owner =
                    Objects.requireNonNull(picker.pick(PickContext.ofKey(key))).address();
            KeyMap.Sector sector = map.sector(hash);
            assertThat(sector.owner()).isEqualTo(owner);
            boolean inside = sector.from() < sector.to()
                    ? at >= sector.from() && at <= sector.to()
                    : at >= sector.from() || at <= sector.to();
            assertThat(inside).as("%s in %s", at, sector).isTrue();
            assertThat(sector.share()).isBetween(0.0, 1.0);
            assertThat(arcs)
                    .anyMatch(arc ->
                            at >= arc.from() && at <= arc.to() && arc.address().equals(owner));
        }
    }

    @Test
    void manyArcsAreToldByWhoHasMostOfEachPart() {
        KeyMap map = map(Algorithm.RING, Fleets.ofWeights(1, 1000), Acceptance.FULL);
        List<KeyMap.Arc> parts = map.arcs(100);
        assertThat(map.isAggregated(100)).isTrue();
        assertThat(parts).hasSize(100);
        assertThat(parts.get(0).from()).isZero();
        assertThat(parts.get(99).to()).isEqualTo(1);
        assertThat(parts.stream().filter(part -> part.address().equals("10.0.0.2:8080")))
                .hasSizeGreaterThan(90);
    }

    /** As the arcs say of which each part is made. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void aPartOfTheCircleIsToldToBelongToWhoHasMostOfIt(Algorithm algorithm) {
        KeyMap map = map(algorithm, Fleets.ofWeights(1, 2, 3), Acceptance.FULL);
        List<KeyMap.Arc> arcs = map.arcs(1 << 20);
        for (int most : new int[] {1, 7, 100}) {
            List<KeyMap.Arc> parts = map.arcs(most);
            assertThat(parts).hasSize(most);
            for (int i = 0; i < most; i++) {
                KeyMap.Arc part = parts.get(i);
                assertThat(part.from()).isEqualTo((double) i / most);
                assertThat(part.to()).isEqualTo((i + 1.0) / most);
                Map<String, Double> held = new HashMap<>();
                arcs.forEach(arc -> held.merge(
                        arc.address(),
                        Math.max(0, Math.min(arc.to(), part.to()) - Math.max(arc.from(), part.from())),
                        Double::sum));
                assertThat(held.getOrDefault(part.address(), 0.0))
                        .isCloseTo(Collections.max(held.values()), within(1e-9));
            }
        }
    }

    @Test
    void arcsAreToldOneByOneAsLongAsTheOneBeyondTheEndFitsInToo() {
        KeyMap map = map(Algorithm.RING, Fleets.ofWeights(1, 2, 3), Acceptance.FULL);
        assertThat(map.isAggregated(map.points())).isTrue();
        assertThat(map.arcs(map.points())).hasSize(map.points());
        assertThat(map.isAggregated(map.points() + 1)).isFalse();
        assertThat(map.arcs(map.points() + 1)).hasSize(map.points() + 1);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void theSectorsAreTheArcsButForTheOneBeyondTheEnd(Algorithm algorithm) {
        KeyMap map = map(algorithm, Fleets.ofWeights(1, 2, 3), Acceptance.FULL);
        double all = 0;
        Set<Double> ends = new HashSet<>();
        for (KeyMap.Arc arc : map.arcs(1 << 20)) {
            KeyMap.Sector sector = map.sector((long) ((arc.from() + arc.to()) / 2 * 0x1p53) << 11);
            assertThat(sector.owner()).isEqualTo(arc.address());
            assertThat(arc.to()).isIn(sector.to(), 1.0);
            assertThat(arc.from()).isIn(sector.from() % 1, 0.0);
            all += ends.add(sector.to()) ? sector.share() : 0;
        }
        assertThat(ends).hasSize(map.points());
        assertThat(all).isCloseTo(1, within(1e-9));
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void oneEndpointHasTheWholeCircle(Algorithm algorithm) {
        KeyMap map = map(algorithm, Fleets.ofWeights(1), Acceptance.FULL);
        assertThat(map.shares())
                .hasSize(1)
                .allSatisfy((address, share) -> assertThat(share).isEqualTo(1, within(1e-9)));
        assertThat(map.arcs(1).get(0)).isEqualTo(new KeyMap.Arc(0, 1, "10.0.0.1:8080"));
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void theSharesAreThoseOfTheKeys(Algorithm algorithm) {
        HostSet hosts = Fleets.ofWeights(1, 2, 3, 4, 1, 2, 3, 4);
        for (Acceptance acceptance : List.of(Acceptance.FULL, thirds(hosts))) {
            Picker picker = picker(algorithm, hosts, acceptance);
            Map<String, Double> counted = new HashMap<>();
            for (int i = 0; i < KEYS; i++) {
                Endpoint picked = Objects.requireNonNull(picker.pick(PickContext.ofKey("key-" + i)));
                counted.merge(picked.address(), 1.0 / KEYS, Double::sum);
            }
            Map<String, Double> shares =
                    Objects.requireNonNull(KeyMap.of(picker)).shares();
            assertThat(shares.values().stream().mapToDouble(Double::doubleValue).sum())
                    .isEqualTo(1, within(1e-9));
            assertThat(shares)
                    .allSatisfy((address, share) ->
                            assertThat(share).isEqualTo(counted.getOrDefault(address, 0.0), within(CHANCE)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theMovesAreThoseOfTheKeys(long seed) {
        Random random = new Random(seed);
        Algorithm[] algorithms = Algorithm.values();
        HostSet before = Fleets.random(random, 2 + random.nextInt(10));
        HostSet after = Fleets.with(
                random.nextBoolean() ? before : Fleets.without(before, before.get(0)), Fleets.endpoint(77, 1));
        Acceptance acceptance = random.nextBoolean() ? Acceptance.FULL : thirds(before);
        Picker was = picker(algorithms[random.nextInt(3)], before, acceptance);
        Picker is = picker(algorithms[random.nextInt(3)], after, acceptance);
        Map<KeyMap.Move, Double> counted = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            String from = Objects.requireNonNull(was.pick(PickContext.ofKey("key-" + i)))
                    .address();
            String to = Objects.requireNonNull(is.pick(PickContext.ofKey("key-" + i)))
                    .address();
            if (!from.equals(to)) {
                counted.merge(new KeyMap.Move(from, to), 1.0 / KEYS, Double::sum);
            }
        }
        KeyMap.Moves moves = Objects.requireNonNull(KeyMap.of(is)).since(Objects.requireNonNull(KeyMap.of(was)));
        assertThat(moves.moved())
                .isEqualTo(
                        counted.values().stream()
                                .mapToDouble(Double::doubleValue)
                                .sum(),
                        within(CHANCE));
        moves.between()
                .forEach((move, part) -> assertThat(part).isEqualTo(counted.getOrDefault(move, 0.0), within(CHANCE)));
        assertThat(moves.between().keySet())
                .containsAll(counted.keySet().stream()
                        .filter(move -> counted.getOrDefault(move, 0.0) > CHANCE)
                        .toList());
    }

    @Test
    void nothingMovesWhereNothingChanges() {
        HostSet hosts = Fleets.ofWeights(1, 2, 3);
        KeyMap map = map(Algorithm.RING, hosts, Acceptance.FULL);
        assertThat(map.since(map(Algorithm.RING, hosts, Acceptance.FULL)))
                .isEqualTo(new KeyMap.Moves(0, true, Map.of()));
        assertThat(map.since(map(Algorithm.RING, hosts, endpoint -> endpoint.weight() / 3))
                        .exact())
                .isFalse();
    }

    /** As those do that would get it next if the ones before had been tried. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void whoDoesNotAcceptAKeyPassesItOnAlongTheSequence(Algorithm algorithm) {
        HostSet hosts = Fleets.equal(8);
        KeyMap all = map(algorithm, hosts, Acceptance.FULL);
        KeyMap half = map(algorithm, hosts, endpoint -> hosts.endpoints().indexOf(endpoint) % 2);
        for (int i = 0; i < 500; i++) {
            long hash = KeyMap.hash("key-" + i);
            Set<Endpoint> tried = i % 2 == 0 ? Set.of() : Set.of(hosts.get(i % 8), hosts.get((i + 3) % 8));
            Endpoint picked = half.pick(hash, tried);
            Map<Endpoint, KeyMap.Passed> expected = new LinkedHashMap<>();
            Set<Endpoint> before = new HashSet<>(tried);
            for (Endpoint next = all.pick(hash, before); !next.equals(picked); next = all.pick(hash, before)) {
                expected.put(next, KeyMap.Passed.NOT_ACCEPTED);
                before.add(next);
            }
            assertThat(half.passed(hash, picked, tried)).containsExactlyEntriesOf(expected);
        }
    }

    private static KeyMap map(@Nullable Double bound, int replicas, CallLoads loads) {
        ConsistentHashSettings settings =
                new ConsistentHashSettings(Algorithm.RING, 160, null, bound, replicas, Identity.ADDRESS, "weighted");
        StrategyContext context = new StrategyContext("orders", new Random(1), () -> 0, loads);
        Strategy strategy =
                new StrategyCatalogue(List.of()).create("consistent-hash", Fleets.unlimited(settings), context);
        return Objects.requireNonNull(KeyMap.of(strategy.newPicker(Fleets.equal(4))));
    }

    private static void start(CallLoads loads, Endpoint endpoint, int times) {
        IntStream.range(0, times).forEach(i -> loads.of(endpoint).start());
    }

    @Test
    void whoIsBusierThanTheOtherOfAKeysTwoEndpointsSaysSo() {
        CallLoads loads = new CallLoads(() -> 0, () -> LoadSettings.DEFAULTS);
        KeyMap map = map(null, 2, loads);
        long hash = KeyMap.hash("a");
        Endpoint owner = map.pick(hash, Set.of());
        assertThat(map.passed(hash, owner, Set.of())).isEmpty();
        start(loads, owner, 1);
        Endpoint second = map.pick(hash, Set.of());
        assertThat(second).isNotEqualTo(owner);
        assertThat(map.passed(hash, second, Set.of())).isEqualTo(Map.of(owner, KeyMap.Passed.BUSIER));
        assertThat(map.passed(hash, second, Set.of(owner))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whoHasAsManyRequestsAsItMaySaysSo(int replicas) {
        KeyMap.Passed before = replicas == 1 ? KeyMap.Passed.FULL : KeyMap.Passed.BUSIER;
        CallLoads loads = new CallLoads(() -> 0, () -> LoadSettings.DEFAULTS);
        KeyMap map = map(1.0, replicas, loads);
        long hash = KeyMap.hash("a");
        Endpoint owner = map.pick(hash, Set.of());
        Endpoint second = map.pick(hash, Set.of(owner));
        start(loads, owner, 3); // the first one takes over what the pick has reserved
        assertThat(map.passed(hash, second, Set.of())).isEqualTo(Map.of(owner, before));
        start(loads, owner, 1); // any endpoint may have four
        assertThat(map.passed(hash, second, Set.of())).isEqualTo(Map.of(owner, KeyMap.Passed.FULL));
        Fleets.equal(4)
                .endpoints()
                .forEach(each -> start(loads, each, 40 - loads.of(each).inFlight() + (each.equals(second) ? 1 : 0)));
        assertThat(map.passed(hash, second, Set.of())).isEqualTo(Map.of(owner, before));
        start(loads, owner, 1); // 41 of 161, and one more
        assertThat(map.passed(hash, second, Set.of())).isEqualTo(Map.of(owner, KeyMap.Passed.FULL));
    }

    @Test
    void aSlotEndsAtTheFirstHashOfTheNext() {
        KeyTable.Slots table = new KeyTable.Slots(new int[2 * 1_009], 1_009, 2);
        assertThat(table.arcs()).isEqualTo(1_009);
        for (int arc = 0; arc < 1_008; arc++) {
            long border = (long) (table.end(arc) * 0x1p32) << 32;
            assertThat(table.find(border)).isEqualTo(2 * (arc + 1));
            assertThat(table.find(border - 1)).isEqualTo(2 * arc);
        }
        assertThat(table.end(1_008)).isEqualTo(1);
    }
}

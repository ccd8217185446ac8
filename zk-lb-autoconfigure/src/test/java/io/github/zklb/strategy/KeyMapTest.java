package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
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
}

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Balance of the algorithms that map keys to endpoints; {@link MovedKeysTest} has their disruption. */
class KeyTablesTest {

    private static final List<String> KEYS =
            IntStream.range(0, 5_000).mapToObj(i -> "key-" + i).toList();

    @ParameterizedTest
    @CsvSource({"RING, 1.35", "MAGLEV, 1.05", "RENDEZVOUS, 1.15"})
    void aHundredEqualEndpointsAreBalanced(Algorithm algorithm, double limit) {
        Picker picker = Fleets.consistentHash(algorithm).newPicker(Fleets.equal(100));
        Map<Endpoint, Long> counts = IntStream.range(0, 1_000_000)
                .mapToObj(i -> owner(picker, "key-" + i))
                .collect(Collectors.groupingBy(endpoint -> endpoint, IdentityHashMap::new, Collectors.counting()));
        assertThat(counts).hasSize(100);
        assertThat(Collections.max(counts.values()) / 10_000.0).isLessThan(limit);
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "RENDEZVOUS"})
    void aTriedOwnersKeyGoesWhereItGoesWithoutTheOwner(Algorithm algorithm) {
        HostSet hosts = Fleets.ofWeights(3, 3, 3, 3, 3, 3, 3);
        Strategy strategy = Fleets.consistentHash(algorithm);
        Picker all = strategy.newPicker(hosts);
        for (Endpoint removed : hosts.endpoints()) {
            Picker others = strategy.newPicker(Fleets.without(hosts, removed));
            KEYS.stream()
                    .filter(key -> owner(all, key).equals(removed))
                    .forEach(key -> assertThat(all.pick(new PickContext(key, Set.of(removed))))
                            .isEqualTo(owner(others, key)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void aTableMadeFromTheLastOneEqualsOneMadeAfresh(long seed) {
        Random random = new Random(seed);
        HostSet hosts = Fleets.random(random, 1 + random.nextInt(20));
        Ring ring = Fleets.ring(Fleets.candidates(hosts), 20);
        Rendezvous rendezvous = Rendezvous.of(Fleets.candidates(hosts), 1_009);
        for (int change = 0; change < 20; change++) {
            hosts = changed(hosts, random);
            WeightedEndpoints candidates = Fleets.candidates(hosts);
            ring = ring.next(candidates, Ring.counts(candidates, 20, Ring.MAX_POINTS));
            rendezvous = rendezvous.next(candidates, change == 10 ? 2_003 : 1_009);
            rendezvous = change == 10 ? rendezvous.next(candidates, 1_009) : rendezvous;
            assertThat(places(ring)).isEqualTo(places(Fleets.ring(candidates, 20)));
            assertThat(places(rendezvous.table()))
                    .as("seed %d, change %d", seed, change)
                    .isEqualTo(places(Rendezvous.of(candidates, 1_009).table()));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void slotsAreInProportionToWeight(long seed) {
        Random random = new Random(seed);
        HostSet hosts = Fleets.random(random, 2 + random.nextInt(60));
        WeightedEndpoints candidates = Fleets.candidates(hosts);
        long[] weights = candidates.weights();
        double total = LongStream.of(weights).sum();
        long[] maglev = owned(Maglev.table(candidates, 65_537), weights.length, 1);
        long[] rendezvous = owned(Rendezvous.of(candidates, 65_537).table(), weights.length, 2);
        for (int i = 0; i < weights.length; i++) {
            double ideal = 65_537 * (weights[i] / total);
            assertThat(maglev[i]).isBetween((long) (ideal * 0.99 - 2), (long) (ideal * 1.01 + 2));
            double deviation = Math.sqrt(ideal * (1 - weights[i] / total));
            assertThat((double) rendezvous[i])
                    .as("seed %d", seed)
                    .isBetween(ideal - 5 * deviation - 3, ideal + 5 * deviation + 3);
        }
    }

    @Test
    void weightsMayBeAsFarApartAsTheyCan() {
        for (int[] weights : new int[][] {{1_000_000, 1}, {1, 1_000_000, 1, 1_000_000, 1}, {1_000_000, 1_000, 1, 1}}) {
            HostSet hosts = Fleets.ofWeights(weights);
            HostSet small = hosts.filter(e -> e.weight() == 1);
            Rendezvous fresh = Rendezvous.of(Fleets.candidates(hosts), 1_009);
            Rendezvous grown = Rendezvous.of(Fleets.candidates(small), 1_009).next(Fleets.candidates(hosts), 1_009);
            assertThat(places(grown.table())).isEqualTo(places(fresh.table()));
            assertThat(owned(Maglev.table(Fleets.candidates(hosts), 1_009), weights.length, 1))
                    .doesNotContain(0);
        }
    }

    @Test
    void moreEndpointsThanSlotsStillGetATable() {
        long[] owned = owned(Maglev.table(Fleets.candidates(Fleets.equal(1_500)), 1_009), 1_500, 1);
        assertThat(LongStream.of(owned).max()).hasValue(1);
    }

    /** Figure 12 of the Maglev paper: the larger table changes less, and both little more than has to. */
    @Test
    void theDisruptionOfMaglevIsThatOfThePaper() {
        HostSet thousand = Fleets.equal(1_000);
        for (int failed : new int[] {1, 5, 10, 20}) {
            HostSet rest = HostSet.of(thousand.endpoints().subList(failed, 1_000));
            double small = changed(thousand, rest, 65_537);
            double large = changed(thousand, rest, 655_373);
            assertThat(large).isLessThan(small).isBetween(failed / 1_000.0, failed / 1_000.0 + 0.02);
            assertThat(small).isLessThan(failed / 1_000.0 + 0.06);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 65537",
        "655, 65537",
        "656, 131101",
        "1310, 131101",
        "1311, 262147",
        "2621, 524309",
        "5241, 1048583",
        "100000, 1048583"
    })
    void theTableGrowsWithTheFleet(int endpoints, int slots) {
        assertThat(KeyTable.slots(endpoints, null)).isEqualTo(slots);
    }

    private static HostSet changed(HostSet hosts, Random random) {
        Endpoint any = hosts.get(random.nextInt(hosts.size()));
        return switch (hosts.size() == 1 ? 2 : random.nextInt(4)) {
            case 0 -> Fleets.without(hosts, any);
            case 1 -> hosts.filter(e -> random.nextBoolean() || e.equals(any));
            case 2 -> Fleets.with(hosts, Fleets.endpoint(random.nextInt(1_000), 1 + random.nextInt(1_000)));
            default -> Fleets.with(hosts, any.withWeight(1 + random.nextInt(1_000)));
        };
    }

    /** The part of the slots whose owner is another one. */
    private static double changed(HostSet before, HostSet after, int slots) {
        WeightedEndpoints was = Fleets.candidates(before);
        WeightedEndpoints is = Fleets.candidates(after);
        KeyTable wasTable = Maglev.table(was, slots);
        KeyTable isTable = Maglev.table(is, slots);
        Endpoint[] wasOwners = was.endpoints();
        Endpoint[] isOwners = is.endpoints();
        return IntStream.range(0, slots)
                        .filter(slot -> wasOwners[wasTable.owner(slot)] != isOwners[isTable.owner(slot)])
                        .count()
                / (double) slots;
    }

    private static int[] places(KeyTable table) {
        return IntStream.range(0, table.size()).map(table::owner).toArray();
    }

    private static long[] owned(KeyTable table, int candidates, int placesPerSlot) {
        long[] counts = new long[candidates];
        for (int place = 0; place < table.size(); place += placesPerSlot) {
            counts[table.owner(place)]++;
        }
        return counts;
    }

    private static Endpoint owner(Picker picker, String key) {
        return Objects.requireNonNull(picker.pick(PickContext.ofKey(key)));
    }
}

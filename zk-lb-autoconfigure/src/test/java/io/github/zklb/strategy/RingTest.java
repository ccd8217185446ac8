package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RingTest {

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void aKeyBelongsToTheFirstVirtualNodeAtOrAfterItsHash(long seed) {
        Random random = new Random(seed);
        WeightedEndpoints candidates = Fleets.candidates(Fleets.equal(1 + random.nextInt(20)));
        int virtualNodes = 1 + random.nextInt(10);
        Ring ring = Fleets.ring(candidates, virtualNodes);
        long[] seeds = candidates.seeds();
        record Point(long hash, int owner) {}
        Point[] points = IntStream.range(0, seeds.length * virtualNodes)
                .mapToObj(i -> new Point(Hashing.ofIndex(seeds[i / virtualNodes], i % virtualNodes), i / virtualNodes))
                .sorted((a, b) -> Long.compareUnsigned(a.hash(), b.hash()))
                .toArray(Point[]::new);
        for (int i = 0; i < 2_000; i++) {
            long near = points[random.nextInt(points.length)].hash() + random.nextInt(-1, 2);
            long hash = i % 2 == 0 ? random.nextLong() : near;
            int owner = Arrays.stream(points)
                    .filter(point -> Long.compareUnsigned(point.hash(), hash) >= 0)
                    .findFirst()
                    .orElse(points[0])
                    .owner();
            assertThat(ring.owner(ring.find(hash))).isEqualTo(owner);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void equalEndpointsOfUnitWeightHaveTheVirtualNodesTheyWereGiven(int size) {
        assertThat(Fleets.ring(Fleets.candidates(Fleets.equal(size)), 160).size())
                .isEqualTo(160 * size);
    }

    @Test
    void virtualNodesAreInProportionToWeight() {
        Ring ring = Fleets.ring(Fleets.candidates(Fleets.ofWeights(1, 2, 3, 4, 6)), 160); // median 3, unit 1
        long[] counts = new long[5];
        IntStream.range(0, ring.size()).forEach(place -> counts[ring.owner(place)]++);
        assertThat(counts).containsExactlyInAnyOrder(160, 320, 480, 640, 960);
    }

    @Test
    void memoryIsBoundedHoweverFarTheWeightsAreApart() {
        int[] weights = IntStream.generate(() -> 1).limit(10_000).toArray();
        weights[17] = Endpoint.MAX_WEIGHT;
        assertThat(Fleets.ring(Fleets.candidates(Fleets.ofWeights(weights)), 160)
                        .size())
                .isLessThan(Ring.MAX_POINTS);
        assertThat(Fleets.ring(Fleets.candidates(Fleets.equal(10_000)), 4_096).size())
                .isLessThan(Ring.MAX_POINTS);
    }

    /** So many lists of so many endpoints as a client may have, with everything a hundred times smaller. */
    @Test
    void theRingsOfAClientHaveABoundTogetherAndAllServe() {
        Ring.Budget budget = new Ring.Budget(Ring.Budget.MOST / 100);
        HostSet hosts = Fleets.equal(100);
        List<Strategy> strategies = Stream.generate(() -> new ConsistentHashStrategy(
                        () -> Fleets.settings(Algorithm.RING), name -> none -> pick -> null, Fleets.context(1), budget))
                .limit(64)
                .map(Strategy.class::cast)
                .toList();
        WeightedEndpoints candidates = Fleets.candidates(hosts);
        int wanted = Fleets.ring(candidates, 160).size();
        long points = 0;
        for (Strategy strategy : strategies) {
            int granted = budget.grant(strategy, wanted);
            long[] counts = Ring.counts(candidates, 160, granted);
            assertThat(Arrays.stream(counts).min().orElseThrow()).isPositive();
            points += Arrays.stream(counts).sum();
            Picker picker = strategy.newPicker(hosts);
            assertThat(IntStream.range(0, 5_000).mapToObj(i -> picker.pick(PickContext.ofKey("key-" + i))))
                    .doesNotContainNull();
        }
        assertThat(points).isBetween(Ring.Budget.MOST / 200L, Ring.Budget.MOST / 100 + 64 * 100L);
        assertThat(budget.isShort()).isTrue();
    }

    @Test
    void aRingKeepsWhatItGotAndAGoneOneGivesItBack() {
        Ring.Budget budget = new Ring.Budget(1_000);
        Object first = new Object();
        Object second = new Object();
        assertThat(budget.grant(first, 400)).isEqualTo(400);
        assertThat(budget.grant(second, 400)).isEqualTo(300);
        assertThat(budget.grant(first, 400)).isEqualTo(400);
        assertThat(budget.grant(first, 100)).isEqualTo(100);
        assertThat(budget.isShort()).isFalse();
        assertThat(budget.grant(second, 900)).isEqualTo(450);
        assertThat(budget.grant(new Object(), 2_000)).isBetween(225, 450);
        assertThat(budget.isShort()).isTrue();
    }

    @Test
    void whatBeginsAsAPointDoesIsToldApartByTheRestOfTheHash() {
        WeightedEndpoints candidates = Fleets.candidates(Fleets.equal(3));
        Ring ring = Fleets.ring(candidates, 10);
        for (int owner = 0; owner < 3; owner++) {
            for (int i = 0; i < 10; i++) {
                long hash = Hashing.ofIndex(candidates.seeds()[owner], i);
                int place = ring.find(hash);
                assertThat(ring.owner(place)).isEqualTo(owner);
                assertThat(ring.find(hash - 1)).isEqualTo(place);
                assertThat(ring.find(hash + 1)).isEqualTo((place + 1) % ring.size());
            }
        }
    }

    @Test
    void everyEndpointHasAtLeastOneVirtualNode() {
        Ring ring = Fleets.ring(Fleets.candidates(Fleets.ofWeights(1, 1_000_000)), 1);
        assertThat(IntStream.range(0, ring.size()).map(ring::owner).distinct().count())
                .isEqualTo(2);
    }
}

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
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
        Ring ring = Ring.of(candidates, virtualNodes);
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
        assertThat(Ring.of(Fleets.candidates(Fleets.equal(size)), 160).size()).isEqualTo(160 * size);
    }

    @Test
    void virtualNodesAreInProportionToWeight() {
        Ring ring = Ring.of(Fleets.candidates(Fleets.ofWeights(1, 2, 3, 4, 6)), 160); // median 3, unit 1
        long[] counts = new long[5];
        IntStream.range(0, ring.size()).forEach(place -> counts[ring.owner(place)]++);
        assertThat(counts).containsExactlyInAnyOrder(160, 320, 480, 640, 960);
    }

    @Test
    void memoryIsBoundedHoweverFarTheWeightsAreApart() {
        int[] weights = IntStream.generate(() -> 1).limit(10_000).toArray();
        weights[17] = Endpoint.MAX_WEIGHT;
        assertThat(Ring.of(Fleets.candidates(Fleets.ofWeights(weights)), 160).size())
                .isLessThan(Ring.MAX_POINTS);
        assertThat(Ring.of(Fleets.candidates(Fleets.equal(10_000)), 4_096).size())
                .isLessThan(Ring.MAX_POINTS);
    }

    @Test
    void everyEndpointHasAtLeastOneVirtualNode() {
        Ring ring = Ring.of(Fleets.candidates(Fleets.ofWeights(1, 1_000_000)), 1);
        assertThat(IntStream.range(0, ring.size()).map(ring::owner).distinct().count())
                .isEqualTo(2);
    }
}

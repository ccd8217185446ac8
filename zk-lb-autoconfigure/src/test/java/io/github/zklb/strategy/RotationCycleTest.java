package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weighted rotation gives each endpoint exactly its weight in every cycle. */
class RotationCycleTest {

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void theRatiosAreExactOverACycleWhereverItBegins(long seed) {
        Random random = new Random(seed);
        int maximum = random.nextBoolean() ? 20 : 5_000;
        HostSet hosts = Fleets.ofWeights(IntStream.generate(() -> 1 + random.nextInt(maximum))
                .limit(1 + random.nextInt(60))
                .toArray());
        Picker picker = Fleets.strategy("weighted", seed).newPicker(hosts);
        int cycle =
                (int) hosts.endpoints().stream().mapToDouble(Endpoint::weight).sum();
        for (int i = 0; i < 2; i++) {
            Map<Endpoint, Long> counts = Fleets.count(picker, cycle);
            hosts.endpoints().forEach(e -> assertThat(counts.get(e)).isEqualTo((long) e.weight()));
        }
    }

    /** The weights are multiples of a number that keeps the cycle below 200,000 picks. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void theRatiosOfLargeFleetsAndWeightsAreExactOverACycle(long seed) {
        Random random = new Random(seed);
        int size = Fleets.spread(random, 10_000);
        int multiple = 5 * Math.max(size, Fleets.spread(random, 1_000));
        int[] weights = IntStream.generate(() -> multiple * Fleets.spread(random, Endpoint.MAX_WEIGHT / multiple))
                .limit(size)
                .toArray();
        assertExactOverACycle(Fleets.ofWeights(weights), seed);
    }

    @Test
    void aLongCycleOfTenThousandEndpointsIsExact() {
        Random random = new Random(11);
        assertExactOverACycle(
                Fleets.ofWeights(IntStream.generate(() -> 1_000_000 - 10_000 * random.nextInt(3))
                        .limit(10_000)
                        .toArray()),
                11);
    }

    /** Whatever arithmetic that takes: the owner of a pick is always as many endpoints after the last one's, or one more. */
    @ParameterizedTest
    @ValueSource(longs = {1L << 20, 1L << 30, 1L << 31, 1L << 32, 1L << 40, (1L << 44) - 1_000})
    void everyPickIsOneStrideOfTheGoldenRatioAfterTheLastOne(long length) {
        long[] weights = new long[1_000];
        Arrays.fill(weights, length / weights.length);
        long cycle = Arrays.stream(weights).sum();
        AtomicLong cursor = new AtomicLong(new Random(length).nextLong(1L << 48));
        IntSupplier draw = new StrideRotation(weights, cycle, cursor);
        int last = draw.getAsInt();
        for (int i = 0; i < 10_000; i++) {
            int next = draw.getAsInt();
            assertThat(Math.floorMod(next - last, weights.length)).isBetween(617, 619);
            last = next;
        }
    }

    /** The arithmetic is another one from there on. Takes minutes: only with a hundred seeds and more. */
    @Test
    @EnabledIfSystemProperty(named = "zklb.seeds", matches = "\\d{3,}")
    void aCycleOfMoreThanTwoToTheThirtyFirstIsExact() {
        Random random = new Random(13);
        long[] weights = random.longs(3_000, 500_000, 1_000_001).toArray();
        long cycle = Arrays.stream(weights).sum();
        assertThat(cycle).isGreaterThan(1L << 31);
        IntSupplier draw = new StrideRotation(weights, cycle, new AtomicLong(random.nextLong(1L << 48)));
        long[] counts = new long[weights.length];
        for (long i = 0; i < cycle; i++) {
            counts[draw.getAsInt()]++;
        }
        assertThat(counts).isEqualTo(weights);
    }

    @Test
    void theCycleIsInLowestTerms() {
        HostSet hosts = Fleets.ofWeights(500_000, 300_000, 200_000);
        assertThat(Fleets.count(Fleets.strategy("weighted", 1).newPicker(hosts), 10))
                .isEqualTo(Map.of(hosts.get(0), 5L, hosts.get(1), 3L, hosts.get(2), 2L));
    }

    /** Exact only over its cycle of 10^10 picks; at any moment before, no endpoint is far from its share. */
    @Test
    void hugeWeightsAndManyEndpointsStayInProportion() {
        Random random = new Random(11);
        HostSet hosts = Fleets.ofWeights(IntStream.generate(() -> 1_000_000 - random.nextInt(3))
                .limit(10_000)
                .toArray());
        Map<Endpoint, Long> counts =
                Fleets.count(Fleets.strategy("weighted", 11).newPicker(hosts), 1_000_000);
        hosts.endpoints().forEach(e -> assertThat(counts.get(e)).isCloseTo(100L, within(3L)));
    }

    @Test
    void oneHugeWeightAmongManySmallOnesLeavesThemTheirShare() {
        int[] weights = IntStream.generate(() -> 1).limit(10_000).toArray();
        weights[5_000] = 1_000_000;
        HostSet hosts = Fleets.ofWeights(weights);
        Map<Endpoint, Long> counts =
                Fleets.count(Fleets.strategy("weighted", 12).newPicker(hosts), 1_009_999);
        assertThat(counts).hasSize(10_000).containsEntry(Fleets.endpoint(5_000, 1_000_000), 1_000_000L);
    }

    @Test
    void theRatiosAreExactAcrossThreads() throws Exception {
        HostSet hosts = Fleets.ofWeights(5, 3, 2, 1, 1);
        Picker picker = Fleets.strategy("weighted", 9).newPicker(hosts);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<Map<Endpoint, Long>> picks = () -> Fleets.count(picker, 12_000);
            long[] totals = new long[5];
            for (Future<Map<Endpoint, Long>> counts : threads.invokeAll(List.of(picks, picks, picks, picks))) {
                counts.get().forEach((e, count) -> totals[hosts.endpoints().indexOf(e)] += count);
            }
            assertThat(totals).containsExactly(20_000, 12_000, 8_000, 4_000, 4_000);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void assertExactOverACycle(HostSet hosts, long seed) {
        int divisor = hosts.endpoints().stream()
                .mapToInt(endpoint -> (int) endpoint.weight())
                .reduce(0, RotationCycleTest::commonDivisor);
        int cycle = hosts.endpoints().stream()
                .mapToInt(endpoint -> (int) endpoint.weight() / divisor)
                .sum();
        Map<Endpoint, Long> counts =
                Fleets.count(Fleets.strategy("weighted", seed).newPicker(hosts), cycle);
        hosts.endpoints().forEach(e -> assertThat(counts.get(e)).isEqualTo((long) e.weight() / divisor));
    }

    private static int commonDivisor(int a, int b) {
        return b == 0 ? a : commonDivisor(b, a % b);
    }
}

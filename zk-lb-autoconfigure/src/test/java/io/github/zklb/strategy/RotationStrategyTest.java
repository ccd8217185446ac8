package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RotationStrategyTest {

    @Test
    void equalWeightsGiveRoundRobin() {
        HostSet hosts = Fleets.ofWeights(IntStream.generate(() -> 7).limit(40).toArray());
        Picker weighted = Fleets.strategy("weighted", 3).newPicker(hosts);
        Picker roundRobin = Fleets.strategy("round-robin", 3).newPicker(hosts);
        for (int i = 0; i < 100; i++) {
            assertThat(weighted.pick(PickContext.NONE)).isEqualTo(roundRobin.pick(PickContext.NONE));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void aShortCycleIsNeverAWholePickFromTheIdeal(long seed) {
        Random random = new Random(seed);
        long[] weights = random.longs(1 + random.nextInt(30), 1, 30).toArray();
        int cycle = (int) Arrays.stream(weights).sum();
        assertThat(deviation(weights, Rotation.turns(weights, cycle))).isLessThan(1);
    }

    @Test
    void thePicksOfAHeavyEndpointAreNotBunched() {
        HostSet hosts = Fleets.ofWeights(10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        Endpoint heavy = hosts.get(0);
        Picker picker = Fleets.strategy("weighted", 1).newPicker(hosts);
        List<Boolean> turns = Stream.generate(() -> picker.pick(PickContext.NONE))
                .limit(60)
                .map(heavy::equals)
                .toList();
        for (int i = 2; i < turns.size(); i++) {
            assertThat(turns.subList(i - 2, i + 1)).contains(true).contains(false);
        }
    }

    /** Nginx' smooth weighted round robin is the yardstick; it takes O(n) a pick and a lock. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void aLongCycleIsNearlyAsSmoothAsNginx(long seed) {
        Random random = new Random(seed);
        long[] weights = random.longs(2 + random.nextInt(9), 1, 2_000).toArray();
        weights[0] = 1_009; // Prime, so that the cycle is long whatever the others are.
        int cycle = (int) Arrays.stream(weights).sum();
        IntSupplier draw = new StrideRotation(weights, cycle, new AtomicLong(random.nextLong(1L << 48)));
        int[] turns = IntStream.generate(draw).limit(cycle).toArray();
        assertThat(deviation(weights, turns))
                .as("seed %d", seed)
                .isLessThan(3.5 + deviation(weights, nginx(weights, cycle)));
    }

    @ParameterizedTest
    @MethodSource("rotations")
    void theCursorOutlivesUpdates(String name) {
        Strategy strategy = Fleets.strategy(name, 5);
        HostSet hosts = Fleets.equal(10);
        List<Endpoint> updated = Stream.generate(() -> strategy.newPicker(hosts).pick(PickContext.NONE))
                .limit(20)
                .toList();
        Picker steady = Fleets.strategy(name, 5).newPicker(hosts);
        assertThat(updated)
                .containsExactlyElementsOf(Stream.generate(() -> steady.pick(PickContext.NONE))
                        .limit(20)
                        .toList());
    }

    @Test
    void clientsStartAtDifferentEndpoints() {
        HostSet hosts = Fleets.equal(10);
        assertThat(LongStream.range(0, 40)
                        .mapToObj(seed -> Fleets.strategy("round-robin", seed)
                                .newPicker(hosts)
                                .pick(PickContext.NONE))
                        .distinct())
                .hasSizeGreaterThan(5);
    }

    static Stream<String> rotations() {
        return Stream.of("round-robin", "weighted");
    }

    /** The farthest that the count of any endpoint strays from its share at any moment of the cycle. */
    private static double deviation(long[] weights, int[] turns) {
        long[] counts = new long[weights.length];
        double worst = 0;
        for (int turn = 0; turn < turns.length; turn++) {
            counts[turns[turn]]++;
            for (int i = 0; i < counts.length; i++) {
                double ideal = (turn + 1.0) * weights[i] / turns.length;
                worst = Math.max(worst, Math.abs(counts[i] - ideal));
            }
        }
        return worst;
    }

    private static int[] nginx(long[] weights, int cycle) {
        long[] current = new long[weights.length];
        return IntStream.range(0, cycle)
                .map(turn -> {
                    int best = 0;
                    for (int i = 0; i < weights.length; i++) {
                        current[i] += weights[i];
                        best = current[i] > current[best] ? i : best;
                    }
                    current[best] -= cycle;
                    return best;
                })
                .toArray();
    }
}

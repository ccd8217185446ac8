package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RandomStrategiesTest {

    private static final int PICKS = 200_000;
    private static final int LEAST_EXPECTED = 5;

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void randomIsUniform(long seed) {
        HostSet hosts = hosts(seed);
        assertProportion(Fleets.strategy("random", seed).newPicker(hosts), hosts, endpoint -> 1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void weightedRandomIsInProportionToWeight(long seed) {
        HostSet hosts = hosts(seed);
        assertProportion(Fleets.strategy("weighted-random", seed).newPicker(hosts), hosts, Endpoint::weight);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void leastRequestOfAnIdleFleetIsInProportionToWeight(long seed) {
        HostSet hosts = hosts(seed);
        assertProportion(Fleets.strategy("least-request", seed).newPicker(hosts), hosts, Endpoint::weight);
    }

    @Test
    void aMillionToOneIsInProportion() {
        HostSet hosts = Fleets.ofWeights(1_000_000, 1_000, 1);
        Map<Endpoint, Long> counts =
                Fleets.count(Fleets.strategy("weighted-random", 3).newPicker(hosts), 3_000_000);
        assertThat(counts.get(hosts.get(1))).isBetween(2_997L - 220, 2_997L + 220);
        assertThat(counts.getOrDefault(hosts.get(2), 0L)).isBetween(0L, 12L);
    }

    /** From 2 endpoints to 5,000, with weights from 1 to 10^6. */
    private static HostSet hosts(long seed) {
        Random random = new Random(seed);
        return Fleets.spreadOf(random, 1 + Fleets.spread(random, 4_999));
    }

    /** By Pearson's chi-square test; endpoints too light for it count together. */
    private static void assertProportion(Picker picker, HostSet hosts, ToDoubleFunction<Endpoint> share) {
        Map<Endpoint, Long> counts = Fleets.count(picker, PICKS);
        double shares = hosts.endpoints().stream().mapToDouble(share).sum();
        double sum = 0;
        double expected = 0;
        long count = 0;
        int cells = 0;
        for (Endpoint endpoint : ascending(hosts, share)) {
            expected += PICKS * share.applyAsDouble(endpoint) / shares;
            count += counts.getOrDefault(endpoint, 0L);
            if (expected >= LEAST_EXPECTED) {
                sum += (count - expected) * (count - expected) / expected;
                cells++;
                expected = 0;
                count = 0;
            }
        }
        assertThat(count).isZero();
        assertThat(sum).as("%d cells", cells).isLessThan(limit(Math.max(1, cells - 1)));
    }

    private static List<Endpoint> ascending(HostSet hosts, ToDoubleFunction<Endpoint> share) {
        return hosts.endpoints().stream()
                .sorted(Comparator.comparingDouble(share))
                .toList();
    }

    /** What chi-square exceeds once in 30,000 times (Wilson and Hilferty's approximation at 4 standard deviations). */
    private static double limit(int degreesOfFreedom) {
        double variance = 2.0 / (9 * degreesOfFreedom);
        return degreesOfFreedom * Math.pow(1 - variance + 4 * Math.sqrt(variance), 3);
    }
}

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RandomStrategiesTest {

    private static final int PICKS = 200_000;

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void randomIsUniform(long seed) {
        HostSet hosts = Fleets.random(new Random(seed), 50);
        Picker picker = Fleets.strategy("random", seed).newPicker(hosts);
        double expected = (double) PICKS / hosts.size();
        assertThat(chiSquare(hosts, Fleets.count(picker, PICKS), e -> expected)).isLessThan(limit(49));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void weightedRandomIsInProportionToWeight(long seed) {
        HostSet hosts = Fleets.random(new Random(seed), 50);
        Picker picker = Fleets.strategy("weighted-random", seed).newPicker(hosts);
        double total = hosts.endpoints().stream().mapToLong(Endpoint::weight).sum();
        assertThat(chiSquare(hosts, Fleets.count(picker, PICKS), e -> PICKS * (e.weight() / total)))
                .isLessThan(limit(49));
    }

    @Test
    void aMillionToOneIsInProportion() {
        HostSet hosts = Fleets.ofWeights(1_000_000, 1_000, 1);
        Map<Endpoint, Long> counts =
                Fleets.count(Fleets.strategy("weighted-random", 3).newPicker(hosts), 3_000_000);
        assertThat(counts.get(hosts.get(1))).isBetween(2_997L - 220, 2_997L + 220);
        assertThat(counts.getOrDefault(hosts.get(2), 0L)).isBetween(0L, 12L);
    }

    private interface Expectation {
        double of(Endpoint endpoint);
    }

    private static double chiSquare(HostSet hosts, Map<Endpoint, Long> counts, Expectation expected) {
        return hosts.endpoints().stream()
                .mapToDouble(endpoint -> {
                    double difference = counts.getOrDefault(endpoint, 0L) - expected.of(endpoint);
                    return difference * difference / expected.of(endpoint);
                })
                .sum();
    }

    /** What chi-square exceeds once in 30,000 times (Wilson and Hilferty's approximation at 4 standard deviations). */
    private static double limit(int degreesOfFreedom) {
        double variance = 2.0 / (9 * degreesOfFreedom);
        return degreesOfFreedom * Math.pow(1 - variance + 4 * Math.sqrt(variance), 3);
    }
}

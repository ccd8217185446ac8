package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fault 60: one mistyped weight counts for a hundred times the lower median at most. */
class WeightLimitTest {

    private static final HostSet MISTYPED = Fleets.ofWeights(
            IntStream.range(0, 300).map(i -> i == 150 ? Endpoint.MAX_WEIGHT : 2).toArray());
    private static final Endpoint HEAVY = MISTYPED.filter(e -> e.weight() > 2).get(0);
    private static final double SHARE = 100.0 / 399;

    @Test
    void theLimitFollowsFromTheLowerMedianOfThePositiveWeights() {
        assertThat(MISTYPED.weightLimit(100)).isEqualTo(200);
        assertThat(Fleets.ofWeights(0, 0, 0, 4, 6, 900, 7).weightLimit(3)).isEqualTo(18);
        assertThat(Fleets.ofWeights(1, 10_000).weightLimit(1)).isEqualTo(1);
        assertThat(Fleets.ofWeights(0, 0).weightLimit(100)).isZero();
        assertThat(HostSet.EMPTY.weightLimit(100)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"weighted", "weighted-random", "least-request", "peak-ewma"})
    void itTakesItsCutShareAndNoMore(String name) {
        Picker picker = Fleets.strategy(name, StrategySettings.DEFAULTS, 1).newPicker(MISTYPED);
        assertThat(Objects.requireNonNull(Fleets.count(picker, 39_900).get(HEAVY)) / 39_900.0)
                .isCloseTo(SHARE, within(0.01));
    }

    @ParameterizedTest
    @EnumSource
    void itHasTheKeysOfItsCutShareAndNoMore(Algorithm algorithm) {
        StrategySettings settings = new StrategySettings(
                new ConsistentHashSettings(algorithm, 160, null, null, Identity.ADDRESS, "weighted"));
        Picker picker = Fleets.strategy("consistent-hash", settings, 1).newPicker(MISTYPED);
        double keys = IntStream.range(0, 40_000)
                .mapToObj(i -> Objects.requireNonNull(picker.pick(PickContext.ofKey("key-" + i))))
                .filter(HEAVY::equals)
                .count();
        assertThat(keys / 40_000).isCloseTo(SHARE, within(0.015));
    }

    @Test
    void fractionsAreExact() {
        HostSet hosts = HostSet.of(
                Fleets.endpoint(0, 1).withWeight(0.5),
                Fleets.endpoint(1, 1).withWeight(1.5),
                Fleets.endpoint(2, 1).withWeight(0.125));
        assertThat(Fleets.count(Fleets.strategy("weighted", 1).newPicker(hosts), 17))
                .isEqualTo(Map.of(hosts.get(0), 4L, hosts.get(1), 12L, hosts.get(2), 1L));
    }
}

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Strategies with endpoints that are not given their whole share. */
class AcceptanceTest {

    private static final HostSet HOSTS = Fleets.ofWeights(2, 2, 2, 2, 2);
    private static final Endpoint SPECIAL = HOSTS.get(2);
    private static final List<String> KEYS =
            IntStream.range(0, 20_000).mapToObj(i -> "key-" + i).toList();

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "random", "weighted", "weighted-random", "least-request", "peak-ewma"})
    void anEndpointIsPickedInProportionToWhatItAccepts(String name) {
        Picker picker = Fleets.strategy(name, 1).newPicker(HOSTS, special(0.25));
        Map<Endpoint, Long> counts = Fleets.count(picker, 42_500);
        assertThat(counts.get(SPECIAL)).isCloseTo(2_500, within(250L));
        HOSTS.filter(endpoint -> !endpoint.equals(SPECIAL))
                .endpoints()
                .forEach(e -> assertThat(counts.get(e)).isCloseTo(10_000, within(400L)));
    }

    /** A canary of one in ten thousand, and a part that is no whole hundredth. */
    @ParameterizedTest
    @CsvSource({"round-robin, 0.0001", "weighted, 0.0001", "round-robin, 0.1234", "weighted, 0.1234"})
    void sharesAreExactToTheTenThousandth(String name, double part) {
        HostSet two = Fleets.ofWeights(3, 3);
        Picker picker = Fleets.strategy(name, 1).newPicker(two, endpoint -> endpoint.equals(two.get(0)) ? part : 1);
        int parts = (int) Math.round(part * 10_000);
        assertThat(Fleets.count(picker, 10_000 + parts))
                .isEqualTo(Map.of(two.get(0), (long) parts, two.get(1), 10_000L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "random", "weighted", "weighted-random", "least-request", "peak-ewma"})
    void anEndpointThatAcceptsNothingIsNotPicked(String name) {
        Picker picker = Fleets.strategy(name, 1).newPicker(HOSTS, special(0));
        assertThat(Fleets.count(picker, 1_000)).hasSize(4).doesNotContainKey(SPECIAL);
    }

    @ParameterizedTest
    @EnumSource
    void anEjectedEndpointsKeysGoToTheirNextEndpointAndNoOtherKeyMoves(Algorithm algorithm) {
        Strategy strategy = Fleets.consistentHash(algorithm);
        Picker all = strategy.newPicker(HOSTS);
        Picker without = strategy.newPicker(HOSTS, special(0));
        for (String key : KEYS) {
            Endpoint owner = owner(all, key);
            assertThat(owner(without, key))
                    .isEqualTo(owner.equals(SPECIAL) ? all.pick(new PickContext(key, Set.of(SPECIAL))) : owner);
        }
    }

    @ParameterizedTest
    @EnumSource
    void slowStartMovesOnlyKeysOfTheNewcomerAndEachOnce(Algorithm algorithm) {
        Strategy strategy = Fleets.consistentHash(algorithm);
        List<Endpoint> full = owners(strategy.newPicker(HOSTS));
        List<Endpoint> before = owners(strategy.newPicker(HOSTS, special(0.1)));
        long owned = full.stream().filter(SPECIAL::equals).count();
        assertThat((double) before.stream().filter(SPECIAL::equals).count() / owned)
                .isCloseTo(0.1, within(0.02));
        for (double part : new double[] {0.3, 0.5, 0.8, 1}) {
            List<Endpoint> now = owners(strategy.newPicker(HOSTS, special(part)));
            for (int i = 0; i < now.size(); i++) {
                if (!full.get(i).equals(SPECIAL) || now.get(i).equals(SPECIAL)) {
                    assertThat(now.get(i)).isEqualTo(full.get(i));
                } else {
                    assertThat(now.get(i)).isEqualTo(before.get(i)).isNotEqualTo(SPECIAL);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whereAllAcceptTheSamePartNothingIsHeldBack(Algorithm algorithm) {
        Strategy strategy = Fleets.consistentHash(algorithm);
        assertThat(owners(strategy.newPicker(HOSTS, endpoint -> 0.1))).isEqualTo(owners(strategy.newPicker(HOSTS)));
        assertThat(owners(strategy.newPicker(HOSTS, endpoint -> 0))).isEqualTo(owners(strategy.newPicker(HOSTS)));
    }

    @Test
    void aRetryGoesToAnEndpointThatIsGivenNothingOnlyWhenNoOtherIsLeft() {
        Picker picker = Fleets.consistentHash(Algorithm.RING).newPicker(HOSTS, special(0));
        Set<Endpoint> others = Set.copyOf(HOSTS.filter(e -> !e.equals(SPECIAL)).endpoints());
        assertThat(picker.pick(new PickContext("a", others))).isEqualTo(SPECIAL);
    }

    @Test
    void aStrategyOfTheUsersLeavesOutWhatIsGivenNothing() {
        Strategy last = hosts -> context -> hosts.get(hosts.size() - 1);
        assertThat(last.newPicker(HOSTS, endpoint -> endpoint.equals(HOSTS.get(4)) ? 0 : 1)
                        .pick(PickContext.NONE))
                .isEqualTo(HOSTS.get(3));
    }

    private static Acceptance special(double part) {
        return endpoint -> endpoint.equals(SPECIAL) ? part : 1;
    }

    private static Endpoint owner(Picker picker, String key) {
        return Objects.requireNonNull(picker.pick(PickContext.ofKey(key)));
    }

    private static List<Endpoint> owners(Picker picker) {
        return KEYS.stream().map(key -> owner(picker, key)).toList();
    }
}

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The unit in which tables count weights, and who is the same among the next candidates. */
class WeightedEndpointsTest {

    @ParameterizedTest
    @CsvSource({
        "0.5, 1",
        "1, 1",
        "7.999, 1",
        "8, 16",
        "127.999, 16",
        "128, 256",
        "0.499, 0.0625",
        "0.03125, 0.0625",
        "0.031, 0.00390625",
        "1000000, 1048576"
    })
    void theMedianHasHalfAUnitToEight(double median, double unit) {
        assertThat(WeightedEndpoints.unit(median)).isEqualTo(unit);
    }

    @Test
    void theSharesAreTheWeightsInTheUnitOfTheLowerMedian() {
        WeightedEndpoints candidates = Fleets.candidates(Fleets.ofWeights(8, 100, 2, 40));
        double all = 0;
        for (int i = 0; i < 4; i++) {
            assertThat(candidates.shares()[i]).isEqualTo(candidates.weights()[i] / 1_000.0 / 16);
            all += candidates.shares()[i];
        }
        assertThat(all).isCloseTo(150 / 16.0, within(1e-9));
    }

    private static boolean isNearBorder(Algorithm algorithm, int... weights) {
        return new ConsistentHashSettings(algorithm, 160, null, null, Identity.ADDRESS, "weighted")
                .isNearBorder(Fleets.ofWeights(weights));
    }

    @Test
    void aFleetIsNearTheBorderWhenOneEndpointMoreOrLessMayCrossIt() {
        for (Algorithm algorithm : new Algorithm[] {Algorithm.RING, Algorithm.MAGLEV}) {
            assertThat(isNearBorder(algorithm, 1, 7, 8)).isTrue();
            assertThat(isNearBorder(algorithm, 7, 8, 9)).isTrue();
            assertThat(isNearBorder(algorithm, 1, 7, 7, 8)).isFalse();
            assertThat(isNearBorder(algorithm, 1, 7, 8, 8)).isTrue();
            assertThat(isNearBorder(algorithm, 7, 8)).isTrue();
            assertThat(isNearBorder(algorithm, 7, 7)).isFalse();
            assertThat(isNearBorder(algorithm, 7)).isFalse();
            assertThat(isNearBorder(algorithm)).isFalse();
            assertThat(isNearBorder(algorithm, 0, 0, 1, 2, 8)).isTrue();
            assertThat(isNearBorder(algorithm, 0, 1, 2, 3)).isFalse(); // who is drained has no weight
        }
        assertThat(isNearBorder(Algorithm.RENDEZVOUS, 1, 7, 8)).isFalse();
    }

    @Test
    void whoIsTheSameIsFoundAmongTheNextCandidates() {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            WeightedEndpoints before = Fleets.candidates(some(random));
            WeightedEndpoints after = Fleets.candidates(some(random));
            int[] indexes = before.indexesAmong(after, before.weights(), after.weights());
            for (int j = 0; j < indexes.length; j++) {
                Endpoint was = before.endpoints()[j];
                int same = IntStream.range(0, after.endpoints().length)
                        .filter(k -> after.endpoints()[k].equals(was))
                        .findFirst()
                        .orElse(WeightedEndpoints.GONE);
                assertThat(indexes[j]).isEqualTo(same);
            }
            assertThat(before.haveSameSharesAs(after))
                    .isEqualTo(HostSet.of(before.endpoints()).equals(HostSet.of(after.endpoints())));
            assertThat(before.haveSameSharesAs(before)).isTrue();
        }
    }

    /** Of four endpoints some, each of one weight or the other. */
    private static HostSet some(Random random) {
        return HostSet.of(IntStream.range(0, 4)
                .filter(i -> i == 0 || random.nextBoolean())
                .mapToObj(i -> Fleets.endpoint(i, 1 + random.nextInt(2)))
                .toList());
    }
}

package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How callers spread their requests over zones, in numbers. */
class ZoneSharesTest {

    private static final Offset<Double> EXACT = within(1e-9);

    private static final Map<String, Double> CALLERS = Map.of("a", 2.0, "b", 1.0);
    private static final Map<String, Double> SERVERS = Map.of("a", 3.0, "b", 2.0, "c", 1.0);

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    @Test
    void theGoldenCase() {
        Map<String, Double> ofA = ZoneShares.balanced(CALLERS, SERVERS, SERVERS, "a");
        Map<String, Double> ofB = ZoneShares.balanced(CALLERS, SERVERS, SERVERS, "b");
        assertThat(ofA.getOrDefault("a", Double.NaN)).isCloseTo(0.75, EXACT);
        assertThat(ofA.getOrDefault("b", Double.NaN)).isZero();
        assertThat(ofA.getOrDefault("c", Double.NaN)).isCloseTo(0.25, EXACT);
        assertThat(ofB).isEqualTo(Map.of("a", 0.0, "b", 1.0, "c", 0.0));
        assertThat(2 / 3.0 * (1 - ofA.getOrDefault("a", Double.NaN))
                        + 1 / 3.0 * (1 - ofB.getOrDefault("b", Double.NaN)))
                .isCloseTo(1 / 6.0, EXACT);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyZoneGetsItsFairShareWithTheFewestRequestsAcrossZones(long seed) {
        Random random = new Random(seed);
        Map<String, Double> callers = fleet(random);
        Map<String, Double> servers = fleet(random);
        Map<String, Double> got = new HashMap<>();
        double across = 0;
        double called = sum(callers);
        for (String own : callers.keySet()) {
            Map<String, Double> shares = ZoneShares.balanced(callers, servers, servers, own);
            assertThat(sum(shares)).isCloseTo(1, EXACT);
            double part = callers.get(own) / called;
            shares.forEach((zone, share) -> got.merge(zone, part * share, Double::sum));
            across += part * (1 - shares.getOrDefault(own, 0.0));
        }
        double least = 0;
        for (String zone : servers.keySet()) {
            double fair = servers.get(zone) / sum(servers);
            assertThat(got.get(zone)).isCloseTo(fair, EXACT);
            least += Math.max(0, fair - callers.getOrDefault(zone, 0.0) / called);
        }
        assertThat(across).isCloseTo(least, EXACT);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theCallersOfADeadZoneGoWhereMostIsToSpare(long seed) {
        Random random = new Random(seed);
        Map<String, Double> callers = fleet(random);
        Map<String, Double> servers = fleet(random);
        String dead = "z" + random.nextInt(2);
        Map<String, Double> accepting = new HashMap<>(servers);
        accepting.put(dead, 0.0);
        Map<String, Double> spare = new HashMap<>();
        accepting.forEach((zone, weight) ->
                spare.put(zone, Math.max(0, weight / sum(accepting) - callers.getOrDefault(zone, 0.0) / sum(callers))));
        Map<String, Double> fromDead = ZoneShares.balanced(callers, servers, accepting, dead);
        fromDead.forEach((zone, share) ->
                assertThat(share).isCloseTo(spare.getOrDefault(zone, Double.NaN) / sum(spare), EXACT));
        assertThat(fromDead.get(dead)).isZero();
        for (String own : callers.keySet()) {
            Map<String, Double> shares = ZoneShares.balanced(callers, servers, accepting, own);
            assertThat(sum(shares)).isCloseTo(1, EXACT);
            assertThat(shares.get(dead)).isZero();
        }
    }

    /** Half of zone a is ejected: it keeps half of what it had, and of what is left c has twice as much to spare as b. */
    @Test
    void whatIsLeftOfAZoneIsNotFlooded() {
        Map<String, Double> accepting = Map.of("a", 1.5, "b", 2.0, "c", 1.0);
        Map<String, Double> ofA = ZoneShares.balanced(CALLERS, SERVERS, accepting, "a");
        assertThat(ofA.getOrDefault("a", Double.NaN)).isCloseTo(0.75 / 2, EXACT);
        assertThat(ofA.getOrDefault("b", Double.NaN) / ofA.getOrDefault("c", Double.NaN))
                .isCloseTo(1 / 2.0, EXACT);
        assertThat(sum(ofA)).isCloseTo(1, EXACT);
    }

    @Test
    void nothingThatAcceptsIsNoError() {
        Map<String, Double> none = Map.of("a", 0.0, "b", 0.0, "c", 0.0);
        assertThat(ZoneShares.balanced(CALLERS, SERVERS, none, "a").values()).allMatch(share -> share == 0);
        assertThat(ZoneShares.preferLocal(0, none, "b")).isEqualTo(Map.of("a", 0.0, "b", 1.0, "c", 0.0));
    }

    @Test
    void localIsPreferredAsLongAsFiveSeventhsOfItAreThere() {
        assertThat(ZoneShares.preferLocal(1, SERVERS, "b")).isEqualTo(Map.of("a", 0.0, "b", 1.0, "c", 0.0));
        assertThat(ZoneShares.preferLocal(5 / 7.0, SERVERS, "b").get("b")).isCloseTo(1, EXACT);
        Map<String, Double> half = ZoneShares.preferLocal(0.5, SERVERS, "b");
        assertThat(half.get("b")).isCloseTo(0.7, EXACT);
        assertThat(half.get("a")).isCloseTo(0.3 * 3 / 4, EXACT);
        assertThat(half.get("c")).isCloseTo(0.3 / 4, EXACT);
        assertThat(ZoneShares.preferLocal(0, SERVERS, "d").get("a")).isCloseTo(0.5, EXACT);
    }

    private static Map<String, Double> fleet(Random random) {
        Map<String, Double> weights = new HashMap<>();
        int zones = 2 + random.nextInt(4);
        for (int i = 0; i < zones; i++) {
            weights.put("z" + i, 0.1 + random.nextInt(random.nextBoolean() ? 3 : 1_000));
        }
        return weights;
    }

    private static double sum(Map<String, Double> weights) {
        return weights.values().stream().mapToDouble(Double::doubleValue).sum();
    }
}

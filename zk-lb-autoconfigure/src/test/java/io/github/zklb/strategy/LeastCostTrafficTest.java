package io.github.zklb.strategy;

import static io.github.zklb.strategy.SimulatedTraffic.around;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.HostSet;
import io.github.zklb.strategy.SimulatedTraffic.Answer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the two strategies that compare costs make of traffic as it is, over seeds, in virtual time; {@code
 * -Dzklb.traffic.seeds=5} takes more of them.
 */
class LeastCostTrafficTest {

    private static final List<String> STRATEGIES = List.of("least-request", "peak-ewma");
    private static final long SEEDS = Integer.getInteger("zklb.traffic.seeds", 2);

    @ParameterizedTest
    @CsvSource({"least-request, 50", "least-request, 1000", "peak-ewma, 50", "peak-ewma, 1000"})
    void anEndpointThatHangsBehindTimeOutsGetsOnePercentAtMost(String strategy, double perSecond) {
        assertThat(seeds().mapToDouble(seed -> new SimulatedTraffic(
                                strategy,
                                Fleets.equal(8),
                                seed,
                                (endpoint, seconds, random) ->
                                        endpoint == 0 && seconds > 20 ? Answer.in(1e9) : around(10, random))
                        .giveUpAfter(Duration.ofMillis(300))
                        .openLoop(perSecond, 80)
                        .share(0, 20, 80)))
                .allMatch(share -> share <= 0.01);
    }

    /** Fault 54, from one error in ten thousand to one in a hundred. */
    @ParameterizedTest
    @CsvSource({"50, 100", "1000, 100", "50, 10000", "1000, 10000"})
    void aSlowEndpointGetsOnePercentAtMostWithErrorsEverywhere(double perSecond, int oneIn) {
        assertThat(seeds().mapToDouble(seed -> new SimulatedTraffic(
                                        "peak-ewma",
                                        Fleets.equal(8),
                                        seed,
                                        (endpoint, seconds, random) -> new Answer(
                                                around(endpoint == 0 && seconds > 20 ? 100 : 10, random)
                                                        .milliseconds(),
                                                random.nextInt(oneIn) > 0))
                                .openLoop(perSecond, 100)
                                .share(0, 25, 100))
                        .average()
                        .orElseThrow())
                .isLessThanOrEqualTo(0.01);
    }

    @ParameterizedTest
    @ValueSource(doubles = {50, 1_000})
    void aChangeThatLastsIsFollowedWithinASecondUpwardsAndSomeTensDownwards(double perSecond) {
        List<SimulatedTraffic> runs = seeds().mapToObj(seed -> new SimulatedTraffic(
                                "peak-ewma",
                                Fleets.equal(8),
                                seed,
                                (endpoint, seconds, random) ->
                                        around(endpoint == 0 && seconds > 20 && seconds < 40 ? 100 : 10, random))
                        .openLoop(perSecond, 110))
                .toList();
        assertThat(share(runs, 5, 20)).isBetween(0.7 / 8, 1.3 / 8);
        assertThat(share(runs, 21, 40)).isLessThanOrEqualTo(0.02);
        assertThat(share(runs, 70, 110)).isBetween(0.7 / 8, 1.3 / 8);
    }

    private static double share(List<SimulatedTraffic> runs, double from, double to) {
        return runs.stream()
                .mapToDouble(run -> run.share(0, from, to))
                .average()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"least-request, 1", "least-request, 500", "peak-ewma, 1", "peak-ewma, 500"})
    void anEndpointThatFailsAtOnceGetsOnePercentAtMost(String strategy, double milliseconds) {
        assertThat(seeds().mapToDouble(seed -> new SimulatedTraffic(
                                strategy,
                                Fleets.equal(10),
                                seed,
                                (endpoint, seconds, random) ->
                                        endpoint == 0 ? new Answer(milliseconds, false) : around(50, random))
                        .openLoop(1_000, 20)
                        .share(0, 0, 20)))
                .allMatch(share -> share <= 0.01);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-request", "peak-ewma"})
    void aSlowEndpointGetsFewRequests(String strategy) {
        assertThat(seeds().mapToDouble(seed -> new SimulatedTraffic(
                                strategy,
                                Fleets.equal(10),
                                seed,
                                (endpoint, seconds, random) -> around(endpoint == 0 ? 500 : 50, random))
                        .openLoop(1_000, 20)
                        .share(0, 0, 20)))
                .allMatch(share -> share < 0.05);
    }

    static Stream<Arguments> rates() {
        return STRATEGIES.stream()
                .flatMap(strategy -> Stream.of(
                        Arguments.of(strategy, 2, 1, 1_000),
                        Arguments.of(strategy, 2, 20, 150),
                        Arguments.of(strategy, 2, 1_000, 10),
                        Arguments.of(strategy, 20, 1, 3_000),
                        Arguments.of(strategy, 20, 20, 300),
                        Arguments.of(strategy, 20, 1_000, 10)));
    }

    @ParameterizedTest
    @MethodSource("rates")
    void afterOneErrorTheSharesAreEvenWithinThirtySeconds(String strategy, int size, double perSecond, double until) {
        assertThat(shareAfter(new Answer(1, false), 30, strategy, size, perSecond, until))
                .isGreaterThanOrEqualTo(0.9);
    }

    @ParameterizedTest
    @MethodSource("rates")
    void afterOneAnswerOfEightSecondsItHasMostOfItsShareWithinTwentySeconds(
            String strategy, int size, double perSecond, double until) {
        assertThat(shareAfter(Answer.in(8_000), 28, strategy, size, perSecond, until))
                .isGreaterThanOrEqualTo(0.8);
    }

    /** The mean part that an endpoint has of an even share, from some seconds after its one odd answer on. */
    private static double shareAfter(
            Answer odd, double after, String strategy, int size, double perSecond, double until) {
        double from = 20 + after;
        return seeds().mapToDouble(seed -> {
                            boolean[] given = {false};
                            return new SimulatedTraffic(
                                            strategy, Fleets.equal(size), seed, (endpoint, seconds, random) -> {
                                                if (endpoint > 0 || seconds < 20 || given[0]) {
                                                    return around(10, random);
                                                }
                                                given[0] = true;
                                                return odd;
                                            })
                                    .openLoop(perSecond, from + until)
                                    .share(0, from, from + until);
                        })
                        .average()
                        .orElseThrow()
                * size;
    }

    static Stream<Arguments> weights() {
        int[][] fleets = {
            {1, 1, 1, 1, 1, 1, 1, 1},
            {3, 1, 3, 1, 3, 1, 3, 1},
            {3, 1, 1, 1, 1, 1, 1, 1},
            {3, 3, 3, 3, 3, 3, 3, 1},
            {10, 1, 10, 1, 10, 1, 10, 1},
            {10, 1, 1, 1, 1, 1, 1, 1},
            {10, 10, 10, 10, 10, 10, 10, 1},
            IntStream.range(0, 20).map(i -> i % 2 == 0 ? 3 : 1).toArray()
        };
        return STRATEGIES.stream()
                .flatMap(strategy -> Stream.of(fleets)
                        .flatMap(fleet -> (fleet.length == 8
                                        ? IntStream.of(1, 2, 5, 10, 30, 100)
                                        : IntStream.of(1, 10, 100))
                                .mapToObj(inFlight -> Arguments.of(strategy, fleet, inFlight))));
    }

    @ParameterizedTest
    @MethodSource("weights")
    void sharesAreInProportionToWeightWhateverIsInFlight(String strategy, int[] weights, int inFlight) {
        HostSet hosts = Fleets.ofWeights(weights);
        double seconds = inFlight >= 10 ? 25 : weights.length == 8 ? 65 : 160;
        boolean steep = IntStream.of(weights).max().orElseThrow() > 3;
        List<SimulatedTraffic> runs = seeds().mapToObj(seed -> new SimulatedTraffic(
                                strategy, hosts, seed, (endpoint, at, random) -> around(10, random))
                        .closedLoop(inFlight, seconds))
                .toList();
        double sum = IntStream.of(weights).sum();
        List<double[]> shares = runs.stream().map(run -> run.shares(5, seconds)).toList();
        for (int i = 0; i < weights.length; i++) {
            int endpoint = i;
            double share = shares.stream()
                    .mapToDouble(each -> each[endpoint])
                    .average()
                    .orElseThrow();
            assertThat(share * sum / hosts.get(i).weight())
                    .as("share ÷ weight of number %d", i)
                    .isBetween(steep ? 0.5 : 0.8, steep ? 2.0 : 1.25);
        }
    }

    private static LongStream seeds() {
        return LongStream.rangeClosed(1, SEEDS).parallel();
    }
}

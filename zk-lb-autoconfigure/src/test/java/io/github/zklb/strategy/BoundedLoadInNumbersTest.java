package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How many requests a candidate may have, in numbers. */
class BoundedLoadInNumbersTest {

    private final int[] inFlight = new int[4];
    private boolean othersAreFaster;
    private long now;

    /** Of the given weights, in their order. */
    private BoundedLoad load(double bound, double[] parts, int... weights) {
        Endpoint[] endpoints = IntStream.range(0, weights.length)
                .mapToObj(i -> Fleets.endpoint(i, 1))
                .toArray(Endpoint[]::new);
        WeightedEndpoints candidates = new WeightedEndpoints(
                endpoints,
                new long[weights.length],
                Arrays.stream(weights).asLongStream().toArray());
        return new BoundedLoad(
                bound,
                candidates,
                parts,
                new EndpointLoads() {
                    @Override
                    public EndpointLoad of(Endpoint endpoint) {
                        return counted(Arrays.asList(endpoints).indexOf(endpoint));
                    }
                },
                () -> now);
    }

    private EndpointLoad counted(int candidate) {
        return new EndpointLoad() {
            @Override
            public int inFlight() {
                return inFlight[candidate];
            }

            @Override
            public boolean tryReserve(int limit) {
                boolean free = inFlight[candidate] < limit && !othersAreFaster;
                inFlight[candidate] += free ? 1 : 0;
                return free;
            }
        };
    }

    private void inFlight(int... numbers) {
        System.arraycopy(numbers, 0, inFlight, 0, numbers.length);
    }

    @Test
    void aCandidateIsFullAtTheBoundTimesItsShareOfAllAndOneMore() {
        BoundedLoad load = load(1.5, new double[] {1, 1}, 1, 3);
        inFlight(10, 29); // 1.5 × 40 ÷ 4 is 15
        assertThat(load.isFull(0)).isFalse();
        inFlight(15, 24);
        assertThat(load.isFull(0)).isTrue();
        inFlight(14, 25);
        assertThat(load.isFull(0)).isFalse();
        inFlight(15, 25); // 15.4 is rounded up
        assertThat(load.isFull(0)).isFalse();
    }

    @Test
    void aBoundThatIsWholeButForRoundingIsWhole() {
        BoundedLoad load = load(1.1, new double[] {1}, 1); // 1.1 × 10 is a little more than 11
        inFlight(9);
        assertThat(load.isFull(0)).isFalse();
        inFlight(10); // 12.1 places
        assertThat(load.isFull(0)).isFalse();
        BoundedLoad half = load(1.1, new double[] {1, 1}, 1, 1);
        inFlight(11, 8); // 1.1 × 20 ÷ 2
        assertThat(half.isFull(0)).isTrue();
    }

    @Test
    void fourAreNeverTooMany() {
        BoundedLoad load = load(1, new double[] {1, 1}, 1, 9);
        inFlight(3, 0);
        assertThat(load.isFull(0)).isFalse();
        assertThat(load.admits(0)).isTrue();
        assertThat(inFlight).startsWith(4, 0);
        assertThat(load.isFull(0)).isTrue();
        assertThat(load.admits(0)).isFalse();
        assertThat(inFlight).startsWith(4, 0);
    }

    @Test
    void whoIsGivenNothingHasNoPlaceAndDoesNotCount() {
        BoundedLoad load = load(1, new double[] {1, 0, 1}, 1, 2, 1);
        inFlight(4, 0, 0);
        assertThat(load.admits(1)).isFalse();
        assertThat(load.anywhere(1)).isEqualTo(2);
        inFlight(4, 100, 0);
        assertThat(load.admits(0)).isFalse();
        assertThat(load.admits(2)).isTrue();
        assertThat(load.anywhere(1)).isEqualTo(2);
        assertThat(inFlight).startsWith(4, 100, 2);
    }

    @Test
    void withoutABoundEachHasAPlaceAndNobodyIsFull() {
        BoundedLoad load = load(Double.POSITIVE_INFINITY, new double[] {1, 1}, 1, 1);
        inFlight(1_000, 0);
        assertThat(load.admits(0)).isTrue();
        assertThat(inFlight).startsWith(1_000, 0); // nothing is reserved
        assertThat(load.isFull(0)).isFalse();
    }

    @Test
    void theLighterOfTwoIsMeasuredByItsShare() {
        BoundedLoad load = load(1, new double[] {1, 1, 0.5}, 1, 3, 8);
        inFlight(2, 7, 9);
        assertThat(load.isLighter(0, 1)).isTrue();
        assertThat(load.isLighter(1, 0)).isFalse();
        inFlight(2, 6, 8);
        assertThat(load.isLighter(0, 1)).isFalse();
        assertThat(load.isLighter(1, 0)).isFalse();
        assertThat(load.isLighter(0, 2)).isFalse();
        inFlight(2, 5, 9);
        assertThat(load.isLighter(1, 0)).isTrue();
        assertThat(load.isLighter(0, 2)).isTrue();
    }

    @Test
    void aFreePlaceIsLookedForFromTheGivenOneOnAndRoundTheEnd() {
        BoundedLoad load = load(1, new double[] {1, 1, 1, 1}, 1, 1, 1, 1);
        inFlight(4, 3, 4, 4);
        assertThat(load.anywhere(2)).isEqualTo(1);
        inFlight(3, 4, 4, 3);
        assertThat(load.anywhere(2)).isEqualTo(3);
        inFlight(20, 19, 20, 20); // of 80 places for the eightieth
        assertThat(load.anywhere(3)).isEqualTo(1);
        assertThat(inFlight).containsExactly(20, 20, 20, 20);
    }

    @Test
    void whereOthersAreFasterTimeAndAgainItIsTheGivenOne() {
        BoundedLoad load = load(1, new double[] {1, 1, 1, 1}, 1, 1, 1, 1);
        othersAreFaster = true;
        assertThat(load.anywhere(2)).isEqualTo(2);
    }
}

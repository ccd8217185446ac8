package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.StrategyContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who of two endpoints costs less; where both cost the same, the first draw wins, so that both are picked. */
class LeastCostInNumbersTest {

    private static final HostSet EQUAL = Fleets.ofWeights(1, 1);
    private static final HostSet UNEQUAL = Fleets.ofWeights(1, 3);

    private final Map<Endpoint, Load> loads = new HashMap<>();

    private record Load(int inFlight, double errorRate, double latency) implements EndpointLoad {}

    private Set<Endpoint> picked(String strategy, HostSet hosts, Load first, Load second) {
        loads.put(hosts.get(0), first);
        loads.put(hosts.get(1), second);
        StrategyContext context = new StrategyContext("orders", new Random(1), () -> 0, new EndpointLoads() {
            @Override
            public EndpointLoad of(Endpoint endpoint) {
                return loads.getOrDefault(endpoint, new Load(0, 0, 0));
            }
        });
        return Fleets.count(
                        new StrategyCatalogue(List.of())
                                .create(strategy, StrategySettings.DEFAULTS, context)
                                .newPicker(hosts),
                        200)
                .keySet();
    }

    private Set<Endpoint> leastRequest(HostSet hosts, int first, int second, double errorsOfFirst) {
        return picked("least-request", hosts, new Load(first, errorsOfFirst, 0), new Load(second, 0, 0));
    }

    private Set<Endpoint> peakEwma(int first, double latencyOfFirst, int second, double latencyOfSecond) {
        return picked("peak-ewma", EQUAL, new Load(first, 0, latencyOfFirst), new Load(second, 0, latencyOfSecond));
    }

    @Test
    void oneRequestLessDecides() {
        assertThat(leastRequest(EQUAL, 5, 4, 0)).containsOnly(EQUAL.get(1));
        assertThat(leastRequest(EQUAL, 5, 5, 0)).containsOnly(EQUAL.get(0), EQUAL.get(1));
        assertThat(leastRequest(EQUAL, 5, 6, 0)).containsOnly(EQUAL.get(0));
    }

    @Test
    void requestsCountForLessWhereTheWeightIsMore() {
        assertThat(leastRequest(UNEQUAL, 2, 5, 0)).containsOnly(UNEQUAL.get(1));
        assertThat(leastRequest(UNEQUAL, 2, 6, 0)).containsOnly(UNEQUAL.get(0), UNEQUAL.get(1));
        assertThat(leastRequest(UNEQUAL, 2, 7, 0)).containsOnly(UNEQUAL.get(0));
    }

    @Test
    void oneThatAlwaysFailsCostsAHundredRequestsMore() {
        assertThat(leastRequest(EQUAL, 0, 99, 1)).containsOnly(EQUAL.get(1));
        assertThat(leastRequest(EQUAL, 0, 101, 1)).containsOnly(EQUAL.get(0));
        assertThat(leastRequest(EQUAL, 0, 49, 0.5)).containsOnly(EQUAL.get(1));
        assertThat(leastRequest(EQUAL, 0, 51, 0.5)).containsOnly(EQUAL.get(0));
        assertThat(leastRequest(EQUAL, 1, 102, 0.5)).containsOnly(EQUAL.get(0)); // each of its requests, too
        assertThat(leastRequest(EQUAL, 1, 100, 0.5)).containsOnly(EQUAL.get(1));
    }

    @Test
    void aLatencyOfThreeQuartersIsClearlyLess() {
        assertThat(peakEwma(0, 100, 0, 74)).containsOnly(EQUAL.get(1));
        assertThat(peakEwma(0, 100, 0, 76)).containsOnly(EQUAL.get(0), EQUAL.get(1));
        assertThat(peakEwma(0, 74, 0, 100)).containsOnly(EQUAL.get(0));
    }

    @Test
    void theLatencyIsThatOfAllRequestsInFlightAndOneMore() {
        assertThat(peakEwma(3, 10, 0, 29)).containsOnly(EQUAL.get(1));
        assertThat(peakEwma(3, 10, 0, 31)).containsOnly(EQUAL.get(0), EQUAL.get(1));
        assertThat(peakEwma(3, 10, 0, 54)).containsOnly(EQUAL.get(0));
    }
}

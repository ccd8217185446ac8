package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.explain.Rehearsal.Load;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What endpoints get of the requests before and after a change, and what that is for their capacity. For one thread. */
final class RehearsedLoads {

    private final Map<String, Double> capacities = new HashMap<>();
    private final Map<String, Double> were;
    private final Map<String, Double> are;
    private final double mean;

    /**
     * What endpoints get of the requests, each part from 0 to 1.
     *
     * @param load the same for their capacity
     */
    record Use(double before, double after, Load load) {}

    /**
     * The capacities of the endpoints that there are before or after.
     *
     * @param were the parts of the requests before, by address
     * @param are the same afterwards
     */
    RehearsedLoads(Scenario before, Scenario after, Map<String, Double> were, Map<String, Double> are) {
        this.were = were;
        this.are = are;
        for (Scenario each : List.of(before, after)) {
            double limit =
                    each.known().weightLimit(each.settings().strategySettings().maxWeightRatio());
            for (Endpoint endpoint : each.known().endpoints()) {
                if (endpoint.weight() > 0) {
                    capacities.putIfAbsent(endpoint.address(), Math.min(limit, endpoint.weight()));
                }
            }
        }
        double used = used(were.keySet().stream(), were);
        this.mean = used > 0 ? used : used(are.keySet().stream(), are);
    }

    /**
     * What some endpoints get together.
     *
     * @param then those that there are before
     * @param now those that there are afterwards
     */
    Use of(List<String> then, List<String> now) {
        double before = sum(then, were);
        double after = sum(now, are);
        return new Use(
                Explanation.rounded(before),
                Explanation.rounded(after),
                new Load(load(before, used(then.stream(), were)), load(after, used(now.stream(), are))));
    }

    private double load(double share, double capacity) {
        return capacity > 0 ? Explanation.rounded(share * mean / capacity) : 0;
    }

    private static double sum(List<String> addresses, Map<String, Double> shares) {
        return addresses.stream()
                .mapToDouble(each -> shares.getOrDefault(each, 0.0))
                .sum();
    }

    /** The capacity of those that get requests. */
    private double used(Stream<String> addresses, Map<String, Double> shares) {
        return addresses
                .filter(each -> shares.getOrDefault(each, 0.0) > 0)
                .mapToDouble(each -> capacities.getOrDefault(each, 0.0))
                .sum();
    }
}

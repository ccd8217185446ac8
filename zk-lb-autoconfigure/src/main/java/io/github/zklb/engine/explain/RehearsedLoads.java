package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.explain.Rehearsal.Load;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What endpoints get of the requests before and after a change, and what that is for their capacity. For one thread. */
final class RehearsedLoads {

    private final Map<String, Double> capacities = new HashMap<>();
    private final Map<String, Double> were;
    private final Map<String, Double> are;
    private final double mean;

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
        double used = used(were.keySet(), were);
        this.mean = used > 0 ? used : used(are.keySet(), are);
    }

    /** The part of the requests that endpoints get before the change, from 0 to 1. */
    double before(List<String> addresses) {
        return Explanation.rounded(sum(addresses, were));
    }

    /** The same after it. */
    double after(List<String> addresses) {
        return Explanation.rounded(sum(addresses, are));
    }

    /** What that is for their capacity: that of some endpoints before, and of some, perhaps others, after. */
    Load load(List<String> then, List<String> now) {
        return new Load(load(then, were), load(now, are));
    }

    private double load(List<String> addresses, Map<String, Double> shares) {
        double capacity = used(addresses, shares);
        return capacity > 0 ? Explanation.rounded(sum(addresses, shares) * mean / capacity) : 0;
    }

    private static double sum(List<String> addresses, Map<String, Double> shares) {
        return addresses.stream()
                .mapToDouble(each -> shares.getOrDefault(each, 0.0))
                .sum();
    }

    /** The capacity of those that get requests. */
    private double used(Collection<String> addresses, Map<String, Double> shares) {
        return addresses.stream()
                .filter(each -> shares.getOrDefault(each, 0.0) > 0)
                .mapToDouble(each -> capacities.getOrDefault(each, 0.0))
                .sum();
    }
}

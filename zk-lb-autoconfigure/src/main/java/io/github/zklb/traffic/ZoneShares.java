package io.github.zklb.traffic;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * How a caller spreads its requests over the zones of a service. Pure functions of what the callers and the servers of each
 * zone weigh, in any unit; the answer sums to 1.
 *
 * <p>With {@code c} the callers' and {@code s} the servers' shares of a zone, a caller keeps {@code min(1, s/c)} of its requests
 * in its own zone, and spreads the rest over the other zones in proportion to {@code max(0, s − c)}: where there is more to
 * serve than callers to ask. If all callers do so, each zone gets {@code s} of all requests, as without zones; and no other way
 * to give it that sends fewer requests across zones, since a zone with fewer callers than servers must get its rest from
 * elsewhere.
 */
final class ZoneShares {

    /** As in Envoy's priorities: a zone is left when less than 1/1.4 of it serves. */
    private static final double OVERPROVISIONING = 1.4;

    private static final double NOTHING = 1e-9;

    private ZoneShares() {}

    /**
     * The least requests across zones at fair shares. What the own zone does not take at present goes across as well, to where
     * most is to spare of what the zones accept.
     *
     * @param callers what the callers of each zone weigh, that of the own zone included
     * @param servers what the servers of each zone weigh
     * @param accepting how much of that is accepted at present
     * @param own the caller's own zone
     */
    static Map<String, Double> balanced(
            Map<String, Double> callers, Map<String, Double> servers, Map<String, Double> accepting, String own) {
        Map<String, Double> called = normal(callers);
        Map<String, Double> left = normal(accepting);
        double local = of(servers, own);
        double stays =
                local == 0 ? 0 : Math.min(1, local / sum(servers) / of(called, own)) * of(accepting, own) / local;
        Map<String, Double> spare = of(left, zone -> Math.max(0, of(left, zone) - of(called, zone)));
        Map<String, Double> rest = normal(sum(spare) > NOTHING ? spare : left);
        return of(rest, zone -> (zone.equals(own) ? stays : 0) + (1 - stays) * of(rest, zone));
    }

    /**
     * The own zone, as long as enough of it is there; the rest by what the other zones accept.
     *
     * @param available the part of the own zone that serves
     * @param accepting how much of what the servers of each zone weigh is accepted at present
     * @param own the caller's own zone
     */
    static Map<String, Double> preferLocal(double available, Map<String, Double> accepting, String own) {
        double rest = sum(accepting) - of(accepting, own);
        double stays = rest <= NOTHING ? 1 : Math.min(1, OVERPROVISIONING * available);
        return of(
                accepting,
                zone -> zone.equals(own) ? stays : stays == 1 ? 0 : (1 - stays) * of(accepting, zone) / rest);
    }

    private static Map<String, Double> normal(Map<String, Double> weights) {
        double sum = sum(weights);
        return of(weights, zone -> sum == 0 ? 0 : of(weights, zone) / sum);
    }

    private static Map<String, Double> of(Map<String, Double> zones, ToDoubleFunction<String> value) {
        Map<String, Double> values = new TreeMap<>();
        zones.keySet().forEach(zone -> values.put(zone, value.applyAsDouble(zone)));
        return values;
    }

    private static double of(Map<String, Double> weights, String zone) {
        return weights.getOrDefault(zone, 0.0);
    }

    private static double sum(Map<String, Double> weights) {
        return weights.values().stream().mapToDouble(Double::doubleValue).sum();
    }
}

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
     * The least requests across zones at fair shares; and what a zone does not take goes where most is to spare.
     *
     * @param callers what the callers of each zone weigh, that of the own zone included
     * @param servers what the servers of each zone weigh
     * @param accepting how much of that is accepted at present
     * @param own the caller's own zone
     */
    static Map<String, Double> balanced(
            Map<String, Double> callers, Map<String, Double> servers, Map<String, Double> accepting, String own) {
        Map<String, Double> called = normal(callers);
        Map<String, Double> serving = normal(servers);
        double stays = Math.min(1, of(serving, own) / of(called, own));
        Map<String, Double> wanted = new TreeMap<>(normal(spare(serving, called)));
        wanted.replaceAll((zone, rest) -> (1 - stays) * rest);
        wanted.merge(own, stays, Double::sum);
        Map<String, Double> taken = of(serving, zone -> of(wanted, zone) * of(accepting, zone) / of(servers, zone));
        double refused = 1 - sum(taken);
        Map<String, Double> left = normal(accepting);
        Map<String, Double> spare = spare(left, called);
        Map<String, Double> spill = normal(sum(spare) > NOTHING ? spare : left);
        return refused <= NOTHING ? taken : of(serving, zone -> of(taken, zone) + refused * of(spill, zone));
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

    private static Map<String, Double> spare(Map<String, Double> servers, Map<String, Double> callers) {
        return of(servers, zone -> Math.max(0, of(servers, zone) - of(callers, zone)));
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

package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.strategy.KeyMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a change would bring about, once every client has it and who is new has its whole share. Made by the code that would
 * make the service's pickers, without any effect on them.
 *
 * @param movedPercent how many of the keys go elsewhere; without keys, how much of the traffic
 * @param idealPercent the least that must go elsewhere for the endpoints to get the shares that they get
 * @param exact whether {@code movedPercent} is computed from the whole table and does not depend on the loads
 * @param moves the {@value #MOVES} ways that most go
 * @param endpoints the shares and loads of all endpoints that there are before or after, those first whose shares change most
 * @param zones the same for the zones that registrations name; empty if none does
 * @param verdict whether the change is harmless
 * @param because why not, in sentences that name the guard that would act; or what else is to be known
 */
public record Rehearsal(
        double movedPercent,
        double idealPercent,
        boolean exact,
        List<Move> moves,
        List<EndpointShare> endpoints,
        List<ZoneShare> zones,
        Verdict verdict,
        List<String> because) {

    private static final int MOVES = 20;

    /** Less than that is an error of rounding. */
    private static final double NOTHING = 1e-12;

    /** How a change is judged, the worst last. */
    public enum Verdict {
        /** No guard acts, and no endpoint gets much more than before. */
        SAFE,
        /** A guard acts, or an endpoint that stays gets so much more that it may not bear it. */
        WARN,
        /** Nothing would be left to give to requests, or an overlay would be refused. */
        REFUSED
    }

    /** What goes from one endpoint to another, in percent of all. */
    public record Move(String from, String to, double percent) {}

    /**
     * The part of the traffic of an endpoint, from 0 to 1.
     *
     * @param load what that is for the endpoint's capacity
     */
    public record EndpointShare(String address, double before, double after, Load load) {}

    /**
     * The part of the traffic of a zone, from 0 to 1; of the endpoints without one, if its name is null.
     *
     * @param load what that is for the capacity of those endpoints of the zone that get requests
     */
    public record ZoneShare(@Nullable String zone, double before, double after, Load load) {}

    /**
     * How many requests there are for the capacity that there is. 1 is the mean of the service before the change, so that 1.5
     * is half as many again for each of them. An endpoint's capacity is the weight that it is registered with before the
     * change; a new one's is its own.
     *
     * @param before 1 is the mean of the service
     * @param after by the same mean
     */
    public record Load(double before, double after) {}

    /** Rehearses. O(n log n), or what making two pickers takes. */
    static Rehearsal of(ServiceEngine engine, Change change) {
        HostSet known = engine.snapshots().published().declared();
        Scenario before = Scenario.supposed(engine, known, engine.settings());
        Scenario.Shares were = before.shares();
        endIfGivenUp();
        Scenario after = before.then(change.applied(known), change.settings(), change.overlays());
        endIfGivenUp();
        Scenario.Shares are = after.shares();
        Moved moved = moved(before, after, were, are);
        Judgement judgement = new Judgement(engine, change, before, after, were.byAddress(), are.byAddress());
        double ideal = losses(were.byAddress(), are.byAddress()).values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        RehearsedLoads loads = new RehearsedLoads(before, after, were.byAddress(), are.byAddress());
        Set<String> named = change.addresses(known);
        judgement.judge(
                moved.ways().entrySet().stream()
                        .filter(way -> !named.contains(way.getKey().from())
                                && !named.contains(way.getKey().to()))
                        .mapToDouble(Map.Entry::getValue)
                        .sum(),
                moved.exact());
        return new Rehearsal(
                percent(moved.part()),
                percent(ideal),
                moved.exact() && !engine.isShortOfPoints(),
                largest(moved.ways()).stream()
                        .map(way -> new Move(way.getKey().from(), way.getKey().to(), percent(way.getValue())))
                        .toList(),
                endpoints(before, after, loads),
                zones(before, after, loads),
                judgement.verdict(),
                judgement.because());
    }

    private static void endIfGivenUp() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("nobody waits for this rehearsal any more");
        }
    }

    private static double percent(double part) {
        return Explanation.rounded(100 * part);
    }

    private record Moved(double part, boolean exact, Map<KeyMap.Move, Double> ways) {}

    private static Moved moved(Scenario before, Scenario after, Scenario.Shares were, Scenario.Shares are) {
        boolean keyed = before.keys() != null;
        if (keyed && after.keys() != null) {
            KeyMap.Moves moves = after.since(before);
            return new Moved(moves.moved(), moves.exact(), moves.between());
        }
        if (!keyed && after.keys() == null) {
            Map<String, Double> losses = losses(were.byAddress(), are.byAddress());
            Map<String, Double> gains = losses(are.byAddress(), were.byAddress());
            double lost =
                    losses.values().stream().mapToDouble(Double::doubleValue).sum();
            return new Moved(lost, were.exact() && are.exact(), ways(losses, gains));
        }
        double stays = were.byAddress().entrySet().stream()
                .mapToDouble(each -> each.getValue() * are.byAddress().getOrDefault(each.getKey(), 0.0))
                .sum();
        return new Moved(1 - stays, were.exact() && are.exact(), ways(were.byAddress(), are.byAddress()));
    }

    /** In their order, without the others being sorted, which may be hundreds of thousands. */
    private static List<Map.Entry<KeyMap.Move, Double>> largest(Map<KeyMap.Move, Double> ways) {
        Comparator<Map.Entry<KeyMap.Move, Double>> order = Map.Entry.<KeyMap.Move, Double>comparingByValue(
                        Comparator.reverseOrder())
                .thenComparing(each -> each.getKey().from())
                .thenComparing(each -> each.getKey().to());
        PriorityQueue<Map.Entry<KeyMap.Move, Double>> largest = new PriorityQueue<>(order.reversed());
        for (Map.Entry<KeyMap.Move, Double> way : ways.entrySet()) {
            if (largest.size() < MOVES) {
                largest.add(way);
            } else if (order.compare(way, largest.element()) < 0) {
                largest.remove();
                largest.add(way);
            }
        }
        return largest.stream().sorted(order).toList();
    }

    private static Map<String, Double> losses(Map<String, Double> before, Map<String, Double> after) {
        Map<String, Double> losses = new HashMap<>();
        before.forEach((address, share) -> {
            double lost = share - after.getOrDefault(address, 0.0);
            if (lost > NOTHING) {
                losses.put(address, lost);
            }
        });
        return losses;
    }

    /** What goes from each to each if it goes by chance; of the largest alone. */
    private static Map<KeyMap.Move, Double> ways(Map<String, Double> from, Map<String, Double> to) {
        Map<KeyMap.Move, Double> ways = new HashMap<>();
        double all = to.values().stream().mapToDouble(Double::doubleValue).sum();
        largestParts(from)
                .forEach((source, part) -> largestParts(to).forEach((target, gained) -> {
                    if (!source.equals(target)) {
                        ways.put(new KeyMap.Move(source, target), part * gained / all);
                    }
                }));
        return ways;
    }

    private static Map<String, Double> largestParts(Map<String, Double> parts) {
        return parts.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(MOVES + 1)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
    }

    private static List<EndpointShare> endpoints(Scenario before, Scenario after, RehearsedLoads loads) {
        return Stream.of(before, after)
                .flatMap(each -> each.known().endpoints().stream())
                .map(Endpoint::address)
                .distinct()
                .map(each -> {
                    List<String> one = List.of(each);
                    return new EndpointShare(each, loads.before(one), loads.after(one), loads.load(one, one));
                })
                .sorted(Comparator.<EndpointShare>comparingDouble(each -> -Math.abs(each.after() - each.before()))
                        .thenComparing(EndpointShare::address))
                .toList();
    }

    private static List<ZoneShare> zones(Scenario before, Scenario after, RehearsedLoads loads) {
        Map<String, List<String>> then = byZone(before);
        Map<String, List<String>> now = byZone(after);
        List<String> names = new ArrayList<>(then.keySet());
        now.keySet().stream().filter(each -> !then.containsKey(each)).forEach(names::add);
        return names.equals(List.of(""))
                ? List.of()
                : names.stream()
                        .map(name -> {
                            List<String> those = then.getOrDefault(name, List.of());
                            List<String> these = now.getOrDefault(name, List.of());
                            return new ZoneShare(
                                    name.isEmpty() ? null : name,
                                    loads.before(those),
                                    loads.after(these),
                                    loads.load(those, these));
                        })
                        .toList();
    }

    private static Map<String, List<String>> byZone(Scenario scenario) {
        return scenario.known().endpoints().stream()
                .collect(Collectors.groupingBy(
                        each -> scenario.settings().zone().of(each),
                        TreeMap::new,
                        Collectors.mapping(Endpoint::address, Collectors.toList())));
    }
}

package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.engine.RouteGroups;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Split;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The groups that the requests of one route go to, and the part of them that each gets; without a route, or without routes at
 * all, one that gets all of them. Immutable.
 */
final class RoutedPickers {

    private final @Nullable Route route;
    private final @Nullable Split split;
    private final double[] parts;
    private final List<Picker> pickers;

    private RoutedPickers(@Nullable Route route, List<Picker> pickers) {
        this.route = route;
        this.split = route == null || route.split().isEmpty() ? null : new Split(route);
        this.pickers = pickers;
        this.parts = new double[pickers.size()];
        for (int slot = 0; slot < Split.SLOTS; slot++) {
            parts[group(slot)] += 1.0 / Split.SLOTS;
        }
    }

    /** Requests for which this route holds, or none. */
    static RoutedPickers of(@Nullable Route route, RouteGroups groups, Picker everything) {
        RouteGroups.Member base = groups.member(Group.BASE);
        if (base == null || route == null) {
            return new RoutedPickers(null, List.of(base == null ? everything : base.plain()));
        }
        return new RoutedPickers(
                route,
                route.groups().stream()
                        .map(each -> Objects.requireNonNull(groups.member(each)).plain())
                        .toList());
    }

    /** Requests that belong to one group. */
    static RoutedPickers of(Picker picker) {
        return new RoutedPickers(null, List.of(picker));
    }

    /** The route of requests of which nothing is known. */
    static @Nullable Route unconditional(List<Route> routes) {
        return routes.stream().filter(each -> each.when().isEmpty()).findFirst().orElse(null);
    }

    private int group(int slot) {
        int part = split == null ? 0 : split.part(slot);
        return part == Split.REST ? pickers.size() - 1 : part;
    }

    /** Where the keys of the first group go; null if no key matters, or there is no endpoint. */
    @Nullable KeyMap keys() {
        return KeyMap.of(TieredPicker.first(pickers.get(0)));
    }

    /**
     * The shares of first attempts.
     *
     * @param computed gives those of a picker, or null if it cannot
     */
    Scenario.Shares shares(PickContext request, Function<Picker, @Nullable Map<String, Double>> computed) {
        Map<String, Double> shares = new HashMap<>();
        boolean exact = true;
        for (int i = 0; i < parts.length; i++) {
            if (parts[i] > 0) {
                double part = parts[i];
                Picker first = TieredPicker.first(pickers.get(i));
                Map<String, Double> of = computed.apply(first);
                Map<String, Double> drawn = of == null ? drawn(pickers.get(i), request) : of;
                exact &= of == null ? drawn.isEmpty() : KeyMap.of(first) != null || !StrategyCatalogue.isByLoad(first);
                drawn.forEach((address, share) -> shares.merge(address, part * share, Double::sum));
            }
        }
        return new Scenario.Shares(shares, exact);
    }

    /** Whether chance says which of several groups a request goes to. */
    boolean isByChance() {
        return pickers.size() > 1;
    }

    /** The shares of a key with this hash: the endpoint that is its in each group gets what the group gets. */
    Scenario.Shares sharesOf(long hash, Set<Endpoint> tried) {
        Map<String, Double> shares = new HashMap<>();
        for (int i = 0; i < parts.length; i++) {
            KeyMap keys = KeyMap.of(TieredPicker.asked(pickers.get(i), tried));
            if (keys != null && parts[i] > 0) {
                shares.merge(keys.pick(hash, tried).address(), parts[i], Double::sum);
            }
        }
        return new Scenario.Shares(shares, true);
    }

    /** The shares of first attempts, by address; null if they cannot be computed. */
    @Nullable Map<String, Double> computed() {
        return IntStream.range(0, parts.length)
                        .filter(i -> parts[i] > 0)
                        .allMatch(i -> StrategyCatalogue.shares(TieredPicker.first(pickers.get(i))) != null)
                ? shares(PickContext.NONE, StrategyCatalogue::shares).byAddress()
                : null;
    }

    private static Map<String, Double> drawn(Picker picker, PickContext request) {
        Map<String, Double> shares = new HashMap<>();
        for (int i = 0; i < Explanation.DRAWS; i++) {
            Endpoint picked = picker.pick(request);
            if (picked != null) {
                shares.merge(picked.address(), 1.0, Double::sum);
            }
        }
        shares.replaceAll((address, picks) -> picks / Explanation.DRAWS);
        return shares;
    }

    /** Which keys go elsewhere when these follow others: a key keeps its slot, and has its own place in each group. */
    KeyMap.Moves since(RoutedPickers before) {
        KeyMap all = keys();
        KeyMap were = before.keys();
        if (pickers.size() == 1 && before.pickers.size() == 1 && all != null && were != null) {
            return all.since(were);
        }
        Map<KeyMap.Move, Double> between = new HashMap<>();
        boolean exact = true;
        double[][] overlap = overlap(before);
        for (int was = 0; was < overlap.length; was++) {
            KeyMap then = KeyMap.of(TieredPicker.first(before.pickers.get(was)));
            for (int is = 0; is < pickers.size(); is++) {
                KeyMap now = KeyMap.of(TieredPicker.first(pickers.get(is)));
                double part = overlap[was][is];
                if (part > 0 && then != null && now != null) {
                    KeyMap.Moves moves = now.since(then);
                    exact &= moves.exact();
                    moves.between().forEach((way, keys) -> between.merge(way, part * keys, Double::sum));
                }
            }
        }
        return new KeyMap.Moves(
                between.values().stream().mapToDouble(Double::doubleValue).sum(), exact, between);
    }

    /** The part of the keys that were in each group and are in each. Routes of different names deal them independently. */
    private double[][] overlap(RoutedPickers before) {
        double[][] overlap = new double[before.pickers.size()][pickers.size()];
        boolean dealtAlike =
                route != null && before.route != null && route.name().equals(before.route.name());
        for (int slot = 0; dealtAlike && slot < Split.SLOTS; slot++) {
            overlap[before.group(slot)][group(slot)] += 1.0 / Split.SLOTS;
        }
        for (int was = 0; !dealtAlike && was < overlap.length; was++) {
            for (int is = 0; is < pickers.size(); is++) {
                overlap[was][is] = before.parts[was] * parts[is];
            }
        }
        return overlap;
    }
}

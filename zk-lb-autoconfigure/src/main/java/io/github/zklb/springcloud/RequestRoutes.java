package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.strategy.Hashing;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.Request;

/**
 * The routes of a service as its requests meet them: finds the group that a request belongs to. Every client finds the same for
 * the same request, but for a split of requests without a key. Immutable.
 */
public final class RequestRoutes {

    private final List<Rule> rules;

    /**
     * A route.
     *
     * @param groups the groups that it may send a request to; of a split, the last is the rest
     * @param when its conditions
     * @param stickyBy finds the key by which a request keeps its part; null if the service's hash key counts
     */
    private record Rule(
            Route route,
            List<Group> groups,
            List<Predicate<Request<?>>> when,
            @Nullable HashKeyResolver stickyBy,
            Split split) {

        boolean holds(Request<?> request) {
            for (Predicate<Request<?>> each : when) {
                if (!each.test(request)) {
                    return false;
                }
            }
            return true;
        }

        @Nullable String key(Request<?> request, @Nullable String hashKey, boolean byHand) {
            return stickyBy == null || byHand ? hashKey : stickyBy.resolve(request);
        }

        Group in(int slot) {
            int part = split.part(slot);
            return groups.get(part == Split.REST ? groups.size() - 1 : part);
        }

        /** The group of a request whose earlier attempts went there, and of which nobody has kept it. */
        Group of(Set<Endpoint> tried) {
            return groups.stream()
                    .filter(group -> !group.isBase() && tried.stream().anyMatch(group.members(List.of())))
                    .findFirst()
                    .orElseGet(() -> groups.get(groups.size() - 1));
        }
    }

    /**
     * The routes of a service.
     *
     * @param routes its routes
     * @param sources the key sources that conditions and splits name
     * @throws InvalidSettingException if one names a source that is not known
     */
    public RequestRoutes(List<Route> routes, KeySources sources) {
        List<Rule> all = new ArrayList<>();
        for (int i = 0; i < routes.size(); i++) {
            all.add(rule(routes.get(i), "routes[" + i + "].", sources));
        }
        this.rules = List.copyOf(all);
    }

    private static Rule rule(Route route, String property, KeySources sources) {
        List<Predicate<Request<?>>> when = new ArrayList<>();
        for (int i = 0; i < route.when().size(); i++) {
            when.add(condition(route.when().get(i), property + "when[" + i + "]", sources));
        }
        HashKeyResolver stickyBy =
                route.stickyBy().isEmpty() ? null : sources.firstOf(property + "sticky-by", route.stickyBy());
        return new Rule(route, route.groups(), List.copyOf(when), stickyBy, new Split(route));
    }

    private static Predicate<Request<?>> condition(String text, String property, KeySources sources) {
        int equals = text.indexOf('=');
        HashKeyResolver source = sources.source(property, equals < 0 ? text : text.substring(0, equals));
        if (equals < 0) {
            return request -> source.resolve(request) != null;
        }
        String value = text.substring(equals + 1).trim();
        String prefix = value.endsWith("*") ? value.substring(0, value.length() - 1) : null;
        return request -> {
            String found = source.resolve(request);
            return found != null && (prefix == null ? found.equals(value) : found.startsWith(prefix));
        };
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return rules.isEmpty();
    }

    /**
     * The group of a request.
     *
     * @param hashKey the request's hash key, if it has one
     * @param byHand whether the caller has given the key, and there is nothing else to look at
     * @param tried where earlier attempts of it went
     */
    Group group(Request<?> request, @Nullable String hashKey, boolean byHand, Set<Endpoint> tried) {
        Rule rule = rule(request);
        if (rule == null) {
            return Group.BASE;
        }
        if (rule.groups.size() == 1) {
            return rule.groups.get(0);
        }
        String key = rule.key(request, hashKey, byHand);
        if (key != null) {
            return rule.in(rule.split.slot(Hashing.ofText(key)));
        }
        return tried.isEmpty() ? rule.in(ThreadLocalRandom.current().nextInt(Split.SLOTS)) : rule.of(tried);
    }

    /**
     * Where a request belongs, and why.
     *
     * @param route the route that holds; null if none does
     * @param group the group; null if it is left to chance
     * @param slot the slot of its key in the route's split; null without a split, or without a key
     * @param because why, in a sentence
     */
    public record Found(
            @Nullable Route route,
            @Nullable Group group,
            @Nullable Integer slot,
            String because) {}

    /**
     * Explains where a request belongs.
     *
     * @param hash the hash of the hash key, if it is known
     * @param tried where earlier attempts of it went
     */
    public Found explain(Request<?> request, @Nullable Long hash, Set<Endpoint> tried) {
        Rule rule = rule(request);
        if (rule == null) {
            return new Found(null, Group.BASE, null, "no route holds for the request");
        }
        String holds = "route " + rule.route.name() + " holds"
                + (rule.route.when().isEmpty() ? " for each request" : ": " + String.join(", ", rule.route.when()));
        if (rule.groups.size() == 1) {
            return new Found(rule.route, rule.groups.get(0), null, holds);
        }
        String key = rule.stickyBy == null ? null : rule.stickyBy.resolve(request);
        Long of = key == null ? rule.stickyBy == null ? hash : null : Long.valueOf(Hashing.ofText(key));
        if (of == null) {
            return tried.isEmpty()
                    ? new Found(rule.route, null, null, holds + "; without a key, chance decides")
                    : new Found(rule.route, rule.of(tried), null, holds + "; a retry stays where chance has sent it");
        }
        int slot = rule.split.slot(of);
        return new Found(
                rule.route,
                rule.in(slot),
                slot,
                holds + "; the slot of the key belongs to the group, of " + Split.SLOTS);
    }

    private @Nullable Rule rule(Request<?> request) {
        for (Rule rule : rules) {
            if (rule.holds(request)) {
                return rule;
            }
        }
        return null;
    }
}

package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.Strategy;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.Zones;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The groups of a service's routes, each with a picker. A group is a row of candidates that the zones are balanced in; behind it,
 * for retries and for when it cannot serve, come those that its route names. Groups of the same metadata share a row and its
 * cursors. Immutable but for the counts.
 */
public final class RouteGroups {

    /** Those of a service without routes. */
    public static final RouteGroups NONE = new RouteGroups(Map.of());

    private final Map<Group, Member> members;

    /**
     * A group.
     *
     * @param candidates its own endpoints
     * @param zones whether zones count among these, and how
     * @param own the same, by identity
     * @param plain picks from these, and from those behind; to be looked at
     * @param picker the same, taking account of what has happened since
     * @param count its picks
     */
    public record Member(
            Group group,
            Candidates candidates,
            Zones.State zones,
            Set<Endpoint> own,
            Picker plain,
            Picker picker,
            Count count) {

        /** All candidates as its requests find them: those that are not its own are in later tiers. */
        public Candidates among(HostSet all) {
            Predicate<Endpoint> others = each -> !own.contains(each);
            return candidates.among(all).because(others, Reason.OTHER_GROUP).later(others, TieredPicker.GOOD + 1);
        }

        private @Nullable Endpoint pick(PickContext context) {
            Endpoint picked = picker.pick(context);
            if (picked != null) {
                (own.contains(picked) ? count.own : count.elsewhere).increment();
            }
            return picked;
        }
    }

    /**
     * What became of the requests of a group.
     *
     * @param own went to an endpoint of its own
     * @param elsewhere went to another one
     */
    public record Count(LongAdder own, LongAdder elsewhere) {

        Count() {
            this(new LongAdder(), new LongAdder());
        }
    }

    /** The counts of a service, which outlive its snapshots. Those of groups that have long gone are only in the sum. */
    public static final class Counts {

        /** More than routes can have groups: of those that they have, each change asks for all. */
        private static final int MOST = 256;

        private final Map<Group, Count> all = new LinkedHashMap<>(16, 0.75f, true);
        private long elsewhereOfThoseGone;

        /** How many requests of any group went elsewhere. */
        public synchronized long elsewhere() {
            return elsewhereOfThoseGone
                    + all.values().stream()
                            .mapToLong(count -> count.elsewhere.sum())
                            .sum();
        }

        /** The same as long as the group is the same. */
        public synchronized Count of(Group group) {
            Count count = all.computeIfAbsent(new Group(group.route(), group.to(), Otherwise.BASE), any -> new Count());
            if (all.size() > MOST) {
                Iterator<Count> eldest = all.values().iterator();
                elsewhereOfThoseGone += eldest.next().elsewhere.sum();
                eldest.remove();
            }
            return count;
        }
    }

    /** Strategies by row and tier, since a cursor counts the picks among certain endpoints. For one thread at a time. */
    public static final class Strategies {

        private final Supplier<Strategy> made;
        private final List<Strategy> everything = new ArrayList<>();
        private final Map<Map<String, String>, List<Strategy>> byRow = new HashMap<>();

        /**
         * None yet.
         *
         * @param made makes one
         */
        public Strategies(Supplier<Strategy> made) {
            this.made = made;
        }

        /** Those of the tiers of all candidates. */
        public IntFunction<Strategy> everything() {
            return of(everything);
        }

        private IntFunction<Strategy> of(Map<String, String> row) {
            return of(byRow.computeIfAbsent(row, any -> new ArrayList<>()));
        }

        private IntFunction<Strategy> of(List<Strategy> tiers) {
            return tier -> {
                while (tiers.size() <= tier) {
                    tiers.add(made.get());
                }
                return tiers.get(tier);
            };
        }

        /** Begins anew. */
        public void clear() {
            everything.clear();
            byRow.clear();
        }
    }

    private RouteGroups(Map<Group, Member> members) {
        this.members = members;
    }

    /**
     * What the stages left of each group, by its metadata; the base has none.
     *
     * @param passed what all stages but that of the zones left
     * @param zones that stage, given what tells the members of the row
     * @param last the groups before these: where a row has the same endpoints, it has the same host set, of which a strategy
     *     makes no other picker
     */
    public static Map<Map<String, String>, Zones> rows(
            List<Route> routes,
            Candidates passed,
            BiFunction<Candidates, Predicate<Endpoint>, Zones> zones,
            RouteGroups last) {
        Map<Map<String, String>, Zones> rows = new LinkedHashMap<>();
        for (Group group : groups(routes)) {
            rows.computeIfAbsent(group.to(), any -> {
                Predicate<Endpoint> member = group.members(routes);
                HostSet hosts = passed.hosts().filter(member);
                Member before = last.members.get(group);
                HostSet same =
                        before != null && isSame(before.candidates.hosts(), hosts) ? before.candidates.hosts() : hosts;
                return zones.apply(passed.among(same), member);
            });
        }
        return rows;
    }

    @SuppressWarnings("ReferenceEquality") // whoever reads a snapshot knows its endpoints by identity
    private static boolean isSame(HostSet some, HostSet others) {
        return some.size() == others.size()
                && IntStream.range(0, some.size()).allMatch(i -> some.get(i) == others.get(i));
    }

    private static Set<Group> groups(List<Route> routes) {
        Set<Group> groups = Collections.newSetFromMap(new LinkedHashMap<>());
        groups.add(Group.BASE);
        routes.forEach(route -> groups.addAll(route.groups()));
        return groups;
    }

    /**
     * The groups of some routes.
     *
     * @param rows what the stages left of them
     * @param all all candidates
     * @param everything picks from all of them
     * @param strategies their strategies; those of rows that there are no more are forgotten
     * @param upToDate lets a picker take account of what happens afterwards
     * @param counts the counts of a group
     */
    public static RouteGroups of(
            List<Route> routes,
            Map<Map<String, String>, Zones> rows,
            HostSet all,
            Picker everything,
            Strategies strategies,
            UnaryOperator<Picker> upToDate,
            Function<Group, Count> counts) {
        strategies.byRow.keySet().retainAll(rows.keySet());
        if (routes.isEmpty()) {
            return NONE;
        }
        Map<Map<String, String>, TieredPicker> pickers = new HashMap<>();
        rows.forEach((to, row) -> pickers.put(to, TieredPicker.row(row.candidates(), strategies.of(to))));
        TieredPicker base = Objects.requireNonNull(pickers.get(Group.BASE.to()));
        Map<Group, Member> members = new LinkedHashMap<>();
        for (Group group : groups(routes)) {
            TieredPicker own = Objects.requireNonNull(pickers.get(group.to()));
            Picker picker = switch (group.otherwise()) {
                case FAIL -> own;
                case ALL -> TieredPicker.inTurn(List.of(own), all, everything);
                case BASE -> TieredPicker.inTurn(List.of(own, base), all, everything);
            };
            Zones zones = Objects.requireNonNull(rows.get(group.to()));
            Candidates row = zones.candidates();
            Set<Endpoint> hosts = Collections.newSetFromMap(new IdentityHashMap<>());
            hosts.addAll(row.hosts().endpoints());
            members.put(
                    group,
                    new Member(group, row, zones.state(), hosts, picker, upToDate.apply(picker), counts.apply(group)));
        }
        return new RouteGroups(members);
    }

    /** What the stages left of each group, by its metadata. */
    public Map<Map<String, String>, Zones> rows() {
        Map<Map<String, String>, Zones> rows = new LinkedHashMap<>();
        members.values().forEach(each -> rows.put(each.group.to(), new Zones(each.candidates, each.zones)));
        return rows;
    }

    /** One of them; that of requests without a route if there is no such group any more; null without routes. */
    public @Nullable Member member(Group group) {
        Member member = members.get(group);
        return member == null ? members.get(Group.BASE) : member;
    }

    /**
     * Picks for a request, and counts that.
     *
     * @param group where it belongs
     * @param everything picks where there are no routes any more
     */
    public @Nullable Endpoint pick(Group group, PickContext context, Picker everything) {
        Member member = member(group);
        return member == null ? everything.pick(context) : member.pick(context);
    }
}

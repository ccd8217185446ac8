package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.membership.Membership;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Route.Group;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a request reads. Immutable; a change publishes another one.
 *
 * @param membership the registered endpoints
 * @param candidates what the stages made of them
 * @param picker picks from what they left
 * @param first the picker that it asks first, to be looked at
 * @param groups picks for the groups of the routes
 * @param view what the edge made of the same endpoints, in advance; the same object as long as these are the same
 */
public record Snapshot(
        Membership membership, Candidates candidates, Picker picker, Picker first, RouteGroups groups, Object view) {

    /**
     * A snapshot of the registry's endpoints.
     *
     * @param registered its endpoints with the weights that count
     * @param passed what the stages made of these and of others
     * @param strategies the strategy of each tier
     * @param upToDate lets a picker of what the stages left take account of what happens afterwards
     * @param last the one before, or null if this is the first
     */
    static Snapshot of(
            Membership membership,
            HostSet registered,
            Candidates passed,
            IntFunction<Strategy> strategies,
            Function<HostSet, Object> views,
            UnaryOperator<Picker> upToDate,
            @Nullable Snapshot last) {
        Set<Endpoint> its = Collections.newSetFromMap(new IdentityHashMap<>());
        its.addAll(registered.endpoints());
        HostSet hosts = passed.hosts().filter(its::contains);
        Object view = null;
        if (last != null && last.candidates.hosts().equals(hosts)) {
            hosts = last.candidates.hosts(); // the view knows its endpoints by identity
            view = last.view;
        }
        Candidates candidates = passed.among(hosts);
        Picker tiers = TieredPicker.of(candidates, strategies);
        return new Snapshot(
                membership,
                candidates,
                upToDate.apply(tiers),
                TieredPicker.first(tiers),
                RouteGroups.NONE,
                view == null ? views.apply(hosts) : view);
    }

    /** The endpoint for one request, or null if there is none to give; one of the candidates' own objects. */
    public @Nullable Endpoint pick(PickContext context) {
        return picker.pick(context);
    }

    /** The same for a request that belongs to a group. */
    public @Nullable Endpoint pick(PickContext context, Group group) {
        return groups.pick(group, context, picker);
    }

    /** The same, with these groups. */
    Snapshot with(RouteGroups newGroups) {
        return new Snapshot(membership, candidates, picker, first, newGroups, view);
    }

    /** The same endpoints and picker, with what the membership says of itself now. */
    Snapshot with(Membership newMembership) {
        return new Snapshot(newMembership, candidates, picker, first, groups, view);
    }
}

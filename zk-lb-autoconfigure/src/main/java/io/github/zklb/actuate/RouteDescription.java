package io.github.zklb.actuate;

import io.github.zklb.engine.RouteGroups;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.springcloud.RequestRoutes;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.Zones;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A route of a service.
 *
 * @param name its name; null stands for the requests for which no route holds
 * @param when its conditions
 * @param groups where its requests go; of a split, the last is the rest
 */
public record RouteDescription(@Nullable String name, List<String> when, List<GroupDescription> groups) {

    /**
     * A group.
     *
     * @param to the metadata of its endpoints; empty for those that no route names
     * @param percent the part of the route's requests that it gets; null without a split, and for the rest
     * @param otherwise who serves while none of it can
     * @param endpoints how many there are of it that may be given to requests
     * @param picks the requests that an endpoint of it got
     * @param fallbacks the requests of it that another endpoint got
     * @param zone whether zones count among its endpoints, and how
     */
    public record GroupDescription(
            Map<String, String> to,
            @Nullable Double percent,
            Otherwise otherwise,
            int endpoints,
            long picks,
            long fallbacks,
            Zones.State zone) {}

    /**
     * Where one request belongs.
     *
     * @param name the route that holds; null if none does
     * @param to the metadata of the group's endpoints, empty for those that no route names; null if chance decides
     * @param otherwise who serves while none of them can; null if chance decides
     * @param slot the slot of the request's key in the split, from 0 to 9999; null without a split or a key
     * @param because why, in a sentence
     */
    public record Choice(
            @Nullable String name,
            @Nullable Map<String, String> to,
            @Nullable Otherwise otherwise,
            @Nullable Integer slot,
            String because) {

        static Choice of(RequestRoutes.Found found) {
            Route route = found.route();
            Group group = found.group();
            return new Choice(
                    route == null ? null : route.name(),
                    group == null ? null : group.to(),
                    group == null ? null : group.otherwise(),
                    found.slot(),
                    found.because());
        }
    }

    static List<RouteDescription> of(List<Route> routes, @Nullable Snapshot snapshot) {
        if (routes.isEmpty() || snapshot == null) {
            return List.of();
        }
        List<RouteDescription> all = new ArrayList<>();
        all.add(new RouteDescription(null, List.of(), List.of(group(Group.BASE, null, snapshot))));
        for (Route route : routes) {
            List<GroupDescription> groups = new ArrayList<>();
            List<Group> of = route.groups();
            for (int i = 0; i < of.size(); i++) {
                boolean isPart = i < route.split().size();
                groups.add(group(of.get(i), isPart ? route.split().get(i).percent() : null, snapshot));
            }
            all.add(new RouteDescription(route.name(), route.when(), groups));
        }
        return all;
    }

    private static GroupDescription group(Group group, @Nullable Double percent, Snapshot snapshot) {
        RouteGroups.Member member = snapshot.groups().member(group);
        return member == null
                ? new GroupDescription(group.to(), percent, group.otherwise(), 0, 0, 0, Zones.State.OFF)
                : new GroupDescription(
                        group.to(),
                        percent,
                        group.otherwise(),
                        member.candidates().hosts().size(),
                        member.count().own().sum(),
                        member.count().elsewhere().sum(),
                        member.zones());
    }
}

package io.github.zklb.autoconfigure.properties;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.traffic.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below an element of {@code zk-lb.routes}.
 *
 * @param name Name of the route, which also decides which requests are the first of its split.
 * @param when Conditions on a request, all of which must hold: a key source such as header:X-Canary, which must be present, or
 *     with =value or =prefix* behind it. Without any, the route holds for every request.
 * @param to Metadata of the instances that the requests go to.
 * @param split Parts of the requests that go to instances of their own, instead of to.
 * @param stickyBy Sources of the key by which a request keeps its part, as those of a hash key, which they are by default;
 *     without a key, a request goes by chance.
 * @param otherwise Instances that serve while none of a group can: base, those that no route names; all; or fail, none.
 */
public record RouteProperties(
        @DefaultValue("") String name,
        @DefaultValue List<String> when,
        @DefaultValue Map<String, String> to,
        @DefaultValue List<Part> split,
        @DefaultValue List<String> stickyBy,
        @DefaultValue("base") Route.Otherwise otherwise) {

    /**
     * The properties below an element of a route's {@code split}.
     *
     * @param to Metadata of the instances that the part goes to.
     * @param percent Part of the requests, 0 to 100 in steps of 0.01; the rest goes to the instances that no route names.
     */
    public record Part(
            @DefaultValue Map<String, String> to, @Nullable Double percent) {}

    static List<Route> toRoutes(List<RouteProperties> routes) {
        List<Route> all = new ArrayList<>();
        for (int i = 0; i < routes.size(); i++) {
            all.add(routes.get(i).toRoute("routes[" + i + "]"));
        }
        return all;
    }

    private Route toRoute(String property) {
        List<Route.Part> parts = new ArrayList<>();
        for (int i = 0; i < split.size(); i++) {
            Double percent = split.get(i).percent;
            if (percent == null) {
                throw new InvalidSettingException(property + ".split[" + i + "].percent", "0..100", "missing");
            }
            parts.add(new Route.Part(split.get(i).to, percent));
        }
        return new Route(name, when, to, parts, stickyBy, otherwise);
    }
}

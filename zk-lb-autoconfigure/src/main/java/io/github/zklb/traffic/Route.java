package io.github.zklb.traffic;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.Message;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A rule that sends requests to some of a service's endpoints: all that it holds for to one group, or a part of them each to
 * several. Immutable.
 *
 * @param name its name, which also decides which requests are the first of its split
 * @param when what must hold for a request, all of it; what that means is the edge's affair. Empty if it holds for each
 * @param to the metadata of the endpoints of its only group; empty if it splits
 * @param split the parts that go to a group each; the rest goes to the base. Empty if it has one group
 * @param stickyBy where the key is looked for by which a request keeps its part; if empty, the hash key of the service counts
 * @param otherwise who serves while none of a group can
 */
public record Route(
        String name,
        List<String> when,
        Map<String, String> to,
        List<Part> split,
        List<String> stickyBy,
        Otherwise otherwise) {

    private static final int MOST_ROUTES = 16;
    private static final int MOST_PARTS = 8;
    private static final double WHOLE = 100;

    /** Who serves the requests of a group while none of it can. */
    public enum Otherwise {
        /** The endpoints that no route names; when none of them can either, all. */
        BASE,
        /** All endpoints. */
        ALL,
        /** Nobody. */
        FAIL
    }

    /**
     * A part of a split.
     *
     * @param to the metadata of the endpoints of the group
     * @param percent how much of the requests goes there, in steps of 0.01
     */
    public record Part(Map<String, String> to, double percent) {

        /** Copies the metadata. */
        public Part {
            to = Collections.unmodifiableMap(new TreeMap<>(to));
        }
    }

    /**
     * Where a request belongs.
     *
     * @param route the name of the route that says so; empty if none does
     * @param to the metadata of the group's endpoints; empty stands for the base
     * @param otherwise who serves while none of them can
     */
    public record Group(String route, Map<String, String> to, Otherwise otherwise) {

        /** Where requests belong for which no route holds. */
        public static final Group BASE = new Group("", Map.of(), Otherwise.ALL);

        /** Copies the metadata. */
        public Group {
            to = Collections.unmodifiableMap(new TreeMap<>(to));
        }

        /** The rest of a split. */
        static Group rest(String route) {
            return new Group(route, Map.of(), Otherwise.ALL);
        }

        /** Whether it is one of those endpoints that no route names. */
        public boolean isBase() {
            return to.isEmpty();
        }

        /** Whether nobody else serves in place of its endpoints. */
        public boolean fails() {
            return otherwise == Otherwise.FAIL;
        }

        /** Who is in it, by the routes that there are. */
        public Predicate<Endpoint> members(List<Route> routes) {
            return isBase()
                    ? endpoint -> routes.stream().flatMap(Route::selectors).noneMatch(each -> isNamed(endpoint, each))
                    : endpoint -> isNamed(endpoint, to);
        }

        private static boolean isNamed(Endpoint endpoint, Map<String, String> metadata) {
            return endpoint.metadata().entrySet().containsAll(metadata.entrySet());
        }

        /** Why it has no endpoint for a request, in a sentence. */
        public String none(String serviceId) {
            return Message.NONE_OF_THE_ROUTES_GROUP.of(
                    "service " + serviceId + " has no instance for this request: none with the metadata " + to
                            + " serves, which its route '" + route + "' asks for, and the route's 'otherwise' is fail");
        }
    }

    /** Copies the lists and the metadata. */
    public Route {
        when = List.copyOf(when);
        to = Collections.unmodifiableMap(new TreeMap<>(to));
        split = List.copyOf(split);
        stickyBy = List.copyOf(stickyBy);
    }

    /** The same with another percent of the first part of its split, which then has no other. */
    public Route withPercent(double percent) {
        return new Route(name, when, to, List.of(new Part(split.get(0).to(), percent)), stickyBy, otherwise);
    }

    /** The groups that it may send a request to, in their order; of a split, the last is the rest. */
    public List<Group> groups() {
        return split.isEmpty()
                ? List.of(new Group(name, to, otherwise))
                : Stream.concat(
                                split.stream().map(part -> new Group(name, part.to, otherwise)),
                                Stream.of(Group.rest(name)))
                        .toList();
    }

    private Stream<Map<String, String>> selectors() {
        return split.isEmpty() ? Stream.of(to) : split.stream().map(Part::to);
    }

    /**
     * Checks the routes of a service, and copies them.
     *
     * @throws InvalidSettingException if they cannot be
     */
    public static List<Route> checked(List<Route> routes) {
        if (routes.size() > MOST_ROUTES) {
            throw new InvalidSettingException("routes", "a list of at most " + MOST_ROUTES + " routes", routes.size());
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < routes.size(); i++) {
            Route route = routes.get(i);
            String property = "routes[" + i + "]";
            if (!route.name.matches("[A-Za-z0-9._-]{1,64}")) {
                throw new InvalidSettingException(
                        property + ".name",
                        "a name of 1 to 64 letters, digits, dots, hyphens and underscores",
                        "'" + route.name + "'");
            }
            if (!names.add(route.name)) {
                throw new InvalidSettingException(
                        property + ".name", "another name than those of the routes before", "'" + route.name + "'");
            }
            route.checkGroups(property);
        }
        return List.copyOf(routes);
    }

    private void checkGroups(String property) {
        if (to.isEmpty() == split.isEmpty()) {
            throw new InvalidSettingException(
                    property + ".to",
                    "the metadata of the instances, such as version: \"2\", or else there must be a split,",
                    to.isEmpty() ? "empty, and so was the split" : to + ", with a split beside it");
        }
        if (split.size() > MOST_PARTS) {
            throw new InvalidSettingException(
                    property + ".split", "a list of at most " + MOST_PARTS + " parts", split.size());
        }
        for (int i = 0; i < split.size(); i++) {
            Part part = split.get(i);
            String of = property + ".split[" + i + "]";
            if (part.to.isEmpty()) {
                throw new InvalidSettingException(
                        of + ".to", "the metadata of the instances, such as version: \"2\",", "empty");
            }
            InvalidSettingException.requireRange(of + ".percent", part.percent, 0, WHOLE);
            if (Math.abs(part.percent - Split.slots(part.percent) * WHOLE / Split.SLOTS) > 1e-9) {
                throw new InvalidSettingException(of + ".percent", "0..100 in steps of 0.01", part.percent);
            }
        }
        int slots = split.stream().mapToInt(part -> Split.slots(part.percent)).sum();
        if (slots > Split.SLOTS) {
            throw new InvalidSettingException(
                    property + ".split",
                    "of parts that are 100 percent together at most",
                    slots * WHOLE / Split.SLOTS + " percent");
        }
    }
}

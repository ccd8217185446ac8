package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.Route.Part;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What routes may say, and which endpoints are in their groups. */
class RouteTest {

    private static final Map<String, String> V2 = Map.of("version", "2");
    private static final Map<String, String> V3 = Map.of("version", "3", "canary", "yes");

    private static Route to(String name, Map<String, String> to) {
        return new Route(name, List.of(), to, List.of(), List.of(), Otherwise.BASE);
    }

    private static Route split(String name, Part... parts) {
        return new Route(name, List.of(), Map.of(), List.of(parts), List.of(), Otherwise.FAIL);
    }

    private static void refused(String message, Route... routes) {
        assertThatThrownBy(() -> Route.checked(List.of(routes)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("zk-lb." + message);
    }

    @Test
    void whatCannotBeIsRefusedByItsName() {
        refused(
                "routes[0].name must be a name of 1 to 64 letters, digits, dots, hyphens and underscores but was ''",
                to("", V2));
        refused(
                "routes[1].name must be another name than those of the routes before but was 'a'",
                to("a", V2),
                to("a", V3));
        refused(
                "routes[0].to must be the metadata of the instances, such as version: \"2\", or else there must be a"
                        + " split, but was empty, and so was the split",
                to("a", Map.of()));
        refused(
                "routes[0].to must be the metadata of the instances, such as version: \"2\", or else there must be a"
                        + " split, but was {version=2}, with a split beside it",
                new Route("a", List.of(), V2, List.of(new Part(V3, 5)), List.of(), Otherwise.BASE));
        refused(
                "routes[0].split[1].to must be the metadata of the instances, such as version: \"2\", but was empty",
                split("a", new Part(V2, 5), new Part(Map.of(), 5)));
        refused("routes[0].split[0].percent must be 0..100 but was 101.0", split("a", new Part(V2, 101)));
        refused("routes[0].split[0].percent must be 0..100 but was NaN", split("a", new Part(V2, Double.NaN)));
        refused(
                "routes[0].split[0].percent must be 0..100 in steps of 0.01 but was 0.005",
                split("a", new Part(V2, 0.005)));
        refused(
                "routes[0].split must be of parts that are 100 percent together at most but was 100.01 percent",
                split("a", new Part(V2, 60), new Part(V3, 40.01)));
        refused(
                "routes[0].split must be a list of at most 8 parts but was 9",
                split("a", Collections.nCopies(9, new Part(V2, 1)).toArray(Part[]::new)));
        refused(
                "routes must be a list of at most 16 routes but was 17",
                IntStream.range(0, 17).mapToObj(i -> to("r" + i, V2)).toArray(Route[]::new));
    }

    @Test
    void aGroupHasTheEndpointsOfItsMetadataAndTheBaseThoseThatNoRouteNames() {
        List<Route> routes = List.of(to("testers", V2), split("ramp", new Part(V3, 0)));
        Endpoint one = Endpoint.of("10.0.0.1", 80).withMetadata(Map.of("version", "1"));
        Endpoint two = Endpoint.of("10.0.0.2", 80).withMetadata(Map.of("version", "2", "zone", "a"));
        Endpoint three = Endpoint.of("10.0.0.3", 80).withMetadata(V3);
        Endpoint half = Endpoint.of("10.0.0.4", 80).withMetadata(Map.of("version", "3"));
        List<Endpoint> all = List.of(one, two, three, half);

        assertThat(all.stream().filter(Group.BASE.members(routes))).containsExactly(one, half);
        assertThat(all.stream().filter(new Group("testers", V2, Otherwise.BASE).members(routes)))
                .containsExactly(two);
        assertThat(all.stream().filter(new Group("ramp", V3, Otherwise.BASE).members(routes)))
                .containsExactly(three);
    }

    @Test
    void theRestOfASplitIsTheBaseAndNeverFails() {
        List<Group> groups = split("ramp", new Part(V2, 5)).groups();
        assertThat(groups).hasSize(2);
        assertThat(groups.get(0).fails()).isTrue();
        assertThat(groups.get(1).isBase()).isTrue();
        assertThat(groups.get(1).fails()).isFalse();
    }

    @Test
    void whatIsJustWithinTheLimitsIsAccepted() {
        List<Route> most = IntStream.range(0, 16).mapToObj(i -> to("r" + i, V2)).toList();
        assertThat(Route.checked(most)).isEqualTo(most);
        Part eighth = new Part(V2, 12.5);
        List<Route> parts = List.of(
                split("Eight-parts_of.12", Collections.nCopies(8, eighth).toArray(Part[]::new)),
                to("n".repeat(64), V3),
                split("none", new Part(V2, 0)),
                split("all", new Part(V2, 99.99), new Part(V3, 0.01)));
        assertThat(Route.checked(parts)).isEqualTo(parts);
    }

    @Test
    void aRoutesGroupsAreInItsOrderAndKnowItsNameAndWhoServesOtherwise() {
        assertThat(to("testers", V2).groups()).containsExactly(new Group("testers", V2, Otherwise.BASE));
        assertThat(split("ramp", new Part(V3, 5), new Part(V2, 10)).groups())
                .containsExactly(
                        new Group("ramp", V3, Otherwise.FAIL),
                        new Group("ramp", V2, Otherwise.FAIL),
                        new Group("ramp", Map.of(), Otherwise.ALL));
        assertThat(to("testers", V2).groups().get(0).isBase()).isFalse();
    }

    @Test
    void anotherPercentLeavesTheRestOfTheRouteAsItIs() {
        Route ramp = new Route(
                "ramp", List.of("header"), Map.of(), List.of(new Part(V2, 5)), List.of("cookie"), Otherwise.ALL);
        assertThat(ramp.withPercent(20))
                .isEqualTo(new Route(
                        "ramp",
                        List.of("header"),
                        Map.of(),
                        List.of(new Part(V2, 20)),
                        List.of("cookie"),
                        Otherwise.ALL));
    }

    @Test
    void aRequestWithoutAnEndpointIsToldWhichMetadataIsMissing() {
        assertThat(new Group("testers", V3, Otherwise.FAIL).none("orders"))
                .contains("service orders has no instance for this request")
                .contains("{canary=yes, version=3}")
                .contains("'testers'");
    }

    @Test
    void metadataIsReadInTheOrderOfItsKeysAndCannotBeChanged() {
        Map<String, String> given = new HashMap<>(V3);
        List<Map<String, String>> copies =
                List.of(to("a", given).to(), new Part(given, 5).to(), new Group("a", given, Otherwise.BASE).to());
        given.clear();
        for (Map<String, String> copy : copies) {
            assertThat(copy.keySet()).containsExactly("canary", "version");
            assertThatThrownBy(copy::clear).isInstanceOf(UnsupportedOperationException.class);
        }
    }
}

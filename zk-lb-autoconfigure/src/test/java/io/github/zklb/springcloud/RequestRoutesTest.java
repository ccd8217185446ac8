package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.Route.Part;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;

/** Which route holds for a request, and which of its groups the request belongs to. */
class RequestRoutesTest {

    private static final Map<String, String> V2 = Map.of("version", "2");
    private static final Map<String, String> V3 = Map.of("version", "3");
    private static final KeySources SOURCES = new KeySources(name -> request -> name);
    private static final Request<?> BY_HAND = new DefaultRequest<>();

    private static Request<?> request(String url, String... headers) {
        HttpHeaders all = new HttpHeaders();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(headers[i], headers[i + 1]);
        }
        return new DefaultRequest<>(new RequestDataContext(
                new RequestData(HttpMethod.GET, URI.create(url), all, new LinkedMultiValueMap<>(), Map.of())));
    }

    private static Route to(String name, Map<String, String> to, String... when) {
        return new Route(name, List.of(when), to, List.of(), List.of(), Otherwise.BASE);
    }

    private static Route halves(List<String> stickyBy) {
        return new Route("halves", List.of(), Map.of(), List.of(new Part(V2, 50)), stickyBy, Otherwise.BASE);
    }

    private static Group group(List<Route> routes, Request<?> request, @Nullable String key) {
        return new RequestRoutes(routes, SOURCES).group(request, key, false, Set.of());
    }

    @ParameterizedTest
    @CsvSource({
        "header:X-Tester, true",
        "header:X-Tester=yes, true",
        "header:X-Tester=y*, true",
        "header:X-Tester=*, true",
        "header:X-Tester=ye, false",
        "header:X-Tester=YES, false",
        "header:X-Tester=no*, false",
        "header:X-Other, false",
        "header:X-Other=*, false",
        "query:debug, true",
        "query:debug=, true",
        "query:debug=1, false",
        "query:page=2, true",
        "' path:0 = orders ', true",
        "path=/orders*, true",
        "cookie:SESSION=7, true",
        "method=GET, true",
        "bean:any=any, true"
    })
    void aConditionIsASourceThatIsPresentOrHasTheValue(String condition, boolean holds) {
        Request<?> request =
                request("http://orders/orders/7?debug&page=2", "X-Tester", "yes", "Cookie", "A=1; SESSION=7");
        assertThat(group(List.of(to("two", V2, condition)), request, null).route())
                .isEqualTo(holds ? "two" : "");
    }

    @Test
    void theFirstRouteOfWhichAllConditionsHoldCounts() {
        List<Route> routes =
                List.of(to("both", V2, "header:A", "header:B"), to("one", V3, "header:A"), to("again", V2, "header:A"));
        assertThat(group(routes, request("http://orders/", "A", "1", "B", "1"), null)
                        .route())
                .isEqualTo("both");
        assertThat(group(routes, request("http://orders/", "A", "1"), null).route())
                .isEqualTo("one");
        assertThat(group(routes, request("http://orders/", "B", "1"), null)).isEqualTo(Group.BASE);
        assertThat(group(routes, BY_HAND, "key")).isEqualTo(Group.BASE);
    }

    @Test
    void aSplitIsStickyByItsOwnSourcesOrElseByTheHashKey() {
        List<Route> own = List.of(halves(List.of("header:X-None", "header:X-User")));
        List<Route> byHashKey = List.of(halves(List.of()));
        Set<Group> seen = new HashSet<>();
        for (int user = 0; user < 50; user++) {
            Request<?> request = request("http://orders/", "X-User", "user-" + user);
            Group group = group(own, request, "another key");
            seen.add(group);
            assertThat(group(byHashKey, request("http://orders/"), "user-" + user))
                    .isEqualTo(group);
            assertThat(new RequestRoutes(own, SOURCES).group(BY_HAND, "user-" + user, true, Set.of()))
                    .as("by hand")
                    .isEqualTo(group);
            for (int i = 0; i < 3; i++) {
                assertThat(group(own, request, null)).isEqualTo(group);
            }
        }
        assertThat(seen).hasSize(2);
    }

    @Test
    void withoutAKeyARequestGoesByChanceAndAnAttemptOfWhichNobodyKnowsMoreWhereTheOnesBeforeWent() {
        Route thirds = new Route(
                "thirds", List.of(), Map.of(), List.of(new Part(V2, 30), new Part(V3, 30)), List.of(), Otherwise.BASE);
        RequestRoutes routes = new RequestRoutes(List.of(thirds), SOURCES);
        Set<Group> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            seen.add(routes.group(BY_HAND, null, false, Set.of()));
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(thirds.groups());
        Endpoint one = Endpoint.of("10.0.0.1", 80).withMetadata(Map.of("version", "1"));
        Endpoint two = Endpoint.of("10.0.0.2", 80).withMetadata(V2);
        Endpoint three = Endpoint.of("10.0.0.3", 80).withMetadata(V3);
        for (int i = 0; i < 20; i++) {
            assertThat(routes.group(BY_HAND, null, false, Set.of(one)))
                    .isEqualTo(thirds.groups().get(2));
            assertThat(routes.group(BY_HAND, null, false, Set.of(two)))
                    .isEqualTo(thirds.groups().get(0));
            assertThat(routes.group(BY_HAND, null, false, Set.of(three, one)))
                    .isEqualTo(thirds.groups().get(1));
        }
    }

    @Test
    void aSourceThatNobodyKnowsIsRefusedByTheNameOfItsProperty() {
        assertThatThrownBy(() -> new RequestRoutes(List.of(to("a", V2), to("b", V2, "path", "heder:X=1")), SOURCES))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("zk-lb.routes[1].when[1] must be a list of header:NAME,")
                .hasMessageEndingWith("but was 'heder:X'");
        assertThatThrownBy(() -> new RequestRoutes(List.of(halves(List.of("path:x"))), SOURCES))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("zk-lb.routes[0].sticky-by must be path:N");
    }

    @Test
    void anExchangeKeepsItsGroupAndAnotherServiceHasAnother() {
        ClientExchange exchange = new ClientExchange();
        Group two = new Group("two", V2, Otherwise.BASE);
        assertThat(exchange.group("orders", () -> two)).isSameAs(two);
        assertThat(exchange.group("orders", () -> Group.BASE)).isSameAs(two);
        assertThat(exchange.group("payments", () -> Group.BASE)).isSameAs(Group.BASE);
    }
}

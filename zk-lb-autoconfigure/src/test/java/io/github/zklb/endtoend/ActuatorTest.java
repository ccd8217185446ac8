package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** What an operator sees at {@code /actuator/zklb}, over HTTP. */
class ActuatorTest {

    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterAll
    static void stop() {
        zookeeper.close();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private static ConfigurableApplicationContext application(WebApplicationType web, String... properties) {
        return new SpringApplicationBuilder(Application.class)
                .web(web)
                .properties(
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.service-registry.auto-registration.enabled=false",
                        "spring.main.banner-mode=off",
                        "server.port=0")
                .properties(properties)
                .run();
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext application, String path) throws Exception {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        URI uri = URI.create("http://localhost:" + port + "/actuator/zklb" + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, Object> json(ConfigurableApplicationContext application, String path) throws Exception {
        HttpResponse<String> response = get(application, path);
        assertThat(response.statusCode()).isEqualTo(200);
        return JsonPath.read(response.body(), "$");
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void showsServicesAndTheirEndpointsWithReasons(WebApplicationType web) throws Exception {
        String connect = zookeeper.connectString();
        try (Provider served = Provider.start("orders", "a", connect, Map.of("weight", "3", "zone", "z1"));
                Provider drained = Provider.start("orders", "b", connect, Map.of("weight", "0", "version", "2"));
                Provider down = Provider.start("orders", "c", connect, Map.of("instance_status", "OUT_OF_SERVICE"));
                ConfigurableApplicationContext application = application(
                        web,
                        "management.endpoints.web.exposure.include=zklb",
                        "spring.cloud.zookeeper.discovery.metadata.zone=z1",
                        "zk-lb.zone.mode=prefer-local")) {
            assertThat(json(application, "")).isEqualTo(Map.of("schema", 1, "services", List.of()));
            assertThat(get(application, "/orders").statusCode()).isEqualTo(404);

            ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
            await().until(() -> balancer.choose("orders").isPresent()
                    && JsonPath.<Integer>read(get(application, "/orders").body(), "$.membership.known") == 3);

            Map<String, Object> all = json(application, "");
            assertThat(JsonPath.<List<String>>read(all, "$.services[*].service"))
                    .containsExactly("orders");
            assertThat(JsonPath.<String>read(all, "$.services[0].state")).isEqualTo("SYNCED");
            assertThat(JsonPath.<Integer>read(all, "$.services[0].known")).isEqualTo(3);
            assertThat(JsonPath.<Integer>read(all, "$.services[0].serving")).isEqualTo(1);

            Map<String, Object> orders = json(application, "/orders");
            assertThat(orders.keySet())
                    .containsExactly(
                            "schema", "service", "membership", "strategy", "zone", "digest", "matching", "endpoints");
            assertThat(JsonPath.<String>read(orders, "$.membership.state")).isEqualTo("SYNCED");
            assertThat(JsonPath.<Integer>read(orders, "$.membership.serving")).isEqualTo(1);
            assertThat(JsonPath.<String>read(orders, "$.strategy.name")).isEqualTo("weighted");
            assertThat(JsonPath.<Map<String, Object>>read(orders, "$.zone").keySet())
                    .containsExactly("mode", "own", "inEffect", "because", "shares");
            assertThat(JsonPath.<Map<String, Object>>read(orders, "$.zone"))
                    .containsEntry("mode", "PREFER_LOCAL")
                    .containsEntry("own", "z1")
                    .containsEntry("inEffect", false)
                    .containsEntry("because", "TOO_FEW_ENDPOINTS")
                    .containsEntry("shares", Map.of());
            assertThat(JsonPath.<Map<String, String>>read(orders, "$.digest"))
                    .isEqualTo(JsonPath.read(all, "$.services[0].digest"));

            Map<String, Object> first = endpoint(orders, served);
            assertThat(first.keySet())
                    .containsExactly(
                            "address",
                            "id",
                            "zone",
                            "version",
                            "weight",
                            "state",
                            "because",
                            "tier",
                            "acceptance",
                            "share",
                            "picks",
                            "errors",
                            "inFlight",
                            "latencyMs");
            assertThat(first)
                    .containsEntry("zone", "z1")
                    .containsEntry("version", null)
                    .containsEntry("state", "SERVING")
                    .containsEntry("because", List.of())
                    .containsEntry("tier", 0)
                    .containsEntry("acceptance", 1.0)
                    .containsEntry("picks", 0)
                    .containsEntry("errors", 0)
                    .containsEntry("inFlight", 0);
            assertThat(JsonPath.<Map<String, Object>>read(first, "$.share"))
                    .containsEntry("expected", 1.0)
                    .containsEntry("observed", null);
            assertThat(endpoint(orders, drained))
                    .containsEntry("version", "2")
                    .containsEntry("state", "DRAINED")
                    .containsEntry("because", List.of("DRAINED"))
                    .containsEntry("tier", null);
            assertThat(endpoint(orders, down)).containsEntry("state", "NOT_UP");

            Map<String, Object> some = json(application, "/orders/detail?state=drained&limit=5");
            assertThat(JsonPath.<Integer>read(some, "$.matching")).isEqualTo(1);
            assertThat(JsonPath.<List<String>>read(some, "$.endpoints[*].version"))
                    .containsExactly("2");
            Map<String, Object> page = json(application, "/orders?offset=1&limit=1");
            assertThat(JsonPath.<Integer>read(page, "$.matching")).isEqualTo(3);
            assertThat(JsonPath.<List<Object>>read(page, "$.endpoints")).hasSize(1);

            assertThat(get(application, "/nobody").statusCode()).isEqualTo(404);
            assertThat(JsonPath.<List<String>>read(json(application, ""), "$.services[*].service"))
                    .as("to ask for a service does not open it")
                    .containsExactly("orders");
        }
    }

    private static Map<String, Object> endpoint(Map<String, Object> service, Provider provider) {
        List<Map<String, Object>> found =
                JsonPath.read(service, "$.endpoints[?(@.address =~ /.*:" + provider.port() + "/)]");
        return found.get(0);
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void explainsWhereARequestGoes(WebApplicationType web) throws Exception {
        String connect = zookeeper.connectString();
        try (Provider one = Provider.start("carts", "a", connect, Map.of("weight", "3"));
                Provider two = Provider.start("carts", "b", connect, Map.of());
                Provider three = Provider.start("carts", "c", connect, Map.of("weight", "2"));
                Provider down = Provider.start("carts", "d", connect, Map.of("instance_status", "OUT_OF_SERVICE"));
                ConfigurableApplicationContext application = application(
                        web,
                        "management.endpoints.web.exposure.include=zklb",
                        "zk-lb.strategy=consistent-hash",
                        "zk-lb.consistent-hash.key=header:X-User,cookie:user,query:user,path:1")) {
            ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
            await().until(() -> balancer.choose("carts").isPresent()
                    && JsonPath.<Integer>read(get(application, "/carts").body(), "$.membership.serving") == 3);

            for (int i = 0; i < 50; i++) {
                String chosen = address(balancer.choose("carts", "user-" + i).orElseThrow());
                for (String request : List.of(
                        "?key=user-" + i,
                        "?header=X-User:user-" + i + "&cookie=user=other",
                        "?cookie=a=b&cookie=user=user-" + i,
                        "?query=user%3Duser-" + i,
                        "?path=/carts/user-" + i)) {
                    Map<String, Object> explained = json(application, "/carts/explain" + request);
                    assertThat(JsonPath.<String>read(explained, "$.explanation.sequence[0].address"))
                            .isEqualTo(chosen);
                }
                Map<String, Object> again = json(application, "/carts/explain?key=user-" + i + "&tried=" + chosen);
                List<String> sequence =
                        JsonPath.read(again, "$.explanation.sequence[?(@.verdict != 'SKIPPED')].address");
                assertThat(sequence).hasSize(2).doesNotContain(chosen);
                assertThat(again.toString()).doesNotContain("user-" + i);
            }

            Map<String, Object> byKey = json(application, "/carts/explain?key=user-7");
            String hash = JsonPath.read(byKey, "$.hash");
            assertThat(hash).matches("[0-9a-f]{16}");
            Map<String, Object> byHash = json(application, "/carts/explain?hash=" + hash);
            assertThat(JsonPath.<Object>read(byHash, "$.explanation")).isEqualTo(JsonPath.read(byKey, "$.explanation"));
            assertThat(JsonPath.<Object>read(byHash, "$.sector")).isEqualTo(JsonPath.read(byKey, "$.sector"));
            assertThat(JsonPath.<Map<String, Object>>read(byHash, "$.key"))
                    .isEqualTo(Map.of("source", "hash", "present", true, "triedSources", List.of()));
            assertThat(JsonPath.<Map<String, Object>>read(byKey, "$.sector"))
                    .containsOnlyKeys("from", "to", "share", "owner")
                    .containsEntry(
                            "owner", address(balancer.choose("carts", "user-7").orElseThrow()));
            assertRefused(get(application, "/carts/explain?hash=12xy"), "hash must be", "12xy");

            Map<String, Object> byCookie = json(application, "/carts/explain?cookie=user=7");
            assertThat(JsonPath.<Map<String, Object>>read(byCookie, "$.key"))
                    .isEqualTo(Map.of(
                            "source",
                            "cookie:user",
                            "present",
                            true,
                            "triedSources",
                            List.of("header:X-User", "cookie:user")));
            assertThat(JsonPath.<List<String>>read(byCookie, "$.explanation.stages[*].stage"))
                    .containsExactly("status", "drain", "hold", "slow start", "outlier ejection", "zone");
            assertThat(JsonPath.<Map<String, Object>>read(byCookie, "$.explanation.stages[0]"))
                    .containsEntry("in", 4)
                    .containsEntry("out", 3)
                    .containsEntry("noted", 1);
            assertThat(JsonPath.<List<String>>read(byCookie, "$.explanation.stages[0].because[*].reason"))
                    .containsExactly("NOT_UP");

            Map<String, Object> withoutKey = json(application, "/carts/explain");
            assertThat(JsonPath.<Boolean>read(withoutKey, "$.explanation.deterministic"))
                    .isFalse();
            assertThat(JsonPath.<List<Double>>read(withoutKey, "$.explanation.shares[*].share"))
                    .satisfiesExactly(
                            first -> assertThat(first).isCloseTo(3 / 6.0, within(0.001)),
                            second -> assertThat(second).isCloseTo(2 / 6.0, within(0.001)),
                            third -> assertThat(third).isCloseTo(1 / 6.0, within(0.001)));
            assertThat(JsonPath.<List<String>>read(withoutKey, "$.explanation.shares[*].address"))
                    .containsExactly(address(one), address(three), address(two));
        }
    }

    private static void assertRefused(HttpResponse<String> response, String... words) {
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(JsonPath.<Integer>read(response.body(), "$.schema")).isEqualTo(1);
        assertThat(JsonPath.<String>read(response.body(), "$.error")).contains(words);
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void rehearsesChangesAndShowsTheRing(WebApplicationType web) throws Exception {
        String connect = zookeeper.connectString();
        try (Provider one = Provider.start("stocks", "a", connect, Map.of("zone", "a"));
                Provider two = Provider.start("stocks", "b", connect, Map.of("zone", "a"));
                Provider three = Provider.start("stocks", "c", connect, Map.of("zone", "b"));
                ConfigurableApplicationContext application = application(
                        web,
                        "management.endpoints.web.exposure.include=zklb",
                        "zk-lb.services.stocks.strategy=consistent-hash")) {
            ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
            await().until(() -> balancer.choose("stocks").isPresent()
                    && JsonPath.<Integer>read(get(application, "/stocks").body(), "$.membership.serving") == 3);

            Map<String, Object> ring = json(application, "/stocks/ring?limit=100");
            assertThat(ring)
                    .containsOnlyKeys("schema", "service", "algorithm", "points", "aggregated", "arcs")
                    .containsEntry("algorithm", "RING")
                    .containsEntry("points", 480)
                    .containsEntry("aggregated", true);
            assertThat(JsonPath.<List<Map<String, Object>>>read(ring, "$.arcs"))
                    .hasSize(100)
                    .allSatisfy(arc -> assertThat(arc).containsOnlyKeys("from", "to", "address"));
            assertThat(JsonPath.<List<Object>>read(json(application, "/stocks/ring"), "$.arcs"))
                    .hasSize(481);

            String added = "10.0.0.9:8080;weight=2;zone=b";
            Map<String, Object> change = json(
                    application,
                    "/stocks/rehearse?remove=" + address(one) + "&add=" + added + "&weight=" + address(two) + "=3");
            assertThat(change.keySet())
                    .containsExactly(
                            "schema",
                            "service",
                            "change",
                            "movedPercent",
                            "idealPercent",
                            "exact",
                            "moves",
                            "endpoints",
                            "zones",
                            "verdict",
                            "because");
            assertThat(JsonPath.<Map<String, Object>>read(change, "$.change"))
                    .isEqualTo(Map.of(
                            "remove",
                            List.of(address(one)),
                            "add",
                            List.of("10.0.0.9:8080"),
                            "weight",
                            Map.of(address(two), 3.0)));
            assertThat(JsonPath.<List<Object>>read(change, "$.endpoints")).hasSize(4);
            assertThat(JsonPath.<List<String>>read(change, "$.zones[*].zone")).containsExactly("a", "b");
            assertThat(JsonPath.<String>read(change, "$.verdict")).isEqualTo("SAFE");

            Map<String, Object> drained = json(application, "/stocks/rehearse?drainZone=a&limit=1");
            assertThat(JsonPath.<String>read(drained, "$.verdict")).isEqualTo("WARN");
            assertThat(JsonPath.<List<Object>>read(drained, "$.endpoints")).hasSize(1);
            Map<String, Object> weighted = json(application, "/stocks/rehearse?strategy=weighted&algorithm=maglev");
            assertThat(JsonPath.<Map<String, Object>>read(weighted, "$.change"))
                    .isEqualTo(Map.of("strategy", "weighted", "algorithm", "maglev"));
            Map<String, Object> all = json(
                    application,
                    "/stocks/rehearse?remove=" + address(one) + "&remove=" + address(two) + "&remove="
                            + address(three));
            assertThat(JsonPath.<String>read(all, "$.verdict")).isEqualTo("REFUSED");

            String rehearse = "/stocks/rehearse?";
            assertRefused(get(application, "/stocks/rehearse"), "say what is to change");
            assertRefused(get(application, rehearse + "remove=10.0.0.8:80"), "10.0.0.8:80 is not there");
            assertRefused(get(application, rehearse + "remove=stocks"), "remove must be host:port", "'stocks'");
            assertRefused(get(application, rehearse + "add=10.0.0.8:80;color=red"), "add must be", "color=red");
            assertRefused(get(application, rehearse + "weight=" + address(one) + "=-1"), "weight must be 0..1000000");
            assertRefused(get(application, rehearse + "drainZone=c"), "no endpoint is in zone c");
            assertRefused(get(application, rehearse + "strategy=wieghted"), "did you mean 'weighted'?");
            assertRefused(get(application, rehearse + "algorithm=md5"), "algorithm must be one of", "'md5'");
            assertRefused(get(application, rehearse + "virtualNodes=0"), "virtual-nodes must be 1..4096 but was 0");
            assertRefused(get(application, rehearse + "replicas=1.5"), "replicas must be a whole number");
            assertThat(get(application, "/nobody/rehearse?remove=a:1").statusCode())
                    .isEqualTo(404);
        }
    }

    private static String address(ServiceInstance instance) {
        return instance.getHost() + ":" + instance.getPort();
    }

    private static String address(Provider provider) {
        return "127.0.0.1:" + provider.port();
    }

    @Test
    void isNotThereUnlessItIsExposedAndAllowed() throws Exception {
        WebApplicationType web = WebApplicationType.SERVLET;
        try (ConfigurableApplicationContext hidden = application(web)) {
            assertThat(get(hidden, "").statusCode()).isEqualTo(404);
        }
        try (ConfigurableApplicationContext closed = application(
                web, "management.endpoints.web.exposure.include=zklb", "management.endpoint.zklb.access=none")) {
            assertThat(get(closed, "").statusCode()).isEqualTo(404);
        }
    }
}

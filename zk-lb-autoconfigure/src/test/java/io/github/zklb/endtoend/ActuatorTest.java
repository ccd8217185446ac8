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
                ConfigurableApplicationContext application =
                        application(web, "management.endpoints.web.exposure.include=zklb")) {
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
                            "inFlight",
                            "latencyMs");
            assertThat(first)
                    .containsEntry("zone", "z1")
                    .containsEntry("version", null)
                    .containsEntry("state", "SERVING")
                    .containsEntry("because", List.of())
                    .containsEntry("tier", 0)
                    .containsEntry("acceptance", 1.0)
                    .containsEntry("inFlight", 0);
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

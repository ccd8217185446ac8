package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * What an operator sees at {@code /actuator/zklb}, over HTTP and behind Spring Security: of an application on WebMVC and of one on
 * WebFlux. Each test has a service of its own.
 */
class ActuatorTest {

    private static final String OPERATOR = "Basic " + base64("ops:ops");
    private static final String ADMINISTRATOR = "Basic " + base64("admin:admin");
    private static final String GUEST = "Basic " + base64("guest:guest");

    private static final HttpClient http = HttpClient.newHttpClient();
    private static final Map<WebApplicationType, ConfigurableApplicationContext> applications = new HashMap<>();
    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        applications.put(
                WebApplicationType.SERVLET,
                application(
                        WebApplicationType.SERVLET,
                        "management.endpoint.zklb.show-values=when-authorized",
                        "management.endpoint.zklb.roles=ADMIN",
                        "spring.jmx.enabled=true",
                        "management.endpoints.jmx.exposure.include=*"));
        applications.put(
                WebApplicationType.REACTIVE, application(WebApplicationType.REACTIVE, "spring.jmx.enabled=false"));
    }

    @AfterAll
    static void stop() {
        applications.values().forEach(ConfigurableApplicationContext::close);
        zookeeper.close();
    }

    private static String base64(String login) {
        return Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OnServlet.class, OnWebFlux.class})
    static class Application {

        /** None that takes a tenth of a second for each request. */
        @Bean
        PasswordEncoder passwords() {
            return new PasswordEncoder() {
                @Override
                public String encode(@Nullable CharSequence password) {
                    return String.valueOf(password);
                }

                @Override
                public boolean matches(@Nullable CharSequence password, @Nullable String encoded) {
                    return encode(password).equals(encoded);
                }
            };
        }
    }

    private static UserDetails user(String name, String... roles) {
        return User.withUsername(name).password(name).roles(roles).build();
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @EnableWebSecurity
    static class OnServlet {

        @Bean
        SecurityFilterChain chain(HttpSecurity security) throws Exception {
            return security.authorizeHttpRequests(requests -> requests.requestMatchers("/actuator/**")
                            .hasRole("OPS")
                            .anyRequest()
                            .denyAll())
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(user("ops", "OPS"), user("admin", "OPS", "ADMIN"), user("guest"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    @EnableWebFluxSecurity
    static class OnWebFlux {

        @Bean
        SecurityWebFilterChain chain(ServerHttpSecurity security) {
            return security.authorizeExchange(requests -> requests.pathMatchers("/actuator/**")
                            .hasRole("OPS")
                            .anyExchange()
                            .denyAll())
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        MapReactiveUserDetailsService users() {
            return new MapReactiveUserDetailsService(user("ops", "OPS"), user("admin", "OPS", "ADMIN"), user("guest"));
        }
    }

    private static ConfigurableApplicationContext application(WebApplicationType web, String... properties) {
        return new SpringApplicationBuilder(Application.class)
                .web(web)
                .properties(
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.zookeeper.discovery.metadata.zone=z1",
                        "spring.cloud.service-registry.auto-registration.enabled=false",
                        "spring.main.banner-mode=off",
                        "server.port=0",
                        "management.endpoints.web.exposure.include=zklb,zklbpage",
                        "management.endpoint.zklbpage.access=read-only",
                        "zk-lb.membership.hold.enabled=false",
                        "zk-lb.consistent-hash.virtual-nodes=160",
                        "zk-lb.services.orders.zone.mode=prefer-local",
                        "zk-lb.services.carts.strategy=consistent-hash",
                        "zk-lb.services.carts.consistent-hash.key=header:X-User,cookie:user,query:user,path:1",
                        "zk-lb.services.stocks.strategy=consistent-hash",
                        "zk-lb.services.ramps.routes[0].name=testers",
                        "zk-lb.services.ramps.routes[0].when=header:X-Test=true",
                        "zk-lb.services.ramps.routes[0].to.version=2",
                        "zk-lb.services.ramps.routes[1].name=writers",
                        "zk-lb.services.ramps.routes[1].when=method=POST",
                        "zk-lb.services.ramps.routes[1].to.version=2",
                        "zk-lb.services.ramps.routes[2].name=ramp",
                        "zk-lb.services.ramps.routes[2].split[0].to.version=2",
                        "zk-lb.services.ramps.routes[2].split[0].percent=20",
                        "zk-lb.services.fleet.strategy=consistent-hash")
                .properties(properties)
                .run();
    }

    private static URI uri(ConfigurableApplicationContext application, String path) {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        return URI.create("http://localhost:" + port + "/actuator/" + path);
    }

    private static HttpResponse<String> get(URI uri, @Nullable String authorization) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext application, String path) throws Exception {
        return get(uri(application, "zklb" + path), OPERATOR);
    }

    private static Map<String, Object> json(ConfigurableApplicationContext application, String path) throws Exception {
        HttpResponse<String> response = get(application, path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
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
                Provider down = Provider.start("orders", "c", connect, Map.of("instance_status", "OUT_OF_SERVICE"))) {
            ConfigurableApplicationContext application = Objects.requireNonNull(applications.get(web));
            assertThat(json(application, ""))
                    .containsOnlyKeys("schema", "services")
                    .containsEntry("schema", 1);
            assertThat(JsonPath.<List<String>>read(json(application, ""), "$.services[*].service"))
                    .doesNotContain("orders");
            assertThat(get(application, "/orders").statusCode()).isEqualTo(404);

            ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
            await().until(() -> balancer.choose("orders").isPresent()
                    && JsonPath.<Integer>read(get(application, "/orders").body(), "$.membership.known") == 3);

            List<Map<String, Object>> overviews =
                    JsonPath.read(json(application, ""), "$.services[?(@.service == 'orders')]");
            assertThat(overviews).hasSize(1);
            Map<String, Object> overview = overviews.get(0);
            assertThat(overview)
                    .containsEntry("state", "SYNCED")
                    .containsEntry("known", 3)
                    .containsEntry("serving", 1);

            Map<String, Object> orders = json(application, "/orders");
            assertThat(orders.keySet())
                    .containsExactly(
                            "schema",
                            "service",
                            "membership",
                            "strategy",
                            "zone",
                            "routes",
                            "overlays",
                            "policy",
                            "loadReport",
                            "digest",
                            "matching",
                            "endpoints");
            assertThat(JsonPath.<String>read(orders, "$.membership.state")).isEqualTo("SYNCED");
            assertThat(JsonPath.<Integer>read(orders, "$.membership.serving")).isEqualTo(1);
            assertThat(JsonPath.<Map<String, Object>>read(orders, "$.strategy"))
                    .isEqualTo(Map.of(
                            "name",
                            "weighted",
                            "settings",
                            Map.of("maxWeightRatio", 100),
                            "origins",
                            Map.of("name", "default", "maxWeightRatio", "default")));
            assertThat(JsonPath.<Map<String, Object>>read(orders, "$.zone").keySet())
                    .containsExactly("mode", "own", "inEffect", "because", "shares");
            assertThat(JsonPath.<Map<String, Object>>read(orders, "$.zone"))
                    .containsEntry("mode", "PREFER_LOCAL")
                    .containsEntry("own", "z1")
                    .containsEntry("inEffect", false)
                    .containsEntry("because", "TOO_FEW_ENDPOINTS")
                    .containsEntry("shares", Map.of());
            assertThat(JsonPath.<Map<String, String>>read(orders, "$.digest")).isEqualTo(overview.get("digest"));

            Map<String, Object> first = endpoint(orders, served);
            assertThat(first.keySet())
                    .containsExactly(
                            "address",
                            "id",
                            "zone",
                            "version",
                            "metadata",
                            "weight",
                            "state",
                            "because",
                            "ejection",
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
                    .containsEntry("ejection", null)
                    .containsEntry("tier", 0)
                    .containsEntry("acceptance", 1.0)
                    .containsEntry("picks", 0)
                    .containsEntry("errors", 0)
                    .containsEntry("inFlight", 0);
            assertThat(JsonPath.<Map<String, Object>>read(first, "$.weight"))
                    .containsEntry("declared", 3.0)
                    .containsEntry("overlay", null)
                    .containsEntry("effective", 3.0);
            assertThat(JsonPath.<List<Object>>read(orders, "$.overlays")).isEmpty();
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
                    .contains("orders")
                    .doesNotContain("nobody");
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
                Provider down = Provider.start("carts", "d", connect, Map.of("instance_status", "OUT_OF_SERVICE"))) {
            ConfigurableApplicationContext application = Objects.requireNonNull(applications.get(web));
            ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
            await().until(() -> balancer.choose("carts").isPresent()
                    && JsonPath.<Integer>read(get(application, "/carts").body(), "$.membership.serving") == 3);

            assertThat(JsonPath.<Map<String, String>>read(json(application, "/carts"), "$.strategy.origins"))
                    .containsEntry("name", "zk-lb.services.carts.strategy")
                    .containsEntry("key", "zk-lb.services.carts.consistent-hash.key")
                    .containsEntry("virtualNodes", "zk-lb.consistent-hash.virtual-nodes")
                    .containsEntry("algorithm", "default")
                    .doesNotContainKey("tableSize");

            for (int i = 0; i < 20; i++) {
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
            assertRefused(get(application, "/carts/explain?hash=12xy"), "hash must be");
            assertAnyRequestIsExplained(application, balancer);

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
                    .containsExactly(
                            "status",
                            "drain",
                            "overlay",
                            "hold",
                            "slow start",
                            "outlier ejection",
                            "route",
                            "zone",
                            "load report");
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

    /** As the parameters come: decoded once, so that what no URL may have is in them. */
    private static void assertAnyRequestIsExplained(ConfigurableApplicationContext application, ZkLoadBalancer balancer)
            throws Exception {
        for (String[] asked : new String[][] {
            {"query=a%3Db%26user%3Dann%20lee", "ann lee"},
            {"query=user%3Dann%2520lee", "ann lee"},
            {"query=user%3D100%25", "100%"},
            {"query=user%3D100%252541", "100%41"},
            {"query=user%3D%5B%7C%5E%23%C3%A9%5D", "[|^#é]"},
            {"path=/carts/ann%20lee/x", "ann lee"},
            {"path=/carts/a%252Fb", "a/b"},
            {"header=X-User:ann%20lee", "ann lee"},
            {"key=&query=user%3Dann", "ann"},
            {"key=&hash=&method=&path=&query=&header=X-User:ann", "ann"},
        }) {
            Map<String, Object> explained = json(application, "/carts/explain?" + asked[0]);
            assertThat(JsonPath.<String>read(explained, "$.hash"))
                    .as(asked[0])
                    .isEqualTo(HexFormat.of().toHexDigits(KeyMap.hash(asked[1])));
            assertThat(JsonPath.<String>read(explained, "$.explanation.sequence[0].address"))
                    .isEqualTo(address(balancer.choose("carts", asked[1]).orElseThrow()));
        }
        assertThat(JsonPath.<Boolean>read(json(application, "/carts/explain?key="), "$.key.present"))
                .as("clients, too, take an empty key for none")
                .isFalse();
        for (String[] asked : new String[][] {
            {"path=carts/s3cret", "path must begin with '/'"},
            {"path=/carts/s3cret?x=y", "path must begin with '/' and end before any '?'"},
            {"header=s3cret", "header must be NAME:VALUE"},
            {"cookie=s3cret", "cookie must be NAME=VALUE"},
            {"hash=s3cret", "hash must be up to 16 hexadecimal digits, and what was given is not"},
        }) {
            HttpResponse<String> refused = get(application, "/carts/explain?" + asked[0]);
            assertRefused(refused, asked[1]);
            assertThat(refused.body()).doesNotContain("s3cret");
        }
        assertRefused(get(application, "/carts/explain?tried=carts"), "tried must be host:port but was 'carts'");
        assertRefused(get(application, "/carts/explain?tried=10.0.0.7:80"), "10.0.0.7:80 is not there");
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
                Provider three = Provider.start("stocks", "c", connect, Map.of("zone", "b"))) {
            ConfigurableApplicationContext application = Objects.requireNonNull(applications.get(web));
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

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void rehearsesAnotherPercentOfARouteAndExplainsWhichOneARequestTakes(WebApplicationType web) throws Exception {
        String connect = zookeeper.connectString();
        try (Provider base = Provider.start("ramps", "a", connect, Map.of("version", "1"));
                Provider canary = Provider.start("ramps", "b", connect, Map.of("version", "2"))) {
            ConfigurableApplicationContext application = Objects.requireNonNull(applications.get(web));
            ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
            await().until(() -> balancer.choose("ramps").isPresent()
                    && JsonPath.<Integer>read(get(application, "/ramps").body(), "$.membership.serving") == 2);
            Map<String, Object> change = json(application, "/ramps/rehearse?routePercent=ramp=25");
            assertThat(JsonPath.<Object>read(change, "$.change"))
                    .isEqualTo(Map.of("routePercent", Map.of("ramp", 25.0)));
            assertThat(JsonPath.<Double>read(change, "$.movedPercent")).isCloseTo(5, within(1e-6));
            Map<String, Object> moved = JsonPath.read(change, "$.endpoints[0]");
            assertThat(moved.get("address")).isIn(address(base), address(canary));
            assertThat(List.of(moved.get("before"), moved.get("after")))
                    .isEqualTo(moved.get("address").equals(address(base)) ? List.of(0.8, 0.75) : List.of(0.2, 0.25));
            String rehearse = "/ramps/rehearse?routePercent=";
            assertRefused(get(application, rehearse + "testers=5"), "first route without conditions", "'testers'");
            assertRefused(get(application, rehearse + "ramp"), "routePercent must be route=number", "'ramp'");
            assertRefused(get(application, rehearse + "ramp=101"), "split[0].percent must be 0..100 but was 101");
            assertRefused(get(application, "/ramps/rehearse"), "routePercent=");

            Map<String, Object> first = json(application, "/ramps/explain");
            assertThat(JsonPath.<Object>read(first, "$.route.to")).isNull();
            assertThat(JsonPath.<String>read(first, "$.route.because")).contains("chance decides");
            Map<String, Object> retry = json(application, "/ramps/explain?tried=" + address(canary));
            assertThat(JsonPath.<Object>read(retry, "$.route.to")).isEqualTo(Map.of("version", "2"));
            assertThat(JsonPath.<String>read(retry, "$.route.because")).contains("a retry stays");
            Map<String, Object> writes = json(application, "/ramps/explain?method=post");
            assertThat(JsonPath.<String>read(writes, "$.route.name")).isEqualTo("writers");
            assertThat(JsonPath.<List<String>>read(writes, "$.explanation.shares[*].address"))
                    .containsExactly(address(canary));
        }
    }

    private static String address(ServiceInstance instance) {
        return instance.getHost() + ":" + instance.getPort();
    }

    private static String address(Provider provider) {
        return "127.0.0.1:" + provider.port();
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void isGuardedByTheApplicationsSecurity(WebApplicationType web) throws Exception {
        ConfigurableApplicationContext application = Objects.requireNonNull(applications.get(web));
        for (String path : List.of("zklb", "zklb/nobody/explain?key=7", "zklb/nobody/rehearse", "zklbpage")) {
            URI uri = uri(application, path);
            assertThat(get(uri, null).statusCode()).as(path).isEqualTo(401);
            assertThat(get(uri, GUEST).statusCode()).as(path).isEqualTo(403);
            assertThat(get(uri, OPERATOR).statusCode()).as(path).isEqualTo(path.contains("nobody") ? 404 : 200);
        }
        ActuatorPageTest.assertServed(uri(application, "zklbpage"), OPERATOR);
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void showsTheValuesOfMetadataToWhomTheyAreMeantFor(WebApplicationType web) throws Exception {
        ConfigurableApplicationContext application = Objects.requireNonNull(applications.get(web));
        Map<String, String> registered = Map.of("token", "s3cret", "zone", "z1", "weight", "2");
        try (Provider provider = Provider.start("secrets", "a", zookeeper.connectString(), registered)) {
            ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
            await().until(() -> balancer.choose("secrets").isPresent());
            URI uri = uri(application, "zklb/secrets");
            Map<String, Object> seen = endpoint(JsonPath.read(get(uri, OPERATOR).body(), "$"), provider);
            assertThat(JsonPath.<Map<String, Object>>read(seen, "$.metadata"))
                    .containsEntry("token", "******")
                    .doesNotContainKeys("zone", "weight");
            assertThat(seen).containsEntry("zone", "z1");
            boolean shown =
                    web == WebApplicationType.SERVLET; // the other one shows values to nobody, which is the default
            Map<String, Object> seenByMore =
                    endpoint(JsonPath.read(get(uri, ADMINISTRATOR).body(), "$"), provider);
            assertThat(JsonPath.<Map<String, Object>>read(seenByMore, "$.metadata"))
                    .containsEntry("token", shown ? "s3cret" : "******");
        }
    }

    @Test
    void hasNoMBeanWhetherTheOthersHaveOneOrNot() throws Exception {
        assertThat(ManagementFactory.getPlatformMBeanServer()
                        .queryNames(new ObjectName("org.springframework.boot:type=Endpoint,*"), null))
                .isNotEmpty()
                .noneMatch(name ->
                        name.getKeyProperty("name").toLowerCase(Locale.ROOT).startsWith("zklb"));
    }

    /** Prints its figures. */
    @Test
    @EnabledIfSystemProperty(named = "zklb.measure", matches = "true", disabledReason = "measured on demand only")
    void tenThousandEndpoints() throws Exception {
        ConfigurableApplicationContext application =
                Objects.requireNonNull(applications.get(WebApplicationType.SERVLET));
        EndpointRegistry registry = application.getBean(EndpointRegistry.class);
        CompletableFuture<?>[] registered = IntStream.range(0, 10_000)
                .mapToObj(i ->
                        Endpoint.of("10.1." + i / 250 + "." + i % 250, 8080).withMetadata(Map.of("zone", "z" + i % 3)))
                .map(each -> registry.register("fleet", each).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(registered).get(5, TimeUnit.MINUTES);
        awaitFleet(application);
        Map<String, Object> refreshed = new HashMap<>();
        application.getEnvironment().getPropertySources().addFirst(new MapPropertySource("refreshed", refreshed));
        for (String algorithm : List.of("ring", "maglev", "rendezvous")) {
            String property = "zk-lb.services.fleet.consistent-hash.algorithm";
            refreshed.put(property, algorithm);
            application.publishEvent(new EnvironmentChangeEvent(application, Set.of(property)));
            await().atMost(Duration.ofMinutes(2)).until(() -> {
                Map<String, Object> fleet = json(application, "/fleet?limit=1");
                return JsonPath.<Integer>read(fleet, "$.membership.serving") == 10_000
                        && JsonPath.<String>read(fleet, "$.strategy.settings.algorithm")
                                .equalsIgnoreCase(algorithm);
            });
            for (String path : FLEET_PATHS) {
                measure(application, algorithm, path);
            }
        }
        ConfigurableApplicationContext reactive = Objects.requireNonNull(applications.get(WebApplicationType.REACTIVE));
        awaitFleet(reactive);
        for (String path : FLEET_PATHS) {
            measure(reactive, "ring on WebFlux", path);
        }
    }

    private static final List<String> FLEET_PATHS = List.of(
            "/fleet",
            "/fleet?limit=10000",
            "/fleet?limit=200&offset=5000",
            "/fleet?state=EJECTED",
            "/fleet/explain?key=7",
            "/fleet/ring",
            "/fleet/events",
            "/fleet/rehearse?remove=10.1.0.7:8080",
            "/fleet/rehearse?drainZone=z1");

    private static void awaitFleet(ConfigurableApplicationContext application) {
        ZkLoadBalancer balancer = application.getBean(ZkLoadBalancer.class);
        await().atMost(Duration.ofMinutes(2))
                .ignoreExceptions()
                .until(() -> balancer.choose("fleet").isPresent()
                        && JsonPath.<Integer>read(
                                        get(application, "/fleet?limit=1").body(), "$.membership.serving")
                                == 10_000);
    }

    private static void measure(ConfigurableApplicationContext application, String algorithm, String path)
            throws Exception {
        double[] millis = new double[5];
        HttpResponse<String> response = null;
        for (int i = 0; i < millis.length; i++) {
            long begun = System.nanoTime();
            response = get(application, path);
            millis[i] = (System.nanoTime() - begun) / 1e6;
        }
        double first = millis[0];
        Arrays.sort(millis);
        HttpResponse<String> last = Objects.requireNonNull(response);
        System.out.printf(
                "%s, %s: %d, first %.0f ms, p50 %.0f ms, %d bytes%n",
                algorithm,
                path,
                last.statusCode(),
                first,
                millis[2],
                last.body().length());
        assertThat(last.statusCode()).as(path).isEqualTo(200);
        assertThat(last.body().length())
                .as(path)
                .isLessThan(path.endsWith("limit=10000") ? 6_000_000 : path.equals("/fleet") ? 600_000 : 400_000);
    }
}

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.github.zklb.DocumentedRequests;
import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.Reason;
import io.github.zklb.actuate.overlays.ZkLbOverlaysEndpoint;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.testing.InProcessZooKeeper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
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
 * An operator steers services at {@code /actuator/zklboverlays}, over HTTP, of an application on WebMVC and of one on WebFlux,
 * each with a user of ZooKeeper as its identity. Their security lets everybody come to the endpoint, which has to look by itself.
 */
@ExtendWith(OutputCaptureExtension.class)
class OverlaysOverHttpTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String KIM =
            "Basic " + Base64.getEncoder().encodeToString("kim:kim".getBytes(StandardCharsets.UTF_8));

    private static final List<ACL> GUARDED = guarded();

    private static final HttpClient http = HttpClient.newHttpClient();
    private static final Map<WebApplicationType, ConfigurableApplicationContext> applications = new HashMap<>();
    private static final Map<String, Object> refreshed = new HashMap<>();
    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static CuratorFramework operator;

    @BeforeAll
    static void start() throws Exception {
        operator = CuratorFrameworkFactory.builder()
                .connectString(zookeeper.connectString())
                .retryPolicy(new RetryOneTime(100))
                .authorization("digest", "ops:ops".getBytes(StandardCharsets.UTF_8))
                .build();
        operator.start();
        operator.create().creatingParentsIfNeeded().forPath("/zk-lb/overlays");
        for (WebApplicationType web : List.of(WebApplicationType.SERVLET, WebApplicationType.REACTIVE)) {
            applications.put(web, application(web));
        }
    }

    @AfterAll
    static void stop() {
        applications.values().forEach(ConfigurableApplicationContext::close);
        operator.close();
        zookeeper.close();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({OnServlet.class, OnWebFlux.class})
    static class Application {

        @Bean
        PasswordEncoder passwords() {
            return new ActuatorTest.Application().passwords();
        }
    }

    private static UserDetails kim() {
        return User.withUsername("kim").password("kim").build();
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @EnableWebSecurity
    static class OnServlet {

        @Bean
        SecurityFilterChain chain(HttpSecurity security) throws Exception {
            return security.authorizeHttpRequests(
                            requests -> requests.anyRequest().permitAll())
                    .csrf(csrf -> csrf.ignoringRequestMatchers("/actuator/zklboverlays/**"))
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(kim());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    @EnableWebFluxSecurity
    static class OnWebFlux {

        @Bean
        SecurityWebFilterChain chain(ServerHttpSecurity security) {
            return security.authorizeExchange(requests -> requests.anyExchange().permitAll())
                    .csrf(ServerHttpSecurity.CsrfSpec::disable)
                    .anonymous(Customizer.withDefaults())
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        MapReactiveUserDetailsService users() {
            return new MapReactiveUserDetailsService(kim());
        }
    }

    private static ConfigurableApplicationContext application(WebApplicationType web) {
        ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                .web(web)
                .properties(
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.service-registry.auto-registration.enabled=false",
                        "spring.application.name=shop",
                        "spring.main.banner-mode=off",
                        "server.port=0",
                        "management.endpoints.web.exposure.include=zklboverlays",
                        "management.endpoint.zklboverlays.access=unrestricted",
                        "zk-lb.zookeeper.auth=digest:shop:shop",
                        "zk-lb.membership.hold.enabled=false",
                        "zk-lb.policy.writable-services=orders,orders-servlet,orders-reactive,zones-servlet,zones-reactive,"
                                + "wrong-servlet,wrong-reactive,readonly-servlet,readonly-reactive,uncalled,away",
                        "zk-lb.services.zones-servlet.policy.max-ttl=30m")
                .run();
        application.getEnvironment().getPropertySources().addFirst(new MapPropertySource("refreshed", refreshed));
        return application;
    }

    /** The application may do everything, and everybody read. */
    private static List<ACL> guarded() {
        try {
            Id shop = new Id("digest", DigestAuthenticationProvider.generateDigest("shop:shop"));
            return List.of(new ACL(Perms.ALL, shop), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ConfigurableApplicationContext of(WebApplicationType web) {
        return Objects.requireNonNull(applications.get(web));
    }

    private static String id(String name, WebApplicationType web) {
        return name + (web == WebApplicationType.SERVLET ? "-servlet" : "-reactive");
    }

    /** A service of four endpoints that the application knows, two of a zone and a version, and its directory of overlays. */
    private static ServiceEngine service(ConfigurableApplicationContext application, String id, List<ACL> acl)
            throws Exception {
        operator.create().withACL(acl).forPath("/zk-lb/overlays/" + id);
        EndpointRegistry registry = application.getBean(EndpointRegistry.class);
        IntStream.range(0, 4)
                .forEach(i -> registry.register(
                        id,
                        Endpoint.of("10.0.0." + i, 80)
                                .withId("id-" + i)
                                .withMetadata(Map.of("zone", i < 2 ? "a" : "b", "version", i % 2 == 0 ? "1" : "2"))));
        ServiceEngine engine = application.getBean(ServiceEngines.class).engine(id);
        await().atMost(SOON).until(() -> engine.snapshots().candidates().hosts().size() == 4);
        return engine;
    }

    private static HttpResponse<String> send(
            ConfigurableApplicationContext application,
            String method,
            String path,
            @Nullable String body,
            @Nullable String authorization)
            throws Exception {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + port + "/actuator/zklboverlays/" + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, Object> granted(
            WebApplicationType web, String method, String path, @Nullable String body) throws Exception {
        HttpResponse<String> response = send(of(web), method, path, body, KIM);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonPath.read(response.body(), "$");
    }

    private static long version(Map<String, Object> written) {
        return ((Number) Objects.requireNonNull(written.get("version"))).longValue();
    }

    private static void refused(HttpResponse<String> response, int status, String... words) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(JsonPath.<Map<String, Object>>read(response.body(), "$"))
                .containsOnlyKeys("schema", "service", "error");
        assertThat(JsonPath.<String>read(response.body(), "$.error")).contains(words);
    }

    private static void refused(WebApplicationType web, String id, String body, int status, String... words)
            throws Exception {
        refused(send(of(web), "POST", id, body.replace('\'', '"'), KIM), status, words);
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void aDrainIsPreviewedWrittenReplacedAndDeleted(WebApplicationType web, CapturedOutput log) throws Exception {
        String id = id("orders", web);
        ServiceEngine engine = service(of(web), id, GUARDED);
        assertThat(granted(web, "GET", id, null))
                .containsEntry("writable", true)
                .containsEntry("warnings", List.of())
                .containsEntry("overlays", List.of());
        String drain = "{\"endpoint\": \"10.0.0.1:80\", \"drain\": true, \"ttl\": \"30m\"";

        Map<String, Object> preview = granted(web, "POST", id, drain + ", \"preview\": true}");
        assertThat(preview)
                .containsEntry("expectedVersion", -1)
                .containsEntry("id", "id-1")
                .containsEntry("warnings", List.of());
        assertThat(Instant.parse(String.valueOf(preview.get("expires"))))
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(29)),
                        Instant.now().plus(Duration.ofMinutes(31)));
        assertThat(JsonPath.<Double>read(preview, "$.rehearsal.movedPercent")).isEqualTo(25.0);
        assertThat(JsonPath.<String>read(preview, "$.rehearsal.verdict")).isEqualTo("SAFE");
        assertThat(operator.getChildren().forPath("/zk-lb/overlays/" + id)).isEmpty();

        Map<String, Object> written =
                granted(web, "POST", id, drain + ", \"expectedVersion\": -1, \"reason\": \"INC-7\\nforged\"}");
        assertThat(written)
                .containsEntry("name", preview.get("name"))
                .containsEntry("target", "10.0.0.1:80 (id-1)")
                .containsEntry("author", "kim")
                .containsEntry("state", "APPLIED");
        long first = version(written);
        assertThat(Instant.parse(String.valueOf(written.get("expires"))))
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(29)),
                        Instant.now().plus(Duration.ofMinutes(31)));
        assertThat(engine.snapshots().count(Reason.OVERLAY_DRAINED))
                .as("it has been read")
                .isEqualTo(1);
        assertThat(JsonPath.<Map<String, Object>>read(granted(web, "GET", id, null), "$.overlays[0]"))
                .containsEntry("name", written.get("name"))
                .containsEntry("state", "APPLIED")
                .containsEntry("author", "kim")
                .containsEntry("expires", written.get("expires"));
        assertThat(log.getOut())
                .contains("service " + id + ": the overlay " + written.get("name")
                        + " is to be written by kim: drain of 10.0.0.1:80 (id-1) for PT30M: INC-7")
                .contains("service " + id + ": the overlay " + written.get("name")
                        + " is written by kim: drain of 10.0.0.1:80 (id-1) until " + written.get("expires")
                        + ": INC-7")
                .contains("INC-7\\u000aforged")
                .doesNotContain("INC-7\n");

        refused(send(of(web), "POST", id, drain + ", \"expectedVersion\": -1}", KIM), 409, "expectedVersion is -1");
        refused(send(of(web), "POST", id, drain + ", \"expectedVersion\": 7}", KIM), 409, "another version");
        refused(send(of(web), "POST", id, drain + ", \"id\": \"gone\"}", KIM), 409, "'gone' is not there any more");
        assertThat(log.getOut())
                .contains("the overlay " + written.get("name") + " is not written by kim, or nobody knows: another");
        String weight = "{\"endpoint\": \"10.0.0.1:80\", \"weightPercent\": 20, \"ttl\": \"30m\"";
        assertThat(((Number) Objects.requireNonNull(granted(web, "POST", id, weight + ", \"preview\": true}")
                                .get("expectedVersion")))
                        .longValue())
                .isEqualTo(first);
        long second = version(granted(web, "POST", id, weight + ", \"expectedVersion\": " + first + "}"));
        assertThat(second).isGreaterThan(first);
        assertThat(engine.snapshots().count(Reason.OVERLAY_WEIGHT)).isEqualTo(1);

        String target = id + "?endpoint=10.0.0.1:80";
        refused(send(of(web), "DELETE", target + "&expectedVersion=" + first, null, KIM), 409, "another version");
        assertThat(granted(web, "DELETE", target + "&expectedVersion=" + second, null))
                .containsEntry("name", written.get("name"));
        assertThat(engine.snapshots().count(null)).isEqualTo(4);
        refused(send(of(web), "DELETE", target, null, KIM), 404, "there is no node /zk-lb/overlays/" + id);
        assertThat(log.getOut()).contains("the overlay " + written.get("name") + " is deleted by kim");
    }

    @Test
    void theGuidesCommandsDoWhatItSays() throws Exception {
        WebApplicationType web = WebApplicationType.SERVLET;
        ServiceEngine engine = service(of(web), "orders", GUARDED);
        List<Map<String, Object>> answers = new ArrayList<>();
        for (DocumentedRequests.Request request : DocumentedRequests.of("docs/guides/steer.md")) {
            String path = request.url().replaceFirst(".*/zklboverlays/", "");
            String body = request.body();
            answers.add(granted(web, request.method(), there(path), body == null ? null : there(body)));
            if (answers.size() == 2) {
                assertThat(engine.snapshots().count(Reason.OVERLAY_DRAINED)).isEqualTo(1);
            }
        }
        assertThat(answers).hasSize(4);
        assertThat(answers.get(0)).containsKey("rehearsal").containsEntry("expectedVersion", -1);
        assertThat(answers.get(1)).containsEntry("state", "APPLIED").containsEntry("reason", "INC-4711");
        assertThat(JsonPath.<List<Object>>read(answers.get(2), "$.overlays")).hasSize(1);
        assertThat(answers.get(3)).containsEntry("name", answers.get(1).get("name"));
        assertThat(engine.snapshots().count(Reason.OVERLAY_DRAINED)).isZero();
    }

    /** With an endpoint that is there in place of the guide's. */
    private static String there(String text) {
        return text.replace("10.0.0.7:8080", "10.0.0.1:80");
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void zonesAndVersionsAreDrainedButNeverTooMuch(WebApplicationType web) throws Exception {
        String id = id("zones", web);
        ServiceEngine engine = service(of(web), id, Ids.OPEN_ACL_UNSAFE);
        String open = "everybody may write the overlays of this service";
        assertThat(String.valueOf(granted(web, "GET", id, null).get("warnings")))
                .contains(open);
        String first = "{\"endpoint\": \"10.0.0.0:80\", \"drain\": true, \"ttl\": \"30m\"}";
        Map<String, Object> written = granted(web, "POST", id, first);
        assertThat(written).containsEntry("state", "APPLIED");
        assertThat(String.valueOf(written.get("warnings"))).contains(open);
        granted(web, "POST", id, first.replace("0.0:", "0.1:"));
        refused(web, id, first.replace("0.0:", "0.2:"), 422, "75 % of the weight would be drained");
        granted(web, "DELETE", id + "?endpoint=10.0.0.0:80", null);
        granted(web, "DELETE", id + "?endpoint=10.0.0.1:80", null);
        // a slash more is the same service
        assertThat(granted(web, "POST", id + "/", "{\"zone\": \"a\", \"drain\": true, \"ttl\": \"30m\"}"))
                .containsEntry("service", id);
        assertThat(engine.snapshots().count(Reason.OVERLAY_DRAINED)).isEqualTo(2);
        String version = "{'version': '2', 'weightPercent': 10, 'ttl': 'PT5M'";
        refused(
                web,
                id,
                version + "}",
                422,
                "72 % of the weight would be drained",
                "max-drained-percent (50), which only a node written by hand may override",
                "Drain less");
        Map<String, Object> preview = granted(web, "POST", id, (version + ", 'preview': true}").replace('\'', '"'));
        assertThat(JsonPath.<String>read(preview, "$.rehearsal.verdict")).isEqualTo("REFUSED");
        assertThat(JsonPath.<List<String>>read(preview, "$.rehearsal.because").get(0))
                .contains("would be refused", "72 %");
        refused(web, id, "{'zone': 'b', 'drain': true, 'ttl': '5m'}", 422, "nothing else would serve");
        assertThat(operator.getChildren().forPath("/zk-lb/overlays/" + id)).hasSize(1);
        granted(web, "DELETE", id + "?zone=a", null);
        await().atMost(SOON).until(() -> engine.snapshots().count(null) == 4);
        granted(web, "POST", id, (version + "}").replace('\'', '"'));
        await().atMost(SOON).until(() -> engine.snapshots().count(Reason.OVERLAY_WEIGHT) == 2);
        granted(web, "DELETE", id + "?version=2", null);
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void whatIsWrongIsNamedAndNotWritten(WebApplicationType web) throws Exception {
        String id = id("wrong", web);
        service(of(web), id, Ids.OPEN_ACL_UNSAFE);
        String target = "{'endpoint': '10.0.0.1:80', ";
        String whole = target + "'drain': 'true', 'ttl': '30m'";
        refused(web, id, whole + ", 'weight': '7'}", 400, "unknown: weight", "weightPercent", "preview");
        refused(
                web,
                id,
                whole + ", 'zklbSegments': 'other'}",
                400,
                "unknown: zklbSegments; known are drain, endpoint, expectedVersion, id, preview, reason, ttl, version,"
                        + " weightPercent, zone");
        refused(send(of(web), "DELETE", id + "?zone=a&ttl=5m", null, KIM), 400, "unknown: ttl", "known are");
        refused(send(of(web), "DELETE", id + "?zone=a&zklbSegments=x", null, KIM), 400, "unknown: zklbSegments");
        refused(send(of(web), "DELETE", id + "?zone=a&zone=b", null, KIM), 400, "zone must be one text", "[a, b]");
        refused(web, id, "{'drain': true, 'ttl': '5m'}", 400, "one of endpoint, zone and version, not by none");
        refused(web, id, target + "'zone': 'a', 'drain': true, 'ttl': '5m'}", 400, "not by several");
        refused(web, id, "{'zone': 'a', 'id': 'id-1', 'drain': true, 'ttl': '5m'}", 400, "id goes with endpoint only");
        refused(web, id, "{'zone': 'c', 'drain': true, 'ttl': '5m'}", 400, "no endpoint", "zone 'c'");
        refused(web, id, "{'endpoint': '10.0.0.9:80', 'drain': true, 'ttl': '5m'}", 400, "'10.0.0.9:80'", "GET ");
        refused(web, id, "{'version': ' ', 'drain': true, 'ttl': '5m'}", 400, "version must be one text");
        refused(web, id, target + "'ttl': '5m'}", 400, "say what to set: weightPercent", "drain=true");
        refused(web, id, target + "'drain': false, 'ttl': '5m'}", 400, "drain must be true; send DELETE");
        refused(web, id, target + "'drain': 'yes', 'ttl': '5m'}", 400, "drain must be true or false but was 'yes'");
        refused(web, id, target + "'weightPercent': 1001, 'ttl': '5m'}", 400, "weightPercent", "0 to 1000", "'1001'");
        refused(web, id, target + "'weightPercent': 2.5, 'ttl': '5m'}", 400, "whole number", "'2.5'");
        refused(web, id, target + "'drain': true}", 400, "ttl is missing", "30m", "max-ttl, which is PT24H");
        refused(web, id, target + "'drain': true, 'ttl': 1800}", 400, "ttl must have a unit, as 30m has", "'1800'");
        refused(web, id, target + "'drain': true, 'ttl': '1800'}", 400, "ttl must have a unit, as 30m has", "'1800'");
        refused(web, id, whole + ", 'expectedVersion': null}", 400, "expectedVersion must not be null: leave it out");
        refused(web, id, target + "'drain': true, 'ttl': '25h'}", 400, "ttl must be from 1s", "PT24H", "'25h'");
        refused(web, id, target + "'drain': true, 'ttl': '-5m'}", 400, "ttl must be from 1s", "'-5m'");
        refused(web, id, target + "'drain': true, 'ttl': 'long'}", 400, "a duration such as 30m", "'long'");
        refused(web, id, whole + ", 'expectedVersion': '-2'}", 400, "expectedVersion must be", "'-2'");
        refused(web, id, whole + ", 'preview': 'maybe'}", 400, "preview must be true or false", "'maybe'");
        refused(web, id, whole + ", 'reason': '" + "x".repeat(501) + "'}", 400, "reason must have 1 to 500");
        assertThat(operator.getChildren().forPath("/zk-lb/overlays/" + id)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void whoMayNotWriteCannot(WebApplicationType web) throws Exception {
        String id = id("readonly", web);
        service(of(web), id, List.of(new ACL(Perms.ALL, Ids.AUTH_IDS), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)));
        String drain = "{\"endpoint\": \"10.0.0.1:80\", \"drain\": true, \"ttl\": \"30m\"}";
        refused(
                send(of(web), "POST", id, drain, KIM),
                403,
                "the right READ, CREATE and DELETE on /zk-lb/overlays/" + id);
        refused(send(of(web), "DELETE", id + "?zone=a", null, KIM), 403, "the right DELETE on /zk-lb/overlays/" + id);
        refused(send(of(web), "POST", id, drain, null), 403, "nobody is logged in");
        refused(send(of(web), "DELETE", id + "?zone=a", null, null), 403, "nobody is logged in");
        refused(send(of(web), "POST", "others", drain, KIM), 403, "writable-services", "does not name 'others'");
        refused(send(of(web), "DELETE", "others?zone=a", null, KIM), 403, "does not name 'others'");
        refused(send(of(web), "POST", "uncalled", drain, KIM), 404, "has not called the service", "zk-lb.eager");
        refreshed.put("zk-lb.policy.writable-services", "uncalled");
        try {
            refused(send(of(web), "POST", id, drain, KIM), 403, "does not name '" + id + "'");
        } finally {
            refreshed.clear();
        }
        assertThat(operator.getChildren().forPath("/zk-lb/overlays/" + id)).isEmpty();
        assertThat(send(of(web), "GET", "uncalled", null, KIM).statusCode()).isEqualTo(404);
    }

    @Test
    void whileZooKeeperIsAwayNothingIsWrittenAndOnePreviews() throws Exception {
        service(of(WebApplicationType.SERVLET), "away", Ids.OPEN_ACL_UNSAFE);
        zookeeper.stop();
        try {
            String drain = "{\"endpoint\": \"10.0.0.1:80\", \"drain\": true, \"ttl\": \"30m\"";
            CuratorFramework own = of(WebApplicationType.SERVLET).getBean(CuratorFramework.class);
            await().atMost(SOON).until(() -> !own.getZookeeperClient().isConnected());
            refused(
                    send(of(WebApplicationType.SERVLET), "POST", "away", drain + "}", KIM),
                    503,
                    "ZooKeeper is not connected: nothing is written");
            granted(WebApplicationType.SERVLET, "POST", "away", drain + ", \"preview\": true}");
        } finally {
            zookeeper.restart();
        }
        operator.blockUntilConnected();
    }

    @Test
    void previewsAndRehearsalsWaitForTheSameTurn() {
        applications.values().forEach(each -> {
            assertThat(each.getBeansOfType(ZkLbOverlaysEndpoint.class)).hasSize(1);
            assertThat(each.getBeansOfType(Rehearsals.class)).hasSize(1);
        });
    }
}

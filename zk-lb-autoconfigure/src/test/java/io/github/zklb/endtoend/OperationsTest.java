package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.jayway.jsonpath.JsonPath;
import io.github.zklb.DocumentedRequests;
import io.github.zklb.Documents;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.PrometheusQueries;
import io.github.zklb.testing.Provider;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;

/** What an operator sees over HTTP while something happens. Each test has services of its own. */
class OperationsTest {

    private static final Path DOCS = Path.of("../docs");
    private static final Map<String, Object> refreshed = new HashMap<>();
    private static final Map<WebApplicationType, ConfigurableApplicationContext> applications = new HashMap<>();
    private static final HttpClient http = HttpClient.newHttpClient();

    /** Whoever waits for ZooKeeper's client waits for longer than a request may take. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static InProcessZooKeeper zookeeper;

    private ConfigurableApplicationContext application =
            Objects.requireNonNull(applications.get(WebApplicationType.SERVLET));

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        applications.put(WebApplicationType.SERVLET, application(WebApplicationType.SERVLET));
        applications.put(
                WebApplicationType.REACTIVE,
                application(
                        WebApplicationType.REACTIVE,
                        "management.server.port=0",
                        // the other reactive server on the class path, since Spring Boot takes each for the only one
                        "spring.autoconfigure.exclude=org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration",
                        "management.endpoint.zklb.show-values=always"));
    }

    private static ConfigurableApplicationContext application(WebApplicationType web, String... properties) {
        ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                .web(web)
                .properties(
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.service-registry.auto-registration.enabled=false",
                        "spring.main.banner-mode=off",
                        "server.port=0",
                        "zk-lb.services.watched.membership.hold.enabled=false",
                        // More than one test has endpoints of it, which are not to be held for the next one.
                        "zk-lb.services.orders.membership.hold.enabled=false",
                        "zk-lb.services.orders.strategy=consistent-hash",
                        "management.endpoints.web.exposure.include=health,prometheus,zklb",
                        "zk-lb.metrics.per-endpoint=true",
                        "management.endpoint.health.show-details=always",
                        // What docs/operations.md names.
                        "management.health.zookeeper.enabled=false",
                        "spring.cloud.discovery.client.health-indicator.enabled=false")
                .properties(properties)
                .run();
        application.getEnvironment().getPropertySources().addFirst(new MapPropertySource("refreshed", refreshed));
        return application;
    }

    @BeforeEach
    void refreshNothing() {
        refreshed.clear();
    }

    @AfterAll
    static void stop() {
        applications.values().forEach(ConfigurableApplicationContext::close);
        zookeeper.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void eventsTellWhatHasHappenedFromANumberOn(WebApplicationType web) {
        application = Objects.requireNonNull(applications.get(web));
        try (Provider a = Provider.start("watched", "a", zookeeper.connectString(), 3)) {
            call("watched");
            await().until(() -> events("watched", 0).contains("JOINED 127.0.0.1:" + a.port() + " weight 3"));
            Map<String, Object> all = json("/zklb/watched/events");
            assertThat(all.keySet()).containsExactly("schema", "service", "next", "events");
            assertThat(all).containsEntry("schema", 1).containsEntry("service", "watched");
            Map<String, Object> event = JsonPath.read(all, "$.events[0]");
            assertThat(event.keySet()).containsExactly("number", "time", "kind", "address", "count", "detail");
            assertThat(Instant.parse(String.valueOf(event.get("time")))).isBeforeOrEqualTo(Instant.now());
            assertThat(event)
                    .containsEntry("number", 0)
                    .containsEntry("kind", "SYNCED")
                    .containsEntry("address", null);

            int next = JsonPath.read(all, "$.next");
            assertThat(events("watched", next)).isEmpty();
            a.updateMetadata(Map.of("weight", "0"));
            await().until(() -> events("watched", next).contains("REWEIGHED 127.0.0.1:" + a.port() + " 3 to 0"));
            refresh("zk-lb.services.watched.strategy", "random");
            await().until(() -> events("watched", next).contains("SETTINGS null strategy weighted to random"));
            refresh("zk-lb.services.watched.strategy", "fastest");
            assertThat(events("watched", next)).last().asString().startsWith("SETTINGS_REFUSED null ");
            refresh("zk-lb.services.watched.strategy", "random");
            a.endSession();
            await().until(() -> events("watched", next).contains("LEFT 127.0.0.1:" + a.port() + " null"));
            assertThat(JsonPath.<Integer>read(json("/zklb/watched/events?since=" + (next + 1)), "$.events[0].number"))
                    .isEqualTo(next + 1);
        }
    }

    @Test
    void healthSaysWhatAnOperatorMayHaveToLookAt() {
        String connect = zookeeper.connectString();
        try (Provider held = Provider.start("held", "a", connect, 1);
                Provider invalid = Provider.start("broken", "a", connect, 1);
                Provider drained = Provider.start("drained", "a", connect, 0)) {
            for (String service : List.of("held", "broken", "drained", "nobody")) {
                call(service);
            }
            invalid.overwrite(new byte[] {'?'});
            held.endSession();
            refresh("zk-lb.services.held.strategy", "fastest");
            await().untilAsserted(() -> assertThat(degraded())
                    .contains(
                            "service drained: none of its 1 endpoints serves [zk-lb messages#none-that-serves]",
                            "service broken: registrations without valid content, or that cannot be read: 1; the log names them"
                                    + " [zk-lb messages#a-node-that-cannot-be-used]")
                    .allMatch(words -> words.matches(".* \\[zk-lb messages#[a-z-]+]"))
                    .anyMatch(words -> words.startsWith("service held lost too many endpoints at once: 1 that"))
                    .anyMatch(words -> words.startsWith("no such service yet: ") && words.contains("/services/nobody"))
                    .anyMatch(words -> words.startsWith(
                            "service held keeps its settings: zk-lb.services.held.strategy must be one of")));
            Map<String, Object> health = json("/health");
            assertThat(JsonPath.<String>read(health, "$.components.zkLb.status"))
                    .isEqualTo("UP");
            assertThat(JsonPath.<Map<String, Object>>read(health, "$.components.zkLb.details.services.held"))
                    .containsEntry("state", "HELD")
                    .containsEntry("serving", 1);
            refresh("zk-lb.services.held.strategy", "random");
            assertThat(degraded()).noneMatch(words -> words.contains("keeps its settings"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void whileZooKeeperIsAwayHealthProbesAndWhatIsSeenAnswerWithinASecond(WebApplicationType web) {
        application = Objects.requireNonNull(applications.get(web));
        List<String> answers = List.of(
                "/health",
                "/health/liveness",
                "/health/readiness",
                "/zklb",
                "/zklb/orders",
                "/zklb/orders/explain?key=user-7",
                "/zklb/orders/rehearse?add=10.0.0.9:80",
                "/zklb/orders/ring?limit=100",
                "/zklb/orders/events");
        try (Provider provider = Provider.start("orders", "a", zookeeper.connectString(), 1)) {
            String address = "127.0.0.1:" + provider.port();
            call("orders");
            await().until(() -> state("orders").equals("SYNCED")
                    && JsonPath.<List<String>>read(json("/zklb/orders"), "$.endpoints[*].address")
                            .equals(List.of(address))); // another test's has gone
            answers.forEach(this::json); // the first answers of an application take their time
            zookeeper.stop();
            try {
                await().until(() -> state("orders").equals("STALE"));
                Map<String, Map<String, Object>> away = new HashMap<>();
                answers.forEach(path -> away.put(path, withinASecond(path)));
                assertThat(away.keySet()).hasSize(9);
                Map<String, Object> health = Objects.requireNonNull(away.get("/health"));
                assertThat(health).containsEntry("status", "UP");
                assertThat(form(JsonPath.<Object>read(health, "$.components.zkLb.details.services.orders")))
                        .isEqualTo(form(JsonPath.read(documentedHealth(), "$.details.services.orders")));
                assertThat(degraded())
                        .anySatisfy(words -> assertThat(form(words))
                                .isEqualTo(form(JsonPath.read(documentedHealth(), "$.details.degraded[0]"))));
                assertThat(JsonPath.<Map<String, Object>>read(health, "$.components")
                                .keySet())
                        .contains("zkLb")
                        .doesNotContain("zookeeper", "discoveryComposite", "reactiveDiscoveryClients");
                assertThat(degraded()).anyMatch(words -> words.startsWith("service orders may be out of date"));
                for (String probe : List.of("liveness", "readiness")) {
                    assertThat(away.get("/health/" + probe)).containsEntry("status", "UP");
                }
                assertThat(JsonPath.<String>read(
                                away.get("/zklb/orders/explain?key=user-7"), "$.explanation.sequence[0].address"))
                        .isEqualTo(address);
                assertThat(JsonPath.<List<String>>read(
                                away.get("/zklb/orders/rehearse?add=10.0.0.9:80"), "$.endpoints[*].address"))
                        .containsExactlyInAnyOrder(address, "10.0.0.9:80");
                assertThat(JsonPath.<List<Object>>read(away.get("/zklb/orders/ring?limit=100"), "$.arcs"))
                        .hasSize(100);
            } finally {
                zookeeper.restart();
            }
            await().until(() -> state("orders").equals("SYNCED"));
        }
    }

    @Test
    void anIdThatHasASlashOrIsAVerbIsNotMistakenForAQuestion() {
        for (String service : List.of("explain", "shop/carts", "shop/events")) {
            call(service);
            assertThat(json("/zklb/" + service + "/detail"))
                    .as(service)
                    .containsEntry("service", service)
                    .containsKey("endpoints");
            assertThat(json("/zklb/" + service + "/events"))
                    .as(service)
                    .containsEntry("service", service)
                    .containsKey("events");
        }
        assertThat(json("/zklb/explain")).containsEntry("service", "explain").containsKey("endpoints");
        assertThat(json("/zklb/shop/carts")).containsEntry("service", "shop/carts");
        assertThat(get("/zklb/shop/events", LONGEST).statusCode())
                .as("of shop, which nobody calls")
                .isEqualTo(404);
        call("shop");
        assertThat(json("/zklb/shop/events")).containsEntry("service", "shop").containsKey("events");
    }

    @Test
    void valuesOfMetadataAreAlwaysShownIfTheyAreToBe() {
        Map<String, String> registered = Map.of("token", "s3cret", "team", "blue");
        try (Provider provider = Provider.start("shown", "a", zookeeper.connectString(), registered)) {
            for (WebApplicationType web : applications.keySet()) {
                application = Objects.requireNonNull(applications.get(web));
                call("shown");
                await().until(() -> state("shown").equals("SYNCED"));
                assertThat(JsonPath.<List<Map<String, Object>>>read(json("/zklb/shown"), "$.endpoints[*].metadata"))
                        .singleElement()
                        .satisfies(metadata -> assertThat(metadata)
                                .containsEntry("team", web == WebApplicationType.REACTIVE ? "blue" : "******"));
            }
        }
    }

    @Test
    void prometheusGetsEachMetricOfTheAlertRulesAndOfTheDashboard() throws Exception {
        try (Provider provider = Provider.start("scraped", "a", zookeeper.connectString(), 1)) {
            call("scraped");
            await().until(() -> body("/prometheus").contains("endpoint_address=\"127.0.0.1:" + provider.port()));
            String scrape = body("/prometheus");
            Map<String, String> alerts = PrometheusQueries.ofAlerts(DOCS.resolve("prometheus/alerts.yml"));
            assertThat(alerts).hasSize(6);
            alerts.values().forEach(query -> PrometheusQueries.assertThatScrapeHasAllOf(query, scrape));
            List<JsonNode> panels = PrometheusQueries.panels(DOCS.resolve("grafana/zk-lb.json"));
            assertThat(panels).hasSizeGreaterThan(10);
            panels.forEach(panel -> PrometheusQueries.of(panel)
                    .forEach(query -> PrometheusQueries.assertThatScrapeHasAllOf(query, scrape)));
        }
    }

    @Test
    void theDocumentationHasEachMeterAndNoOther() throws Exception {
        try (Provider provider = Provider.start("documented", "a", zookeeper.connectString(), 1)) {
            call("documented");
            MeterRegistry meters = application.getBean(MeterRegistry.class);
            await().until(() -> meters.find("zk.lb.endpoint.calls").meters().size() >= 3);
            Set<String> documented = Pattern.compile("(?m)^\\| `(zk\\.lb\\.[a-z.]+)`")
                    .matcher(Files.readString(DOCS.resolve("metrics.md")))
                    .results()
                    .map(row -> row.group(1))
                    .collect(Collectors.toSet());
            assertThat(meters.getMeters())
                    .extracting(meter -> meter.getId().getName())
                    .filteredOn(name -> name.startsWith("zk.lb."))
                    .containsAll(documented)
                    .allMatch(documented::contains);
            assertThat(values("zk.lb.endpoints", "state")).isEqualTo(rows("state"));
            assertThat(values("zk.lb.picks", "outcome")).isEqualTo(rows("outcome"));
        }
    }

    @Test
    void whatTheGuidesHaveAnOperatorAskIsAnswered() {
        String connect = zookeeper.connectString();
        refresh("zk-lb.services.orders.consistent-hash.key", "header:X-User-Id");
        try (Provider a = Provider.start("orders", "a", connect, Map.of("zone", "a"));
                Provider b = Provider.start("orders", "b", connect, Map.of("zone", "b"))) {
            await().until(() -> {
                call("orders");
                return json("/zklb/orders").toString().contains(":" + a.port())
                        && json("/zklb/orders").toString().contains(":" + b.port());
            });
            List<DocumentedRequests.Request> requests = Stream.of(
                            "canary", "consistent-hashing", "zones", "../operate/runbook")
                    .map(guide -> Path.of("docs/guides").resolve(guide + ".md").normalize())
                    .flatMap(guide -> DocumentedRequests.of(guide.toString()).stream())
                    .toList();
            assertThat(requests).hasSize(8).allSatisfy(request -> {
                assertThat(request.method()).isEqualTo("GET");
                assertThat(request.url()).startsWith("localhost:8080/actuator/");
                Map<String, Object> answer = json(request.url().substring("localhost:8080/actuator".length()));
                assertThat(answer.toString()).as(request.place()).contains("orders");
            });
        }
    }

    /** The values that a tag of a meter has. */
    private Set<String> values(String meter, String tag) {
        return application.getBean(MeterRegistry.class).get(meter).meters().stream()
                .map(each -> Objects.requireNonNull(each.getId().getTag(tag)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The first column of the table whose head names the tag. */
    private static Set<String> rows(String tag) throws IOException {
        String table = Files.readString(DOCS.resolve("metrics.md"))
                .split("\n\\| `" + tag + "` \\|")[1]
                .split("\n\n")[0];
        return Pattern.compile("(?m)^\\| `([a-z-]+)` \\|")
                .matcher(table)
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void call(String service) {
        application.getBean(ZkLoadBalancer.class).choose(service);
    }

    private void refresh(String property, String value) {
        refreshed.put(property, value);
        application.publishEvent(new EnvironmentChangeEvent(application, Set.of(property)));
    }

    private List<String> events(String service, int since) {
        List<Map<String, Object>> events =
                JsonPath.read(json("/zklb/" + service + "/events?since=" + since), "$.events");
        return events.stream()
                .map(event -> event.get("kind") + " " + event.get("address") + " " + event.get("detail"))
                .toList();
    }

    private String state(String service) {
        return JsonPath.read(json("/zklb/" + service), "$.membership.state");
    }

    /** What docs/operations.md shows of this component. */
    private static String documentedHealth() {
        return Documents.blocks("json").stream()
                .filter(block -> block.place().startsWith("docs/operations.md"))
                .map(Documents.Block::text)
                .filter(text -> text.contains("\"degraded\""))
                .findFirst()
                .orElseThrow();
    }

    /** What is the same at any time, on any machine, with any number of instances. */
    private static String form(Object json) {
        return json.toString()
                .replaceAll("[\\w.-]+:\\d+ has", "ADDRESS has")
                .replaceAll("\\d{4}-[\\dT:-]+(\\.\\d+)?Z", "TIME")
                .replaceAll("\\d+", "N");
    }

    private List<String> degraded() {
        return JsonPath.read(json("/health"), "$.components.zkLb.details.degraded");
    }

    private Map<String, Object> json(String path) {
        return JsonPath.read(body(path), "$");
    }

    /**
     * What is answered within a second; where the machine is busy with something else, one of some attempts is. An attempt that
     * took longer may keep the next one from its turn.
     */
    private Map<String, Object> withinASecond(String path) {
        HttpResponse<String> response = await().pollDelay(Duration.ZERO)
                .ignoreException(CompletionException.class)
                .until(() -> get(path, Duration.ofSeconds(1)), each -> each.statusCode() != 503);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonPath.read(response.body(), "$");
    }

    /** Asks again where there is no answer: Netty was seen to read a request only when its connection had ended. */
    private String body(String path) {
        HttpResponse<String> response =
                await().ignoreException(CompletionException.class).until(() -> get(path, LONGEST), any -> true);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private HttpResponse<String> get(String path, Duration timeout) {
        Environment environment = application.getEnvironment();
        String port =
                environment.getProperty("local.management.port", environment.getRequiredProperty("local.server.port"));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator" + path))
                .timeout(timeout)
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).join();
    }
}

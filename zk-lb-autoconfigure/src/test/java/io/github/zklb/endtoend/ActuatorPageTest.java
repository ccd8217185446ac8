package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.zklb.actuate.ZkLbEndpoint;
import io.github.zklb.actuate.ZkLbEndpointAutoConfiguration;
import io.github.zklb.actuate.ZkLbPageEndpoint;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.KeySources;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.testing.InProcessZooKeeper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** The page at {@code /actuator/zklbpage}, over HTTP. What it does in a browser is tested with the sample. */
class ActuatorPageTest {

    private static final String SERVED = "management.endpoint.zklbpage.access=READ_ONLY";
    private static final String ALL_EXPOSED = "management.endpoints.web.exposure.include=*";
    private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"#]+)\"");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import .* from '(.+)';$");
    private static final Pattern DATA = Pattern.compile("data-api=\"(.+?)\"");

    private static InProcessZooKeeper zookeeper;
    private static HttpClient http;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        http = HttpClient.newHttpClient();
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
                        ALL_EXPOSED,
                        SERVED,
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.service-registry.auto-registration.enabled=false",
                        "spring.main.banner-mode=off",
                        "server.port=0")
                .properties(properties)
                .run();
    }

    private static HttpResponse<byte[]> get(URI uri, String accept) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(uri).header("Accept", accept).build();
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).as("%s", response.uri()).isEqualTo(200);
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    /** The page and all that it consists of, as a browser finds them, by their names; and where it finds its data. */
    private static Map<String, HttpResponse<byte[]>> load(URI page) throws Exception {
        HttpResponse<byte[]> html = get(page, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        Map<String, HttpResponse<byte[]>> files = new TreeMap<>(Map.of("page.html", html));
        List<URI> open = links(LINK, text(html)).map(page::resolve).toList();
        while (!open.isEmpty()) {
            Stream.Builder<URI> next = Stream.builder();
            for (URI uri : open) {
                String name = uri.getPath().replaceAll(".*/", "");
                HttpResponse<byte[]> file = get(uri, name.endsWith(".css") ? "text/css,*/*;q=0.1" : "*/*");
                if (files.put(name, file) == null) {
                    links(IMPORT, text(file)).map(uri::resolve).forEach(next);
                }
            }
            open = next.build().toList();
        }
        URI script = files.get("page.js").uri();
        files.put("data", get(script.resolve(links(DATA, text(html)).findFirst().orElseThrow()), "application/json"));
        return files;
    }

    private static Stream<String> links(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult found) -> found.group(1));
    }

    private static Set<String> namesOf(Map<String, HttpResponse<byte[]>> files) {
        files.forEach((name, response) -> text(response));
        return files.keySet();
    }

    @Test
    void isServedWithAllItsFilesWhereItsAccessIsSet() throws Exception {
        isServed(WebApplicationType.REACTIVE, "local.server.port", "/actuator/zklbpage");
    }

    @Test
    void findsItsFilesAndDataOnAnotherPortAndUnderOtherPaths() throws Exception {
        isServed(
                WebApplicationType.SERVLET,
                "local.management.port",
                "/ops/actuator/balancer/page",
                "management.server.port=0",
                "management.server.base-path=/ops",
                "management.endpoints.web.path-mapping.zklb=balancer/state",
                "management.endpoints.web.path-mapping.zklbpage=balancer/page");
    }

    private static void isServed(WebApplicationType web, String port, String path, String... properties)
            throws Exception {
        try (ConfigurableApplicationContext application = application(web, properties)) {
            URI page = URI.create(
                    "http://localhost:" + application.getEnvironment().getRequiredProperty(port) + path);
            Map<String, HttpResponse<byte[]>> files = load(page);

            assertThat(namesOf(files))
                    .containsExactlyInAnyOrder(
                            "page.html", "page.css", "page.js", "dom.js", "ring.js", "forms.js", "icon.svg", "data");
            assertThat(text(files.get("page.html"))).contains("Content-Security-Policy");
            assertThat(text(files.get("data"))).contains("\"services\"");
            files.forEach((name, file) -> {
                String type = file.headers().firstValue("Content-Type").orElseThrow();
                if (!name.equals("data")) {
                    assertThat(type)
                            .isEqualToIgnoringCase(
                                    switch (name.replaceAll(".*\\.", "")) {
                                        case "html" -> "text/html;charset=UTF-8";
                                        case "css" -> "text/css;charset=UTF-8";
                                        case "js" -> "text/javascript;charset=UTF-8";
                                        default -> "image/svg+xml";
                                    });
                }
                assertThat(file.headers().map().keySet().stream().map(String::toLowerCase))
                        .as("a browser that is told neither asks again after an upgrade")
                        .doesNotContain("last-modified", "etag", "expires");
            });
            assertThat(namesOf(load(URI.create(page + "/")))).isEqualTo(files.keySet());
            for (String nothing : List.of("/page.html", "/nothing.js", "/page.js/dom.js", "/ZkLbPageEndpoint.class")) {
                assertThat(get(URI.create(page + nothing), "*/*").statusCode()).isEqualTo(404);
            }
        }
    }

    @Test
    void allowsNothingButItsOwnFilesToRun() throws Exception {
        assertThat(resource("page.html"))
                .contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self'; "
                        + "style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; ")
                .doesNotContain("unsafe", "<style", " style=", " onclick=", "<script>", "http://", "https://");
        for (String script : List.of("page.js", "dom.js", "ring.js", "forms.js")) {
            assertThat(resource(script))
                    .as(script)
                    .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
                    .doesNotContain("method:", "https://", "localStorage");
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream file = ZkLbPageEndpoint.class.getResourceAsStream("page/" + name)) {
            return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void isNotThereForAllEndpointsBeingExposed() {
        WebApplicationContextRunner exposed = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        EndpointAutoConfiguration.class,
                        WebEndpointAutoConfiguration.class,
                        ZkLbEndpointAutoConfiguration.class))
                .withBean(
                        ServiceEngines.class,
                        () -> new ServiceEngines(
                                id -> fail("no service is used"),
                                new StrategyCatalogue(List.of()),
                                id -> fail("no service is used"),
                                settings -> {},
                                (id, hosts) -> hosts))
                .withBean(KeySources.class, () -> new KeySources(id -> fail("no key is asked for")))
                .withPropertyValues(ALL_EXPOSED);
        exposed.run(context ->
                assertThat(context).hasSingleBean(ZkLbEndpoint.class).doesNotHaveBean(ZkLbPageEndpoint.class));
        exposed.withPropertyValues(SERVED).run(context -> assertThat(context).hasSingleBean(ZkLbPageEndpoint.class));
    }
}

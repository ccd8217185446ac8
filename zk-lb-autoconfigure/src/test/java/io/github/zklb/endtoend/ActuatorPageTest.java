package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.zklb.actuate.ZkLbEndpoint;
import io.github.zklb.actuate.ZkLbEndpointAutoConfiguration;
import io.github.zklb.actuate.ZkLbPageEndpoint;
import io.github.zklb.actuate.overlays.ZkLbOverlaysAutoConfiguration;
import io.github.zklb.actuate.overlays.ZkLbOverlaysEndpoint;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.policy.OverlayWriter;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
import org.springframework.core.env.Environment;

/** The page at {@code /actuator/zklbpage}, over HTTP. What it does in a browser is tested with the sample. */
class ActuatorPageTest {

    private static final String SERVED = "management.endpoint.zklbpage.access=READ_ONLY";
    private static final String ALL_EXPOSED = "management.endpoints.web.exposure.include=*";
    private static final String NOBODY = "none";
    private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"#]+)\"");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import .* from '(.+)';$");
    private static final Pattern DATA = Pattern.compile("data-api=\"(.+?)\"");

    private static final HttpClient http = HttpClient.newHttpClient();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private static HttpResponse<byte[]> get(URI uri, String accept, String authorization) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Accept", accept)
                .header("Authorization", authorization)
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).as("%s", response.uri()).isEqualTo(200);
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    /** The page and all that it consists of, as a browser finds them, by their names; and where it finds its data. */
    private static Map<String, HttpResponse<byte[]>> load(URI page, String authorization) throws Exception {
        HttpResponse<byte[]> html =
                get(page, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", authorization);
        Map<String, HttpResponse<byte[]>> files = new TreeMap<>(Map.of("page.html", html));
        List<URI> open = links(LINK, text(html)).map(page::resolve).toList();
        while (!open.isEmpty()) {
            Stream.Builder<URI> next = Stream.builder();
            for (URI uri : open) {
                String name = uri.getPath().replaceAll(".*/", "");
                HttpResponse<byte[]> file =
                        get(uri, name.endsWith(".css") ? "text/css,*/*;q=0.1" : "*/*", authorization);
                if (files.put(name, file) == null) {
                    links(IMPORT, text(file)).map(uri::resolve).forEach(next);
                }
            }
            open = next.build().toList();
        }
        URI script = files.get("page.js").uri();
        files.put(
                "data",
                get(
                        script.resolve(links(DATA, text(html)).findFirst().orElseThrow()),
                        "application/json",
                        authorization));
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
    void findsItsFilesAndDataOnAnotherPortAndUnderOtherPaths() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.SERVLET)
                        .properties(
                                ALL_EXPOSED,
                                SERVED,
                                "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                                "spring.cloud.service-registry.auto-registration.enabled=false",
                                "spring.main.banner-mode=off",
                                "server.port=0",
                                "management.server.port=0",
                                "management.server.base-path=/ops",
                                "management.endpoints.web.path-mapping.zklb=balancer/state",
                                "management.endpoints.web.path-mapping.zklbpage=balancer/page")
                        .run()) {
            Environment environment = application.getEnvironment();
            String path = "/ops/actuator/balancer/";
            assertServed(
                    URI.create("http://localhost:"
                            + environment.getRequiredProperty("local.management.port")
                            + path
                            + "page"),
                    NOBODY);
            URI elsewhere =
                    URI.create("http://localhost:" + environment.getRequiredProperty("local.server.port") + path);
            assertThat(get(elsewhere.resolve("state"), "*/*", NOBODY).statusCode())
                    .isEqualTo(404);
        }
    }

    /** The page is there with all its files and with its data. */
    static void assertServed(URI page, String authorization) throws Exception {
        Map<String, HttpResponse<byte[]>> files = load(page, authorization);

        assertThat(namesOf(files))
                .containsExactlyInAnyOrder(
                        "page.html",
                        "page.css",
                        "page.js",
                        "dom.js",
                        "ring.js",
                        "forms.js",
                        "steering.js",
                        "icon.svg",
                        "data");
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
                    .doesNotContain("last-modified", "etag");
            assertThat(file.headers().firstValue("expires")).isIn(Optional.empty(), Optional.of("0"));
        });
        assertThat(namesOf(load(URI.create(page + "/"), authorization))).isEqualTo(files.keySet());
        for (String nothing : List.of("/page.html", "/nothing.js", "/page.js/dom.js", "/ZkLbPageEndpoint.class")) {
            assertThat(get(URI.create(page + nothing), "*/*", authorization).statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void allowsNothingButItsOwnFilesToRun() throws Exception {
        assertThat(resource("page.html"))
                .contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self'; "
                        + "style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; ")
                .doesNotContain("unsafe", "<style", " style=", " onclick=", "<script>", "http://", "https://");
        for (String script : List.of("page.js", "dom.js", "ring.js", "forms.js", "steering.js")) {
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

    private static final class NoWriter implements OverlayWriter {

        @Override
        public Written write(String serviceId, String name, @Nullable Long expectedVersion, Draft draft) {
            return fail("nothing is written");
        }

        @Override
        public void delete(String serviceId, String name, @Nullable Long expectedVersion) {
            fail("nothing is deleted");
        }

        @Override
        public boolean isOpen(String serviceId) {
            return fail("nothing is asked");
        }
    }

    @Test
    void isThereOnlyWhereAccessAndExposureAllowIt() {
        WebApplicationContextRunner writing = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        EndpointAutoConfiguration.class,
                        WebEndpointAutoConfiguration.class,
                        ZkLbOverlaysAutoConfiguration.class))
                .withBean(OverlayWriter.class, NoWriter::new)
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
        WebApplicationContextRunner exposed =
                writing.withConfiguration(AutoConfigurations.of(ZkLbEndpointAutoConfiguration.class));
        exposed.run(context -> assertThat(context)
                .hasSingleBean(ZkLbEndpoint.class)
                .doesNotHaveBean(ZkLbPageEndpoint.class)
                .doesNotHaveBean(ZkLbOverlaysEndpoint.class)
                .doesNotHaveBean("zkLbOverlayParameters"));
        exposed.withPropertyValues("management.endpoint.zklboverlays.access=UNRESTRICTED")
                .run(context -> assertThat(context).hasSingleBean(ZkLbOverlaysEndpoint.class));
        writing.withPropertyValues("management.endpoint.zklboverlays.access=UNRESTRICTED")
                .run(context -> assertThat(context)
                        .hasSingleBean(ZkLbOverlaysEndpoint.class)
                        .doesNotHaveBean(ZkLbEndpoint.class));
        exposed.withPropertyValues(SERVED).run(context -> assertThat(context).hasSingleBean(ZkLbPageEndpoint.class));
        exposed.withPropertyValues(SERVED, "management.endpoints.access.max-permitted=READ_ONLY")
                .run(context ->
                        assertThat(context).hasSingleBean(ZkLbEndpoint.class).hasSingleBean(ZkLbPageEndpoint.class));
        for (String closed : List.of(
                "management.endpoint.zklb.access=NONE",
                "management.endpoints.access.max-permitted=NONE",
                "management.endpoints.web.exposure.include=health",
                "management.endpoints.web.exposure.exclude=zklb")) {
            exposed.withPropertyValues(closed)
                    .run(context -> assertThat(context)
                            .doesNotHaveBean(ZkLbEndpoint.class)
                            .doesNotHaveBean(ZkLbPageEndpoint.class));
        }
    }
}

package io.github.zklb.reports.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.UtilizationSource;
import io.github.zklb.reports.LoadReport;
import io.github.zklb.reports.OwnLoad;
import io.github.zklb.traffic.Clock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** An application that answers who asks for its load; it registers nowhere, and has no ZooKeeper. */
class LoadReportFiltersTest {

    private static final HttpClient http = HttpClient.newHttpClient();
    private static final int MANY = 60;

    /** The count of a response may come after it. */
    private static final double LATE = 2;

    @RestController
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @GetMapping("/")
        String answer() {
            return "answer";
        }

        @GetMapping("/later")
        CompletionStage<String> later() {
            return CompletableFuture.supplyAsync(() -> "later");
        }

        @GetMapping("/fails")
        String fail() {
            throw new IllegalStateException("on purpose");
        }

        @GetMapping("/fails-later")
        CompletionStage<String> failLater() {
            return CompletableFuture.failedFuture(new IllegalStateException("on purpose"));
        }

        @GetMapping("/missing")
        String missing() {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
    }

    private static ConfigurableApplicationContext run(
            WebApplicationType type,
            ApplicationContextInitializer<GenericApplicationContext> beans,
            String... properties) {
        return new SpringApplicationBuilder(Application.class)
                .initializers(beans)
                .web(type)
                .properties(
                        "spring.cloud.zookeeper.enabled=false",
                        "server.port=0",
                        "server.netty.max-keep-alive-requests=1", // reactor-netty #4361
                        "spring.main.banner-mode=off")
                .properties(properties)
                .run();
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext context, String path, String... headers)
            throws IOException, InterruptedException {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        return http.send((headers.length == 0 ? request : request.headers(headers)).build(), BodyHandlers.ofString());
    }

    private static Optional<String> header(ConfigurableApplicationContext context, String format) throws Exception {
        return get(context, "/", LoadReport.ASKING_HEADER, format).headers().firstValue(LoadReport.HEADER);
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void whoAsksIsAnsweredAndOnlyErrorsOfTheServerCount(WebApplicationType type) throws Exception {
        Clock clock = new Clock();
        OwnLoad load = new OwnLoad(clock, () -> 0, () -> 1, () -> Double.NaN);
        try (ConfigurableApplicationContext context = run(
                type,
                application -> application.registerBean(OwnLoad.class, () -> load),
                "zk-lb.load-report.enabled=true")) {
            assertThat(header(context, "TEXT")).as("in the first second").isEmpty();
            List<String> paths = List.of("/missing", "/later", "/fails", "/fails-later");
            for (int i = 0; i < MANY; i++) {
                get(context, paths.get(i % paths.size()));
            }
            clock.pass(Duration.ofSeconds(1));
            LoadReport report = Objects.requireNonNull(
                    LoadReport.parse(header(context, "TEXT").orElseThrow()));
            assertThat(report.requestsPerSecond()).isBetween(MANY - LATE, MANY + 1.0);
            assertThat(report.errorsPerSecond()).isBetween(MANY / 2 - LATE, MANY / 2.0);
            assertThat(header(context, "json").orElseThrow()).startsWith("JSON {");
            assertThat(header(context, "BIN")).isEmpty();
            assertThat(get(context, "/").headers().map()).doesNotContainKey(LoadReport.HEADER);
            for (String path : paths) {
                HttpResponse<String> response = get(context, path, LoadReport.ASKING_HEADER, "TEXT");
                assertThat(response.headers().firstValue(LoadReport.HEADER))
                        .as(path)
                        .isPresent();
            }
        }
    }

    @Test
    void itSaysWhatTheProcessorAndTheApplicationSay() throws Exception {
        try (ConfigurableApplicationContext context = run(
                WebApplicationType.SERVLET,
                application -> application.registerBean(UtilizationSource.class, () -> () -> 0.75),
                "zk-lb.load-report.enabled=true")) {
            await().until(() -> header(context, "TEXT").isPresent());
            LoadReport report = Objects.requireNonNull(
                    LoadReport.parse(header(context, "TEXT").orElseThrow()));
            assertThat(report.application()).isEqualTo(0.75);
            assertThat(report.cpu()).isPositive();
        }
    }

    @Test
    void nobodyIsAnsweredUnlessThatIsEnabled() {
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(LoadReportAutoConfiguration.class))
                .run(context -> assertThat(context).doesNotHaveBean(OwnLoad.class));
    }
}

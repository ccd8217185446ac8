package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.LiveObjects;
import io.github.zklb.testing.Provider;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Applications that come and go, and settings that change, leave nothing behind. {@code -Dzklb.refreshes=100} makes it a
 * hundred.
 */
class RefreshesTest {

    private static final int CYCLES = Integer.getInteger("zklb.refreshes", 5);

    /** What the first ones load and start for the whole process. */
    private static final int WARM_UP = 3;

    /** Threads of pools that the whole process shares, and that grow with use. */
    private static final List<String> SHARED = List.of(
            "parallel-",
            "boundedElastic",
            "reactor-",
            "ForkJoinPool",
            "NIOWorkerThread",
            "Reference",
            "Common-Cleaner",
            "awaitility");

    /** Of the JDK's HTTP client, a pool that grows with use; a client that was left behind has its selector's thread, too. */
    private static final Pattern JDK_CLIENT_POOL = Pattern.compile("HttpClient-\\d+-Worker-\\d+");

    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterAll
    static void stop() {
        zookeeper.close();
    }

    @Test
    void applicationsThatComeAndGo() {
        for (int i = 0; i < WARM_UP; i++) {
            runApplication();
        }
        awaitNoWatch();
        List<String> threads = threads();
        Left left = Left.now();
        for (int i = 0; i < CYCLES; i++) {
            runApplication();
        }
        awaitNoWatch();
        await().untilAsserted(() -> {
            assertThat(beyond(threads)).isEmpty();
            assertThat(Left.now()).isEqualTo(left);
        });
    }

    /** Registers, calls itself by its service id through both clients, and goes. */
    private static void runApplication() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .registerShutdownHook(false)
                .run(
                        "--spring.application.name=orders",
                        "--spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "--spring.cloud.zookeeper.discovery.instance-host=127.0.0.1",
                        "--spring.cloud.loadbalancer.retry.enabled=false",
                        "--management.endpoint.health.access=none", // Spring Boot remembers web servers, and so its
                        // beans, softly
                        "--spring.main.banner-mode=off",
                        "--server.port=0",
                        "--server.address=127.0.0.1")) {
            String port = context.getEnvironment().getRequiredProperty("local.server.port");
            assertThat(context.getBean("restClientBuilder", RestClient.Builder.class)
                            .build()
                            .get()
                            .uri("http://orders/")
                            .retrieve()
                            .body(String.class))
                    .isEqualTo(port);
            assertThat(context.getBean("webClientBuilder", WebClient.Builder.class)
                            .build()
                            .get()
                            .uri("http://orders/")
                            .retrieve()
                            .bodyToMono(String.class)
                            .block())
                    .isEqualTo(port);
        }
    }

    @Test
    void settingsThatChangeWhileAnApplicationRuns() {
        Map<String, Object> settings = new HashMap<>();
        try (Provider provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            consumer.context()
                    .getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("refreshed", settings));
            for (int i = 0; i < WARM_UP; i++) {
                refresh(consumer, settings, i);
            }
            String watches = zookeeper.ask("wchs");
            MeterRegistry meters = consumer.context().getBean(MeterRegistry.class);
            List<String> metersBefore = ids(meters);
            assertThat(metersBefore).anyMatch(id -> id.contains("zk.lb."));
            List<String> threads = threads();
            Left left = Left.now();
            for (int i = 0; i < CYCLES; i++) {
                refresh(consumer, settings, i);
            }
            await().untilAsserted(() -> {
                assertThat(beyond(threads)).isEmpty();
                assertThat(Left.now()).isEqualTo(left);
            });
            // where the machine stood still for long, the watches are being set anew
            await().untilAsserted(() -> assertThat(zookeeper.ask("wchs")).isEqualTo(watches));
            assertThat(ids(meters)).isEqualTo(metersBefore);
            assertThat(consumer.get(Client.WEB_CLIENT, "http://orders/", Map.of()))
                    .isEqualTo(provider.name());
        }
        awaitNoWatch();
    }

    private static void refresh(Consumer consumer, Map<String, Object> settings, int cycle) {
        settings.put("zk-lb.strategy", cycle % 2 == 0 ? "round-robin" : "least-request");
        consumer.context().getBean(ContextRefresher.class).refresh();
        consumer.propertiesChanged("zk-lb.strategy");
        for (Client client : Client.values()) {
            assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("a");
        }
    }

    private static List<String> ids(MeterRegistry meters) {
        return meters.getMeters().stream()
                .map(meter -> meter.getId().toString())
                .filter(id -> id.contains("zk.lb.") || id.contains("loadbalancer"))
                .sorted()
                .toList();
    }

    private static void awaitNoWatch() {
        await().untilAsserted(() -> assertThat(zookeeper.ask("wchs")).contains("Total watches:0"));
    }

    /** The threads that there are beyond those. */
    private static List<String> beyond(List<String> those) {
        List<String> now = new ArrayList<>(threads());
        those.forEach(now::remove);
        return now;
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> SHARED.stream().noneMatch(name::startsWith))
                .filter(name -> !JDK_CLIENT_POOL.matcher(name).matches())
                .map(name -> name.replaceAll("\\d+", "n"))
                .sorted()
                .toList();
    }

    /**
     * What is still in memory.
     *
     * @param childContexts contexts of clients
     * @param balancers balancers of services
     */
    private record Left(long childContexts, long balancers) {

        static Left now() {
            return new Left(
                    LiveObjects.count(AnnotationConfigApplicationContext.class.getName()),
                    LiveObjects.count("io.github.zklb.engine.ServiceEngine"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @RestController
    static class Application {

        private final Environment environment;

        Application(Environment environment) {
            this.environment = environment;
        }

        @GetMapping("/")
        String port() {
            return environment.getRequiredProperty("local.server.port");
        }

        @Bean
        @LoadBalanced
        static RestClient.Builder restClientBuilder() {
            return RestClient.builder().requestFactory(new SimpleClientHttpRequestFactory());
        }

        @Bean
        @LoadBalanced
        static WebClient.Builder webClientBuilder() {
            return WebClient.builder();
        }
    }
}

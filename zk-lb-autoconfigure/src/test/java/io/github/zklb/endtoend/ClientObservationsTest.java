package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.ClientCalls.SendListener;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.http.client.observation.DefaultClientRequestObservationConvention;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/** Spring's observations of its HTTP clients name the strategy by which a request was balanced. */
class ClientObservationsTest {

    private static final String NAME = "http.client.requests";

    private static InProcessZooKeeper zookeeper;
    private static Provider orders;
    private static Provider users;
    private static ConfigurableApplicationContext context;
    private static MeterRegistry meters;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        orders = Provider.start("orders", "a", zookeeper.connectString(), 1);
        users = Provider.start("users", "b", zookeeper.connectString(), 1);
        context = run("zk-lb.services.orders.strategy=random");
        meters = context.getBean(MeterRegistry.class);
    }

    private static ConfigurableApplicationContext run(String property) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.service-registry.auto-registration.enabled=false",
                        "spring.main.banner-mode=off",
                        property)
                .run();
    }

    @AfterAll
    static void stop() {
        context.close();
        orders.close();
        users.close();
        zookeeper.close();
    }

    @Test
    void everyBalancedClientNamesTheStrategyAndAnotherOneNone() {
        RestTemplate restTemplate = context.getBean(RestTemplate.class);
        RestClient restClient =
                context.getBean("balanced", RestClient.Builder.class).build();
        WebClient webClient = context.getBean(WebClient.Builder.class).build();
        restTemplate.getForObject("http://orders/rest-template", String.class);
        restClient.get().uri("http://orders/rest-client").retrieve().toBodilessEntity();
        webClient
                .get()
                .uri("http://orders/web-client")
                .retrieve()
                .toBodilessEntity()
                .block();
        restClient.get().uri("http://users/weighted").retrieve().toBodilessEntity();
        RestClient plain = context.getBean("plain", RestClient.Builder.class).build();
        plain.get()
                .uri("http://127.0.0.1:" + orders.port() + "/plain")
                .retrieve()
                .toBodilessEntity();

        assertThat(strategies("orders")).containsOnly("random");
        assertThat(Stream.of("/rest-template", "/rest-client", "/web-client"))
                .allSatisfy(uri -> assertThat(meters.get(NAME)
                                .tags("uri", uri, "zk.lb.strategy", "random")
                                .timer()
                                .count())
                        .isEqualTo(1));
        assertThat(strategies("users")).containsOnly("weighted");
        assertThat(strategies("127.0.0.1")).containsOnly("none");
        assertThat(context.getBean(PrometheusMeterRegistry.class).scrape().lines())
                .filteredOn(line -> line.startsWith("http_client_requests_seconds_count{"))
                .anyMatch(line -> line.contains("zk_lb_strategy=\"random\""))
                .anyMatch(line -> line.contains("zk_lb_strategy=\"weighted\""))
                .anyMatch(line -> line.contains("zk_lb_strategy=\"none\""))
                .allMatch(line -> line.contains("zk_lb_strategy=\""));
    }

    @Test
    void theTagCanBeSwitchedOff() {
        try (ConfigurableApplicationContext untagged = run("zk-lb.metrics.strategy-tag=false")) {
            untagged.getBean(RestTemplate.class).getForObject("http://orders/rest-template", String.class);
            untagged.getBean("balanced", RestClient.Builder.class)
                    .build()
                    .get()
                    .uri("http://orders/rest-client")
                    .retrieve()
                    .toBodilessEntity();
            untagged.getBean(WebClient.Builder.class)
                    .build()
                    .get()
                    .uri("http://orders/web-client")
                    .retrieve()
                    .toBodilessEntity()
                    .block();
            assertThat(untagged.getBean(PrometheusMeterRegistry.class).scrape().lines())
                    .filteredOn(line -> line.startsWith("http_client_requests_seconds_count{"))
                    .hasSize(3)
                    .allMatch(line -> line.contains("client_name=\"orders\""))
                    .noneMatch(line -> line.contains("zk_lb_strategy"));
            assertThat(untagged.getBeanNamesForType(ObservationFilter.class))
                    .noneMatch(name -> name.startsWith("zkLb"));
            assertThat(untagged.getBeanNamesForType(SendListener.class)).isEmpty();
        }
    }

    @Test
    void theUsersConventionStays() {
        context.getBean(RestTemplate.class).getForObject("http://orders/convention", String.class);
        assertThat(meters.get(NAME)
                        .tags("client.name", "orders", "zk.lb.strategy", "random", "exception", "users")
                        .timers())
                .isNotEmpty();
    }

    private static Stream<String> strategies(String clientName) {
        return meters.get(NAME).tag("client.name", clientName).timers().stream()
                .map(timer -> Objects.requireNonNull(timer.getId().getTag("zk.lb.strategy")));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        @LoadBalanced
        RestTemplate restTemplate(RestTemplateBuilder builder) {
            return builder.requestFactory(SimpleClientHttpRequestFactory::new).build();
        }

        @Bean
        @LoadBalanced
        RestClient.Builder balanced(RestClientBuilderConfigurer configurer) {
            return configurer.configure(RestClient.builder());
        }

        @Bean
        RestClient.Builder plain(RestClientBuilderConfigurer configurer) {
            return configurer.configure(RestClient.builder());
        }

        @Bean
        @LoadBalanced
        WebClient.Builder webClientBuilder(ObjectProvider<WebClientCustomizer> customizers) {
            WebClient.Builder builder = WebClient.builder();
            customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
            return builder;
        }

        @Bean
        UsersConvention usersConvention() {
            return new UsersConvention();
        }
    }

    static class UsersConvention extends DefaultClientRequestObservationConvention {

        @Override
        protected KeyValue exception(ClientRequestObservationContext observed) {
            return KeyValue.of("exception", "users");
        }
    }
}

package io.github.zklb.springcloud.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.BalancedServices;
import io.github.zklb.testing.Gateway;
import io.github.zklb.testing.InProcessZooKeeper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.gateway.event.RefreshRoutesEvent;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.web.client.RestClient;

/** What the routes of both gateways meet: instances that refuse, beans of the user's, and a first request. */
class GatewayRoutesTest {

    private static InProcessZooKeeper zookeeper;
    private static HttpServer server;

    @BeforeAll
    static void start() throws IOException {
        zookeeper = InProcessZooKeeper.start();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop(0);
        zookeeper.close();
    }

    /**
     * Two of three refuse, and requests begin in turn at each. The filter that is Spring Framework's waits between attempts.
     * Where there is nowhere to go on to, and for a POST, the caller gets an error that names no instance.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRetryFilterWithItsDefaultsGoesOnWhenAConnectionIsRefused(boolean springRetry) throws Exception {
        try (ConfigurableApplicationContext context = Gateway.WEBMVC.start(
                zookeeper.connectString(),
                Gateway.WEBMVC.property("routes[0].filters[1]") + "=Retry=3",
                Gateway.WEBMVC.property("use-framework-retry-filter") + "=" + !springRetry,
                "spring.web.error.include-message=never")) {
            register(context, closedPort());
            if (springRetry) {
                for (HttpResponse<String> refused :
                        List.of(send(context, "/orders/any"), post(context, "/orders/any"))) {
                    assertThat(refused.statusCode()).isEqualTo(500);
                    assertThat(refused.body()).contains("Internal Server Error").doesNotContain("127.0.0.1");
                }
            }
            register(context, server.getAddress().getPort());
            register(context, closedPort());
            for (int i = 0; i < 3; i++) {
                assertThat(get(context, "/orders/any")).isEqualTo(200);
            }
        }
    }

    @Test
    void withoutARetryFilterARefusedConnectionIsTheErrorThatItAlwaysWas() throws Exception {
        try (ConfigurableApplicationContext context = Gateway.WEBMVC.start(zookeeper.connectString())) {
            register(context, closedPort());
            HttpResponse<String> response = send(context, "/orders/any");
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).contains("I/O error on GET request for");
        }
    }

    @Test
    void besideALoadBalancedRestClientBuilderNothingIsBalancedTwice() throws Exception {
        try (ConfigurableApplicationContext context =
                Gateway.WEBMVC.start(zookeeper.connectString(), new Class<?>[] {BalancedBuilder.class})) {
            register(context, server.getAddress().getPort());
            assertThat(get(context, "/orders/any")).isEqualTo(200);
            assertThat(context.getBean(RestClient.Builder.class)
                            .build()
                            .get()
                            .uri("http://orders/any")
                            .retrieve()
                            .toBodilessEntity()
                            .getStatusCode()
                            .value())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theServicesOfRoutesAreReadyBeforeTheFirstRequest(Gateway gateway) {
        try (ConfigurableApplicationContext context = gateway.start(
                zookeeper.connectString(),
                gateway == Gateway.WEBFLUX ? new Class<?>[] {RoutesInJava.class} : new Class<?>[0])) {
            ServiceEngine orders =
                    Objects.requireNonNull(context.getBean(ServiceEngines.class).inUse("orders"));
            assertThat(orders.snapshot()).isNotNull();
            assertThat(context.getBean(ServiceEngines.class).inUse("in-java") != null)
                    .isEqualTo(gateway == Gateway.WEBFLUX);
        }
    }

    /** The gateway rebuilds its routes for each context that starts, but for those of the load balancer, by their name. */
    @Test
    void theFirstRequestToAServiceRebuildsNoRoutes() throws Exception {
        try (ConfigurableApplicationContext context = Gateway.WEBFLUX.start(zookeeper.connectString())) {
            Queue<ApplicationEvent> events = new ConcurrentLinkedQueue<>();
            context.addApplicationListener((ApplicationEvent event) -> events.add(event));
            assertThat(get(context, "/first/any")).isEqualTo(503);
            assertThat(context.getBean(LoadBalancerClientFactory.class).getContextNames())
                    .contains("first");
            assertThat(events)
                    .hasAtLeastOneElementOfType(ContextRefreshedEvent.class)
                    .noneMatch(RefreshRoutesEvent.class::isInstance);
        }
    }

    @Test
    void aRouteNamesItsServiceWithOrWithoutASchemeOfItsOwn() {
        List<String> services = new ArrayList<>();
        for (String route : List.of("lb://orders", "LB://carts/path", "lb:ws://chat", "http://10.0.0.1:80")) {
            BalancedServices.ofRoute(URI.create(route), services::add);
        }
        BalancedServices.ofRoute(null, services::add);
        assertThat(services).containsExactly("orders", "carts", "chat");
        assertThatCode(() -> BalancedServices.ofRoute(URI.create("lb:opaque"), services::add))
                .doesNotThrowAnyException();
    }

    private static void register(ConfigurableApplicationContext context, int port) {
        EndpointRegistry registry = context.getBean(EndpointRegistry.class);
        CompletableFuture<Void> written = registry.register("orders", Endpoint.of("127.0.0.1", port));
        written.join();
        await().until(() -> Objects.requireNonNull(
                        context.getBean(ServiceEngines.class).engine("orders").snapshot())
                .candidates()
                .hosts()
                .endpoints()
                .stream()
                .anyMatch(endpoint -> endpoint.port() == port));
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static int get(ConfigurableApplicationContext context, String path) throws Exception {
        return send(context, path).statusCode();
    }

    private static HttpResponse<String> send(ConfigurableApplicationContext context, String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(Gateway.url(context) + path)));
    }

    private static HttpResponse<String> post(ConfigurableApplicationContext context, String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(Gateway.url(context) + path))
                .POST(HttpRequest.BodyPublishers.ofString("body")));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The only builder of the application is load-balanced. */
    @Configuration(proxyBeanMethods = false)
    static class BalancedBuilder {

        @Bean
        @LoadBalanced
        RestClient.Builder balanced() {
            return RestClient.builder();
        }
    }

    /** A route that no property names. */
    @Configuration(proxyBeanMethods = false)
    static class RoutesInJava {

        @Bean
        RouteLocator inJava(RouteLocatorBuilder routes) {
            return routes.routes()
                    .route(route -> route.path("/in-java/**").uri("lb://in-java"))
                    .build();
        }
    }
}

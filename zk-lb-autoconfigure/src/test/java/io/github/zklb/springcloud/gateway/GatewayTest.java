package io.github.zklb.springcloud.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.springcloud.GatedServer;
import io.github.zklb.springcloud.HashKeyResolver;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Gateway;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TestServers;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.gateway.filter.headers.HttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import reactor.netty.DisposableServer;

/** Both gateways, with real providers and a real ZooKeeper. */
@SuppressWarnings("NullAway") // a map of all gateways has each
class GatewayTest {

    private static final int[] WEIGHTS = {5, 3, 2, 1, 1};
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String[] SOURCES = {
        "header:X-User", "cookie:USER", "query:user", "path:1", "path", "method", "attribute:user", "bean:byTenant"
    };

    private static final HttpClient http = HttpClient.newHttpClient();
    private static final List<Provider> providers = new ArrayList<>();
    private static final Map<Gateway, ConfigurableApplicationContext> gateways = new EnumMap<>(Gateway.class);
    private static InProcessZooKeeper zookeeper;
    private static GatedServer gated;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        for (int i = 0; i < WEIGHTS.length; i++) {
            providers.add(Provider.start("orders", "p" + i, zookeeper.connectString(), WEIGHTS[i]));
        }
        providers.add(Provider.start("drained", "d", zookeeper.connectString(), 0));
        gated = new GatedServer();
        List<String> properties = new ArrayList<>(List.of(
                "spring.cloud.zookeeper.dependencies.turns.path=/orders", "zk-lb.services.turns.strategy=round-robin"));
        for (int i = 0; i < SOURCES.length; i++) {
            properties.add("spring.cloud.zookeeper.dependencies.by-" + i + ".path=/orders");
            properties.add("zk-lb.services.by-" + i + ".strategy=consistent-hash");
            properties.add("zk-lb.services.by-" + i + ".consistent-hash.key=header:None," + SOURCES[i]);
            properties.add("zk-lb.services.by-" + i + ".consistent-hash.when-missing=fail");
        }
        for (Gateway gateway : Gateway.values()) {
            gateways.put(
                    gateway,
                    gateway.start(
                            zookeeper.connectString(),
                            new Class<?>[] {KeyBeans.class, Broken.class},
                            properties.toArray(String[]::new)));
        }
        Endpoint endpoint = Endpoint.of("127.0.0.1", gated.port());
        gateways.get(Gateway.WEBMVC)
                .getBean(EndpointRegistry.class)
                .register("gated", endpoint)
                .join();
        for (Gateway gateway : Gateway.values()) {
            await().until(() -> balancer(gateway).choose("gated").isPresent());
        }
    }

    @AfterAll
    static void stop() {
        gateways.values().forEach(ConfigurableApplicationContext::close);
        providers.forEach(Provider::close);
        gated.close();
        zookeeper.close();
    }

    @BeforeEach
    void closeGate() {
        gated.closeGate();
    }

    @AfterEach
    void nothingIsInFlight() {
        gated.openGate();
        for (Gateway gateway : Gateway.values()) {
            await().untilAsserted(
                            () -> assertThat(load(gateway, "gated").inFlight()).isZero());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRouteFromThePropertiesSharesByTheWeights(Gateway gateway) {
        assertThat(Shares.of(24, () -> body(gateway, "/orders/")))
                .isEqualTo(Map.of("p0", 10, "p1", 6, "p2", 4, "p3", 2, "p4", 2));
    }

    @ParameterizedTest
    @EnumSource
    void aServiceHasItsOwnStrategy(Gateway gateway) {
        assertThat(Shares.of(20, () -> body(gateway, "/turns/")))
                .isEqualTo(Map.of("p0", 4, "p1", 4, "p2", 4, "p3", 4, "p4", 4));
    }

    @ParameterizedTest
    @CsvSource({
        "0, /, X-User, %s",
        "1, /, Cookie, A=1; USER=%s; B=2",
        "2, /?a=b&user=%s, X, y",
        "3, /v1/%s/items, X, y",
        "4, /%s, X, y",
        "6, /, X-Attribute-user, %s",
        "7, /, X-Tenant, %s"
    })
    void aKeyGoesWhereItBelongs(int source, String path, String header, String value) {
        for (Gateway gateway : Gateway.values()) {
            for (int i = 0; i < 20; i++) {
                String user = "user" + i;
                String key = path.equals("/%s") ? "/" + user : user;
                assertThat(body(gateway, "/by-" + source + path.formatted(user), header, value.formatted(user)))
                        .as("%s %s", gateway, key)
                        .isEqualTo(owner(gateway, "by-" + source, key));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theMethodIsAKey(Gateway gateway) {
        for (String method : List.of("GET", "PUT", "POST", "DELETE")) {
            HttpRequest.Builder request =
                    request(gateway, "/by-5/").method(method, HttpRequest.BodyPublishers.noBody());
            assertThat(send(request).body()).isEqualTo(owner(gateway, "by-5", method));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInstanceOfWeightZeroGetsNoRequestUntilItHasWeightAgain(Gateway gateway) {
        try (Provider a = Provider.start("drain-" + gateway, "a", zookeeper.connectString(), 1);
                Provider b = Provider.start("drain-" + gateway, "b", zookeeper.connectString(), 1)) {
            String path = "/drain-" + gateway + "/";
            await().untilAsserted(() ->
                    assertThat(Shares.of(10, () -> body(gateway, path))).isEqualTo(Map.of("a", 5, "b", 5)));
            b.updateMetadata(Map.of("weight", "0", "instance_status", "UP"));
            await().untilAsserted(() ->
                    assertThat(Shares.of(10, () -> body(gateway, path))).isEqualTo(Map.of("a", 10)));
            b.updateMetadata(Map.of("weight", "1", "instance_status", "UP"));
            await().untilAsserted(() ->
                    assertThat(Shares.of(10, () -> body(gateway, path))).isEqualTo(Map.of("a", 5, "b", 5)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutAnInstanceTheServiceIsUnavailableAndTheMessageSaysWhy(Gateway gateway) {
        HttpResponse<String> absent = send(request(gateway, "/absent/"));
        assertThat(absent.statusCode()).as(absent.body()).isEqualTo(503);
        assertThat(absent.body()).contains("has no node /services/absent");
        HttpResponse<String> drained = send(request(gateway, "/drained/"));
        assertThat(drained.statusCode()).as(drained.body()).isEqualTo(503);
        assertThat(drained.body()).contains("each of the 1 registered has weight 0");
        HttpResponse<String> noKey = send(request(gateway, "/by-0/"));
        assertThat(noKey.statusCode()).as(noKey.body()).isEqualTo(503);
        assertThat(noKey.body()).contains("has no hash key in any of");
    }

    @Test
    void theGatewayOnWebFluxAnswers404WhereItIsToldTo() {
        try (ConfigurableApplicationContext context = Gateway.WEBFLUX.start(
                zookeeper.connectString(), Gateway.WEBFLUX.property("loadbalancer.use404") + "=true")) {
            HttpResponse<String> absent = send(request(Gateway.url(context) + "/absent/"));
            assertThat(absent.statusCode()).isEqualTo(404);
            assertThat(absent.body()).contains("has no node /services/absent");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallIsInFlightFromTheRequestToTheResponse(Gateway gateway) {
        CallLoad load = load(gateway, "gated");
        CompletableFuture<HttpResponse<String>> answer =
                http.sendAsync(request(gateway, "/gated/gate").build(), BodyHandlers.ofString());
        await().until(() -> load.inFlight() == 1);
        gated.openGate();
        assertThat(answer)
                .succeedsWithin(SOON)
                .satisfies(response -> assertThat(response.body()).isEqualTo("through"));
        await().until(() -> load.inFlight() == 0);
        assertThat(load.latency()).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void aServerErrorIsAFailureAndAClientErrorIsNot(Gateway gateway) {
        CallLoad load = load(gateway, "gated");
        assertThat(status(gateway, "/gated/status/200")).isEqualTo(200);
        for (int errors = 1; errors <= 2; errors++) {
            assertThat(status(gateway, "/gated/status/503")).isEqualTo(503);
            assertThat(load.errorsInARow()).isEqualTo(errors);
            await().until(() -> load.inFlight() == 0);
        }
        assertThat(status(gateway, "/gated/status/404")).isEqualTo(404);
        assertThat(load.errorsInARow()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aRefusedConnectionIsAFailure(Gateway gateway) throws Exception {
        String service = "closed-" + gateway;
        int port = closedPort();
        gateways.get(gateway)
                .getBean(EndpointRegistry.class)
                .register(service, Endpoint.of("127.0.0.1", port))
                .join();
        await().until(() -> balancer(gateway).choose(service).isPresent());
        assertThat(status(gateway, '/' + service + '/')).isGreaterThanOrEqualTo(500);
        CallLoad load = gateways.get(gateway)
                .getBean(ServiceEngines.class)
                .engine(service)
                .loads()
                .of(Endpoint.of("127.0.0.1", port));
        assertThat(load.errorsInARow()).isEqualTo(1);
        await().until(() -> load.inFlight() == 0);
    }

    @ParameterizedTest
    @EnumSource
    void aTimeOutOfTheGatewayIsAFailure(Gateway gateway) {
        try (ConfigurableApplicationContext context = gateway.start(
                zookeeper.connectString(),
                "spring.http.clients.read-timeout=300ms", // of the one on WebMVC
                gateway.property("httpclient.response-timeout") + "=300ms")) { // of the one on WebFlux
            ZkLoadBalancer balancers = context.getBean(ZkLoadBalancer.class);
            await().until(() -> balancers.choose("gated").isPresent());
            assertThat(send(request(Gateway.url(context) + "/gated/gate")).statusCode())
                    .isGreaterThanOrEqualTo(500);
            CallLoad load = context.getBean(ServiceEngines.class)
                    .engine("gated")
                    .loads()
                    .of(Endpoint.of("127.0.0.1", gated.port()));
            assertThat(load.errorsInARow()).isEqualTo(1);
            await().until(() -> load.inFlight() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anErrorBehindOursEndsTheCallAndSaysNothingOfTheEndpoint(Gateway gateway) {
        CallLoad load = load(gateway, "gated");
        assertThat(status(gateway, "/gated/status/200")).isEqualTo(200);
        Broken.thrown.set(0);
        assertThat(send(request(gateway, "/gated/status/200").header(Broken.HEADER, "yes"))
                        .statusCode())
                .isEqualTo(500);
        assertThat(Broken.thrown).hasValue(1);
        await().until(() -> load.inFlight() == 0);
        assertThat(load.errorsInARow()).isZero();
    }

    @Test
    void aCallerThatGoesAwayEndsTheCallAndSaysThatTheEndpointIsSlowOnceAnAnswerWasDue() throws Exception {
        CallLoad load = load(Gateway.WEBFLUX, "gated");
        assertThat(status(Gateway.WEBFLUX, "/gated/status/200")).isEqualTo(200);
        try (Socket socket = connect(Gateway.WEBFLUX)) {
            write(socket, "GET /gated/gate HTTP/1.1\r\nHost: a\r\n\r\n");
            AccountedCalls.of(gateways.get(Gateway.WEBFLUX), "gated").untilAnAnswerIsDue(gated.port());
        }
        await().until(() -> load.inFlight() == 0);
        assertThat(load.errorsInARow()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aCallerThatBreaksOffItsRequestSaysNothingOfTheEndpoint(Gateway gateway) throws Exception {
        CallLoad load = load(gateway, "gated");
        assertThat(status(gateway, "/gated/status/200")).isEqualTo(200);
        try (Socket socket = connect(gateway)) {
            write(
                    socket,
                    "GET /gated/gate HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(100_000));
            await().until(() -> load.inFlight() == 1);
            socket.setSoLinger(true, 0);
        }
        await().until(() -> load.inFlight() == 0);
        assertThat(load.errorsInARow()).isZero();
    }

    @Test
    void aStreamIsInFlightUntilItsCallerIsGone() throws Exception {
        CallLoad load = load(Gateway.WEBFLUX, "gated");
        try (Socket socket = connect(Gateway.WEBFLUX)) {
            write(socket, "GET /gated/stream HTTP/1.1\r\nHost: a\r\n\r\n");
            byte[] first = new byte[12];
            assertThat(socket.getInputStream().readNBytes(first, 0, first.length))
                    .isEqualTo(first.length);
            assertThat(new String(first, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
            assertThat(load.inFlight()).isEqualTo(1);
        }
        await().until(() -> load.inFlight() == 0);
        assertThat(load.errorsInARow()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void anInstanceThatFailsIsEjected(Gateway gateway) {
        try (Provider good = Provider.start("flaky", "good", zookeeper.connectString(), 1);
                Provider bad = Provider.start("flaky", "bad", zookeeper.connectString(), 1);
                ConfigurableApplicationContext context = gateway.start(
                        zookeeper.connectString(),
                        "zk-lb.outlier-ejection.enabled=true",
                        "zk-lb.outlier-ejection.interval=100ms",
                        "zk-lb.outlier-ejection.consecutive-errors=3")) {
            bad.answersWith(500);
            await().untilAsserted(() -> assertThat(Shares.of(
                            10,
                            () -> send(request(Gateway.url(context) + "/flaky/"))
                                    .body()))
                    .isEqualTo(Map.of(good.name(), 10)));
        }
    }

    @Test
    void aWebSocketIsOpenedAndLeavesNoCall() {
        DisposableServer server = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.ws(
                        "/sockets", (in, out) -> out.sendString(in.receive().asString())))
                .bindNow();
        try {
            Endpoint endpoint = Endpoint.of("127.0.0.1", server.port());
            ConfigurableApplicationContext context = gateways.get(Gateway.WEBFLUX);
            context.getBean(EndpointRegistry.class)
                    .register("sockets", endpoint)
                    .join();
            await().until(() -> balancer(Gateway.WEBFLUX).choose("sockets").isPresent());
            CallLoad load = gateways.get(Gateway.WEBFLUX)
                    .getBean(ServiceEngines.class)
                    .engine("sockets")
                    .loads()
                    .of(endpoint);
            CompletableFuture<String> echo = new CompletableFuture<>();
            java.net.http.WebSocket socket = http.newWebSocketBuilder()
                    .buildAsync(
                            URI.create(Gateway.url(context).replace("http:", "ws:") + "/ws/sockets"),
                            new java.net.http.WebSocket.Listener() {
                                @Override
                                public java.util.concurrent.CompletionStage<?> onText(
                                        java.net.http.WebSocket from, CharSequence data, boolean whole) {
                                    echo.complete(data.toString());
                                    return null;
                                }
                            })
                    .join();
            socket.sendText("hello", true);
            assertThat(echo).succeedsWithin(SOON).isEqualTo("hello");
            await().until(() -> load.inFlight() == 0);
            socket.sendClose(java.net.http.WebSocket.NORMAL_CLOSURE, "").join();
            assertThat(load.errorsInARow()).isZero();
            assertThat(load.latency()).isZero();
        } finally {
            server.disposeNow();
        }
    }

    private static ZkLoadBalancer balancer(Gateway gateway) {
        return gateways.get(gateway).getBean(ZkLoadBalancer.class);
    }

    private static CallLoad load(Gateway gateway, String service) {
        return gateways.get(gateway)
                .getBean(ServiceEngines.class)
                .engine(service)
                .loads()
                .of(Endpoint.of("127.0.0.1", gated.port()));
    }

    private static String owner(Gateway gateway, String service, String key) {
        int port = balancer(gateway).choose(service, key).orElseThrow().getPort();
        return providers.stream()
                .filter(provider -> provider.port() == port)
                .map(Provider::name)
                .findFirst()
                .orElseThrow();
    }

    private static HttpRequest.Builder request(Gateway gateway, String path) {
        return request(Gateway.url(gateways.get(gateway)) + path);
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url));
    }

    private static String body(Gateway gateway, String path, String... headers) {
        HttpRequest.Builder request = request(gateway, path);
        HttpResponse<String> response = send(headers.length == 0 ? request : request.headers(headers));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private static int status(Gateway gateway, String path) {
        return send(request(gateway, path)).statusCode();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Socket connect(Gateway gateway) throws IOException {
        Socket socket = new Socket(
                "127.0.0.1", URI.create(Gateway.url(gateways.get(gateway))).getPort());
        socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class KeyBeans {
        @Bean
        HashKeyResolver byTenant() {
            return request -> request.getContext() instanceof RequestDataContext context
                    ? context.getClientRequest().getHeaders().getFirst("X-Tenant")
                    : null;
        }
    }

    /** A user's filters that are broken, one for each gateway. */
    @Configuration(proxyBeanMethods = false)
    static class Broken {
        static final String HEADER = "X-Broken";
        static final AtomicInteger thrown = new AtomicInteger();

        @Bean
        RequestHttpHeadersFilter onWebMvc() {
            return (headers, request) -> throwIfAsked(headers);
        }

        @Bean
        HttpHeadersFilter onWebFlux() {
            return (headers, exchange) -> throwIfAsked(headers);
        }

        private static HttpHeaders throwIfAsked(HttpHeaders headers) {
            if (headers.containsHeader(HEADER)) {
                thrown.incrementAndGet();
                throw new AssertionError("a user's filter is broken");
            }
            return headers;
        }
    }
}

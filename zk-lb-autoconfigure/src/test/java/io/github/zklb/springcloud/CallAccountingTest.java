package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CallHistory;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** Every way out of a call, with real clients and a real server: the count of what is in flight returns to zero. */
class CallAccountingTest {

    private static InProcessZooKeeper zookeeper;
    private static GatedServer server;
    private static Consumer consumer;
    private static CallLoads loads;
    private static CallLoad load;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = new GatedServer();
        consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {HttpInterfaces.class},
                "spring.http.serviceclient.blocking.base-url=lb://orders",
                "spring.http.serviceclient.reactive.base-url=lb://orders");
        load = register("orders", server.port());
        loads = loads("orders");
    }

    @AfterAll
    static void stop() {
        consumer.close();
        server.close();
        zookeeper.close();
    }

    @BeforeEach
    void forgetErrors() {
        server.closeGate();
        consumer.get("http://orders/status/200");
        assertThat(load.errorsInARow()).isZero();
    }

    @AfterEach
    void nothingIsInFlight() {
        server.openGate();
        await().untilAsserted(() -> assertThat(load.inFlight()).isZero());
        assertThat(loads.inFlight()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aCallIsInFlightFromTheRequestToTheResponse(Client client) {
        CompletableFuture<String> answer =
                CompletableFuture.supplyAsync(() -> consumer.get(client, "http://orders/gate", Map.of()));
        await().until(() -> load.inFlight() == 1);
        server.openGate();
        assertThat(answer).succeedsWithin(Duration.ofMinutes(1)).isEqualTo("through");
        assertThat(load.inFlight()).isZero();
        assertThat(load.errorsInARow()).isZero();
        assertThat(load.latency()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocking", "reactive"})
    void aCallOfAnHttpInterfaceIsCounted(String group) {
        Orders orders =
                consumer.context().getBean(HttpServiceProxyRegistry.class).getClient(group, Orders.class);
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(orders::gate);
        await().until(() -> load.inFlight() == 1);
        server.openGate();
        assertThat(answer).succeedsWithin(Duration.ofMinutes(1)).isEqualTo("through");
        assertThat(load.inFlight()).isZero();
    }

    @Test
    void aCallOfAReactiveHttpInterfaceIsCountedWhenItIsSubscribedAndEndsWithItsCancellation() {
        LaterOrders orders =
                consumer.context().getBean(HttpServiceProxyRegistry.class).getClient("reactive", LaterOrders.class);
        Mono<String> answer = orders.gate();
        assertThat(load.inFlight()).isZero();
        Disposable subscription = answer.subscribe();
        await().until(() -> load.inFlight() == 1);
        subscription.dispose();
        assertThat(load.inFlight()).isZero();
        assertThat(orders.stream()
                        .doOnNext(line -> assertThat(load.inFlight()).isEqualTo(1))
                        .blockFirst())
                .isEqualTo("first");
        assertThat(load.inFlight()).isZero();
        assertThat(load.errorsInARow()).isZero();
    }

    @Test
    void whatIsExecutedByHandEndsWithWhateverItGives() throws Exception {
        LoadBalancerClient client = consumer.context().getBean(LoadBalancerClient.class);
        assertThat(client.<Integer>execute("orders", instance -> load.inFlight()))
                .isEqualTo(1);
        assertThat(load.inFlight()).isZero();

        client.execute("orders", instance -> ResponseEntity.status(503).build());
        assertThat(load.errorsInARow()).isEqualTo(1);
        assertThatThrownBy(() -> client.execute("orders", instance -> {
                    throw HttpServerErrorException.create(
                            HttpStatus.BAD_GATEWAY, "", HttpHeaders.EMPTY, new byte[0], null);
                }))
                .isInstanceOf(HttpServerErrorException.class);
        assertThat(load.errorsInARow()).isEqualTo(2);
        assertThatThrownBy(() -> client.execute("orders", instance -> {
                    throw new IOException("broken off");
                }))
                .isInstanceOf(IOException.class);
        assertThat(load.errorsInARow()).isEqualTo(3);

        assertThatThrownBy(() -> client.execute("orders", instance -> {
                    throw new IllegalArgumentException("the caller's own");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        AssertionError error = new AssertionError("the caller's own");
        assertThat(catchThrowable(() -> client.execute("orders", instance -> {
                    throw inFlight(error);
                })))
                .isSameAs(error);
        assertThat(load.errorsInARow()).isEqualTo(3);
        client.execute("orders", instance -> ResponseEntity.notFound().build());
        assertThat(load.errorsInARow()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aServerErrorIsAFailureAndAClientErrorIsNot(Client client) {
        for (int errors = 1; errors <= 2; errors++) {
            assertThatThrownBy(() -> consumer.get(client, "http://orders/status/503", Map.of()))
                    .isNotNull();
            assertThat(load.inFlight()).isZero();
            assertThat(load.errorsInARow()).isEqualTo(errors);
        }
        assertThatThrownBy(() -> consumer.get(client, "http://orders/status/404", Map.of()))
                .isNotNull();
        assertThat(load.inFlight()).isZero();
        assertThat(load.errorsInARow()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aRefusedConnectionIsAFailure(Client client) throws Exception {
        String service = "closed-" + client.name().toLowerCase(Locale.ROOT).replace('_', '-');
        CallLoad closed = register(service, closedPort());
        assertThatThrownBy(() -> consumer.get(client, "http://" + service + "/", Map.of()))
                .isNotNull();
        assertThat(closed.inFlight()).isZero();
        assertThat(closed.errorsInARow()).isEqualTo(1);
    }

    @Test
    void aTimeOutOfTheClientIsAFailure() {
        CallLoad silent = register("silent", server.port()); // nobody knows of any answer how long it takes
        JdkClientHttpRequestFactory impatient = new JdkClientHttpRequestFactory();
        impatient.setReadTimeout(Duration.ofMillis(100));
        RestClient blocking = restClient().requestFactory(impatient).build();
        assertThatThrownBy(() ->
                        blocking.get().uri("http://silent/gate").retrieve().toBodilessEntity())
                .isNotNull();
        assertThat(silent.inFlight()).isZero();
        assertThat(silent.errorsInARow()).isEqualTo(1);

        WebClient reactive = webClient()
                .clientConnector(
                        new ReactorClientHttpConnector(HttpClient.create().responseTimeout(Duration.ofMillis(100))))
                .build();
        assertThatThrownBy(() -> reactive.get()
                        .uri("http://silent/gate")
                        .retrieve()
                        .toBodilessEntity()
                        .block())
                .isNotNull();
        assertThat(silent.inFlight()).isZero();
        assertThat(silent.errorsInARow()).isEqualTo(2);
    }

    @Test
    void aCancelAndATimeOutOfTheCallerEndTheCallAndSayThatTheEndpointIsSlowOnceAnAnswerWasDue() {
        Disposable subscription = body(webClient().build(), "/gate").subscribe();
        untilAnAnswerIsDue(load);
        subscription.dispose();
        assertThat(load.inFlight()).isZero();
        assertThat(load.errorsInARow()).isEqualTo(1);

        assertThat(catchThrowable(() -> body(webClient().build(), "/gate")
                        .timeout(Duration.ofNanos(2 * (long) load.latency()))
                        .block()))
                .hasRootCauseInstanceOf(TimeoutException.class);
        assertThat(load.inFlight()).isZero();
        assertThat(load.errorsInARow()).isEqualTo(2);
    }

    /** Waits for longer than a call that has just begun is expected to take. */
    static void untilAnAnswerIsDue(CallLoad load) {
        await().until(() -> load.inFlight() == 1);
        long since = System.nanoTime();
        await().until(() -> System.nanoTime() - since > 2 * load.latency());
    }

    @Test
    void anInterruptEndsTheCallAndSaysNothingOfTheEndpoint() throws Exception {
        Thread caller = new Thread(() ->
                assertThatThrownBy(() -> consumer.get("http://orders/gate")).isNotNull());
        caller.start();
        await().until(() -> load.inFlight() == 1);
        caller.interrupt();
        caller.join(5_000);
        assertThat(load.inFlight()).isZero();
        assertThat(load.errorsInARow()).isZero();
    }

    @ParameterizedTest
    @ValueSource(classes = {AssertionError.class, NoClassDefFoundError.class})
    void anErrorBehindOursEndsTheCall(Class<? extends Error> type) throws Exception {
        Error error = type.getConstructor().newInstance();
        RestTemplate restTemplate = new RestTemplate();
        restTemplate.setInterceptors(
                consumer.context().getBean(RestTemplate.class).getInterceptors());
        restTemplate.getInterceptors().add((request, body, execution) -> {
            throw inFlight(error);
        });
        assertThat(catchThrowable(() -> restTemplate.getForObject("http://orders/", String.class)))
                .isSameAs(error);
        RestClient restClient = restClient()
                .requestInterceptor((request, body, execution) -> {
                    throw inFlight(error);
                })
                .build();
        assertThat(catchThrowable(
                        () -> restClient.get().uri("http://orders/").retrieve().toBodilessEntity()))
                .isSameAs(error);

        WebClient assembling = webClient()
                .filter((request, next) -> {
                    throw error;
                })
                .build();
        assertIs(error, catchThrowable(() -> body(assembling, "/").block()));
        WebClient subscribing = webClient()
                .filter((request, next) -> Mono.defer(() -> {
                    throw inFlight(error);
                }))
                .build();
        assertIs(error, catchThrowable(() -> body(subscribing, "/").block()));
        assertThat(load.errorsInARow()).isZero();
    }

    private static void assertIs(Error error, Throwable thrown) {
        assertThat(thrown.getCause() == null ? thrown : thrown.getCause()).isSameAs(error);
    }

    private static Error inFlight(Error error) {
        assertThat(load.inFlight()).isEqualTo(1);
        return error;
    }

    @Test
    void aBodyThatIsNeverReadIsInFlightUntilItIsClosedOrItsRequestIsCancelled() {
        server.openGate();
        ClientHttpResponse unread =
                restClient().build().get().uri("http://orders/gate").exchange((request, response) -> response, false);
        assertThat(load.inFlight()).isEqualTo(1);
        unread.close();
        assertThat(load.inFlight()).isZero();

        AtomicReference<Object> held = new AtomicReference<>();
        Disposable subscription = webClient()
                .build()
                .get()
                .uri("http://orders/stream")
                .exchangeToMono(response -> {
                    held.set(response);
                    return Mono.never();
                })
                .subscribe();
        await().until(() -> held.get() != null);
        assertThat(load.inFlight()).isEqualTo(1);
        subscription.dispose();
        assertThat(load.inFlight()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStreamWhoseBodyIsClosedIsInFlightNoMore(boolean withRestClient) {
        RestClient client = restClient().build();
        RestTemplate template = consumer.context().getBean(RestTemplate.class);
        CallHistory opened = withRestClient
                ? client.get().uri("http://orders/stream").exchange((request, response) -> left(response))
                : template.execute("http://orders/stream", HttpMethod.GET, null, CallAccountingTest::left);
        assertThat(load.inFlight()).isZero();
        assertThat(load.history()).isEqualTo(opened);
    }

    private static CallHistory left(ClientHttpResponse response) throws IOException {
        assertThat(response.getBody().read()).isEqualTo('d');
        assertThat(load.inFlight()).isEqualTo(1);
        response.getBody().close();
        assertThat(load.inFlight()).isZero();
        return load.history();
    }

    @Test
    void aStreamIsInFlightUntilItIsCancelled() {
        List<String> first = webClient()
                .build()
                .get()
                .uri("http://orders/stream")
                .retrieve()
                .bodyToFlux(String.class)
                .doOnNext(line -> assertThat(load.inFlight()).isEqualTo(1))
                .take(1)
                .collectList()
                .block();
        assertThat(first).containsExactly("first");
        assertThat(load.inFlight()).isZero();
        assertThat(load.errorsInARow()).isZero();
    }

    @Test
    void whatIsNeverSubscribedIsNeverCountedAndWhatIsSubscribedTwiceIsCountedTwice() {
        Mono<String> answer = body(webClient().build(), "/gate");
        assertThat(load.inFlight()).isZero();
        CompletableFuture<?> one = answer.toFuture();
        CompletableFuture<?> two = answer.toFuture();
        await().until(() -> load.inFlight() == 2);
        server.openGate();
        assertThat(one).succeedsWithin(Duration.ofMinutes(1));
        assertThat(two).succeedsWithin(Duration.ofMinutes(1));
    }

    @Test
    void anEndpointThatLeavesInMidFlightIsForgottenWhenItsLastCallHasEnded() {
        CallLoad leaving = register("leaving", server.port());
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> consumer.get("http://leaving/gate"));
        await().until(() -> leaving.inFlight() == 1);
        consumer.registry().deregister("leaving", address(server.port())).join();
        await().until(() -> consumer.choosePort("leaving", null).isEmpty());
        assertThat(loads("leaving").countInFlight()).isEqualTo(1);

        server.openGate();
        assertThat(answer).succeedsWithin(Duration.ofMinutes(1));
        assertThat(leaving.inFlight()).isZero();
        assertThat(loads("leaving").countInFlight()).isZero();
        register("leaving", 1);
        assertThat(loads("leaving").start(address(server.port()))).isNull();
    }

    private static CallLoad register(String service, int port) {
        consumer.registry().register(service, Endpoint.of("127.0.0.1", port)).join();
        await().until(() -> consumer.choosePort(service, null).isPresent());
        return loads(service).of(Endpoint.of("127.0.0.1", port));
    }

    private static CallLoads loads(String service) {
        return consumer.context().getBean(ServiceEngines.class).engine(service).loads();
    }

    private static Mono<String> body(WebClient client, String path) {
        return client.get().uri("http://orders" + path).retrieve().bodyToMono(String.class);
    }

    private static RestClient.Builder restClient() {
        return consumer.context().getBean(RestClient.Builder.class).clone();
    }

    private static WebClient.Builder webClient() {
        return consumer.context().getBean(WebClient.Builder.class).clone();
    }

    private static String address(int port) {
        return Endpoint.of("127.0.0.1", port).address();
    }

    private static int closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    interface Orders {
        @GetExchange("/gate")
        String gate();
    }

    interface LaterOrders {
        @GetExchange("/gate")
        Mono<String> gate();

        @GetExchange("/stream")
        Flux<String> stream();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportHttpServices(group = "blocking", types = Orders.class, clientType = ClientType.REST_CLIENT)
    @ImportHttpServices(
            group = "reactive",
            types = {Orders.class, LaterOrders.class},
            clientType = ClientType.WEB_CLIENT)
    static class HttpInterfaces {}
}

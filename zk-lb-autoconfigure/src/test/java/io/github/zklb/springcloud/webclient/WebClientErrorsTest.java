package io.github.zklb.springcloud.webclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;

/** Which errors of WebClient's, which it wraps alike, speak against the endpoint. */
class WebClientErrorsTest {

    private static InProcessZooKeeper zookeeper;
    private static DisposableServer server;
    private static Consumer consumer;

    @TempDir
    static Path directory;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.post(
                                "/",
                                (request, response) -> response.sendString(request.receive()
                                        .aggregate()
                                        .asString()
                                        .map(body -> request.requestHeaders().get("Content-Length") + ":" + body)))
                        .post("/break", (request, response) -> {
                            request.withConnection(
                                    connection -> connection.channel().close());
                            return Mono.never();
                        })
                        .post("/never", (request, response) -> Mono.never()))
                .bindNow();
        consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.services.impatient.load.error-types=java.util.concurrent.TimeoutException",
                "zk-lb.services.other.load.error-types=java.lang.UnsupportedOperationException",
                "zk-lb.services.silent-impatient.load.error-types=java.util.concurrent.TimeoutException",
                "zk-lb.services.silent-other.load.error-types=java.lang.UnsupportedOperationException");
        Stream.of("orders", "impatient", "other", "silent", "silent-impatient", "silent-other")
                .forEach(WebClientErrorsTest::register);
    }

    @AfterAll
    static void stop() {
        consumer.close();
        server.disposeNow();
        zookeeper.close();
    }

    @AfterEach
    void forgetErrors() {
        Stream.of("orders", "impatient", "other").forEach(service -> {
            assertThat(load(service).inFlight()).isZero();
            send(netty(), service, "/", BodyInserters.fromValue("fine"));
        });
    }

    static Stream<Arguments> brokenBodies() {
        IOException error = new IOException("the caller's own");
        Path absent = directory.resolve("absent");
        return Stream.of(
                Arguments.of("a stream", BodyInserters.fromPublisher(Flux.error(error), String.class)),
                Arguments.of(
                        "a stream that has begun",
                        BodyInserters.fromPublisher(
                                Flux.just("begun").concatWith(Flux.<String>error(error)), String.class)),
                Arguments.of("a value to come", BodyInserters.fromPublisher(Mono.error(error), String.class)),
                Arguments.of("an inserter", (BodyInserter<Object, ClientHttpRequest>)
                        (request, context) -> Mono.error(error)),
                Arguments.of("a file", (BodyInserter<Object, ClientHttpRequest>)
                        (request, context) -> BodyInserters.fromResource(new FileSystemResource(absent) {
                                    @Override
                                    public long contentLength() {
                                        return 1;
                                    }
                                })
                                .insert(request, context)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenBodies")
    void anErrorOfTheCallersBodySaysNothingOfTheEndpoint(String name, BodyInserter<?, ? super ClientHttpRequest> body) {
        for (WebClient client : new WebClient[] {netty(), jdk()}) {
            assertThatThrownBy(() -> send(client, "orders", "/", body)).isNotNull();
            assertThat(load("orders").errorsInARow()).isZero();
            assertThat(load("orders").inFlight()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders", "impatient"})
    void aConnectionThatBreaksOffCountsIfIoErrorsDo(String service) {
        int expected = service.equals("orders") ? 1 : 0;
        assertThatThrownBy(() -> send(netty(), service, "/break", BodyInserters.fromValue("fine")))
                .isNotNull();
        assertThat(load(service).errorsInARow()).isEqualTo(expected);
        assertThatThrownBy(() -> send(netty(), service, "/break", BodyInserters.empty()))
                .isNotNull();
        assertThat(load(service).errorsInARow()).isEqualTo(2 * expected);
    }

    /** Of services that have not answered yet: nobody knows of any answer how long it takes. */
    @ParameterizedTest
    @ValueSource(strings = {"silent", "silent-impatient", "silent-other"})
    void aTimeOutOfNettysCountsIfTimeOutsDo(String service) {
        WebClient hasty = builder()
                .clientConnector(
                        new ReactorClientHttpConnector(HttpClient.create().responseTimeout(Duration.ofMillis(100))))
                .build();
        assertThatThrownBy(() -> send(hasty, service, "/never", BodyInserters.empty()))
                .isNotNull();
        assertThat(load(service).errorsInARow()).isEqualTo(service.equals("silent-other") ? 0 : 1);
    }

    /** A file too, which Netty sends without copying it. */
    @Test
    void aBodyIsSentAsItWasWithItsLength() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "abc");
        Map<String, BodyInserter<?, ? super ClientHttpRequest>> bodies = Map.of(
                "3:abc", BodyInserters.fromValue("abc"),
                "3:def", BodyInserters.fromPublisher(Mono.just("def"), String.class),
                "null:ghi", BodyInserters.fromPublisher(Flux.just("g", "hi"), String.class));
        bodies.forEach((expected, body) ->
                assertThat(send(netty(), "orders", "/", body)).isEqualTo(expected));
        assertThat(send(netty(), "orders", "/", BodyInserters.fromResource(new FileSystemResource(file))))
                .isEqualTo("3:abc");
    }

    private static void register(String service) {
        consumer.registry()
                .register(service, Endpoint.of("127.0.0.1", server.port()))
                .join();
        await().until(() -> consumer.choosePort(service, null).isPresent());
    }

    private static CallLoad load(String service) {
        return consumer.context()
                .getBean(ServiceEngines.class)
                .engine(service)
                .loads()
                .of(Endpoint.of("127.0.0.1", server.port()));
    }

    private static WebClient netty() {
        return builder().clientConnector(new ReactorClientHttpConnector()).build();
    }

    private static WebClient jdk() {
        return builder().clientConnector(new JdkClientHttpConnector()).build();
    }

    private static WebClient.Builder builder() {
        return consumer.context().getBean(WebClient.Builder.class).clone();
    }

    private static @Nullable String send(
            WebClient client, String service, String path, BodyInserter<?, ? super ClientHttpRequest> body) {
        return client.post()
                .uri("http://" + service + path)
                .contentType(MediaType.TEXT_PLAIN)
                .body(body)
                .retrieve()
                .bodyToMono(String.class)
                .block();
    }
}

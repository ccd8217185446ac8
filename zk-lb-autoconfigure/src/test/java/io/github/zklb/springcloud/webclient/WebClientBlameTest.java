package io.github.zklb.springcloud.webclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.security.oauth2.client.AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.InMemoryReactiveOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.InMemoryReactiveClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.reactive.function.client.ServerOAuth2AuthorizedClientExchangeFilterFunction;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;

/**
 * Only what the request to the instance fails by speaks against the instance. A user's filters run inside ours, and do as they
 * like: they fetch tokens, sign, and turn answers into errors.
 */
@Timeout(120)
@SuppressWarnings("NullAway") // what a test has prepared is there
class WebClientBlameTest {

    private static final Map<Boolean, Consumer> consumers = new TreeMap<>();
    private static final WebClient plain = WebClient.create();
    private static InProcessZooKeeper zookeeper;
    private static DisposableServer instance;
    private static DisposableServer tokens;
    private static int refusing;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        instance = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.get("/ok", (request, response) -> response.sendString(Mono.just("fine")))
                        .get("/503", (request, response) -> response.status(503).send())
                        .get("/404", (request, response) -> response.sendNotFound())
                        .get(
                                "/token",
                                (request, response) -> response.header(
                                                "Seen",
                                                String.valueOf(
                                                        request.requestHeaders().get("Authorization")))
                                        .sendString(Mono.just("fine")))
                        .get("/never", (request, response) -> Mono.never())
                        .get("/break", (request, response) -> {
                            request.withConnection(
                                    connection -> connection.channel().close());
                            return Mono.never();
                        }))
                .bindNow();
        tokens = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.post(
                                "/503",
                                (request, response) -> response.status(503).send())
                        .post("/never", (request, response) -> Mono.never())
                        .post(
                                "/ok",
                                (request, response) -> response.header("Content-Type", "application/json")
                                        .sendString(Mono.just("{\"access_token\":\"t\",\"token_type\":\"Bearer\"}"))))
                .bindNow();
        refusing = FreePorts.next();
        for (boolean retries : new boolean[] {false, true}) {
            Consumer consumer =
                    Consumer.start(zookeeper.connectString(), "spring.cloud.loadbalancer.retry.enabled=" + retries);
            consumers.put(retries, consumer);
        }
        register("orders", instance.port());
        register("silent", instance.port());
        register("refusing", refusing);
    }

    private static void register(String service, int port) {
        consumers
                .get(false)
                .registry()
                .register(service, Endpoint.of("127.0.0.1", port))
                .join();
        consumers
                .values()
                .forEach(consumer ->
                        await().until(() -> consumer.choosePort(service, null).isPresent()));
    }

    @AfterAll
    static void stop() {
        consumers.values().forEach(Consumer::close);
        instance.disposeNow();
        tokens.disposeNow();
        zookeeper.close();
    }

    @BeforeEach
    void forgetErrors() {
        for (boolean retries : consumers.keySet()) {
            assertThat(get(builder(retries).build(), "http://orders/ok")).isEqualTo("fine");
            assertThat(calls(retries, "orders").errorsInARow(instance.port())).isZero();
        }
    }

    /** What the caller's filters do before the request is sent, and instead of it. */
    static Stream<Arguments> notTheInstances() {
        return bothFilters(
                of("a token server refuses", token(closed())),
                of("a token server answers 503", token(tokens("/503"))),
                of(
                        "a token server is late",
                        token(plain.mutate()
                                .clientConnector(hasty())
                                .build()
                                .post()
                                .uri(tokens("/never")))),
                of(
                        "the caller is impatient with a token server",
                        (request, next) -> plain.post()
                                .uri(tokens("/never"))
                                .retrieve()
                                .toBodilessEntity()
                                .timeout(Duration.ofMillis(50))
                                .then(next.exchange(request))),
                of(
                        "a token server's error is wrapped",
                        (request, next) -> token(closed())
                                .filter(request, next)
                                .onErrorMap(error -> new IllegalStateException("no token", error))),
                of(
                        "a token server's answer is passed on",
                        (request, next) -> plain.post()
                                .uri(tokens("/503"))
                                .exchangeToMono(
                                        answer -> Mono.just(answer.mutate().build()))),
                of(
                        "an answer is made up",
                        (request, next) -> Mono.just(ClientResponse.create(HttpStatus.SERVICE_UNAVAILABLE)
                                .build())),
                of("a token server refuses after an answer, and its error names nobody", renewing()),
                of("a signature fails", (request, next) -> Mono.error(new IOException("no key to sign with"))),
                of("OAuth2: the token server refuses", oauth2(closed())),
                of("OAuth2: the token server answers 503", oauth2(tokens("/503"))));
    }

    @ParameterizedTest(name = "{1}, retries: {0}")
    @MethodSource("notTheInstances")
    void whatAFilterOfTheCallersFailsByIsNotTheInstances(boolean retries, String what, ExchangeFilterFunction filter) {
        assertThat(errors(retries, builder(retries).filter(filter).build(), "orders", "/ok", instance.port()))
                .isZero();
        assertThat(get(builder(retries).build(), "http://orders/503")).isEqualTo("503");
        int before = calls(retries, "orders").errorsInARow(instance.port());
        get(builder(retries).filter(filter).build(), "http://orders/ok");
        assertThat(calls(retries, "orders").errorsInARow(instance.port()))
                .as("nor does it count as a success")
                .isEqualTo(before);
    }

    /**
     * What the request to the instance fails by, whatever the caller's filters make of it. Whoever is late is of a service that has
     * not answered yet: nobody knows of any answer how long it takes.
     */
    static Stream<Arguments> theInstances() {
        return bothFilters(
                of("it refuses", (request, next) -> next.exchange(request), "refusing/"),
                of("it breaks off", (request, next) -> next.exchange(request), "orders/break"),
                of("it is late", (request, next) -> next.exchange(request), "silent/never"),
                of("it answers 503", (request, next) -> next.exchange(request), "orders/503"),
                of("a signed request is refused", signed(), "refusing/"),
                of("a signed request breaks off", signed(), "orders/break"),
                of("a signed request is late", signed(), "silent/never"),
                of("its error is wrapped", wrapping(), "orders/break"),
                of("its refusal is wrapped", wrapping(), "refusing/"),
                of("its answer is made an error", erring(), "orders/503"),
                of("a filter is impatient with it", impatient(), "orders/never"),
                of(
                        "a filter is impatient with a signed request",
                        (request, next) -> impatient().filter(request, signed().apply(next)),
                        "orders/never"),
                of("OAuth2: it breaks off", oauth2(tokens("/ok")), "orders/break"),
                of("OAuth2: it answers 503", oauth2(tokens("/ok")), "orders/503"),
                of("OAuth2: it refuses", oauth2(tokens("/ok")), "refusing/"));
    }

    @ParameterizedTest(name = "{1}, retries: {0}")
    @MethodSource("theInstances")
    void whatTheRequestFailsByIsTheInstances(
            boolean retries, String what, ExchangeFilterFunction filter, String target) {
        String service = target.substring(0, target.indexOf('/'));
        int port = service.equals("refusing") ? refusing : instance.port();
        for (ReactorClientHttpConnector connector : new ReactorClientHttpConnector[] {hasty()}) {
            WebClient client =
                    builder(retries).clientConnector(connector).filter(filter).build();
            assertThat(errors(retries, client, service, target.substring(service.length()), port))
                    .isPositive();
        }
    }

    @ParameterizedTest(name = "{1}, retries: {0}")
    @MethodSource("theInstances")
    void itIsTheSameWithTheClientOfTheJdk(boolean retries, String what, ExchangeFilterFunction filter, String target) {
        String service = target.substring(0, target.indexOf('/'));
        int port = service.equals("refusing") ? refusing : instance.port();
        JdkClientHttpConnector connector = new JdkClientHttpConnector();
        connector.setReadTimeout(Duration.ofMillis(300));
        WebClient client =
                builder(retries).clientConnector(connector).filter(filter).build();
        assertThat(errors(retries, client, service, target.substring(service.length()), port))
                .isPositive();
    }

    static Stream<Boolean> retries() {
        return Stream.of(false, true);
    }

    @ParameterizedTest
    @MethodSource("retries")
    void anAnswerOfTheInstancesThatAFilterMakesAnErrorIsASuccessWhereItsStatusIs(boolean retries) {
        get(builder(retries).build(), "http://orders/503");
        assertThat(calls(retries, "orders").errorsInARow(instance.port())).isPositive();
        WebClient client = builder(retries).filter(erring()).build();
        assertThat(get(client, "http://orders/404")).isEqualTo("404");
        assertThat(calls(retries, "orders").errorsInARow(instance.port())).isZero();
    }

    @ParameterizedTest
    @MethodSource("retries")
    void aRequestThroughOauth2ReachesTheInstanceWithItsToken(boolean retries) {
        String seen = builder(retries)
                .filter(oauth2(tokens("/ok")))
                .build()
                .get()
                .uri("http://orders/token")
                .retrieve()
                .toBodilessEntity()
                .map(answer -> String.valueOf(answer.getHeaders().getFirst("Seen")))
                .block();
        assertThat(seen).isEqualTo("Bearer t");
    }

    private static int errors(boolean retries, WebClient client, String service, String path, int port) {
        AccountedCalls calls = calls(retries, service);
        int before = calls.errorsInARow(port);
        get(client, "http://" + service + path);
        assertThat(calls.inFlight()).isZero();
        return calls.errorsInARow(port) - before;
    }

    private static AccountedCalls calls(boolean retries, String service) {
        return AccountedCalls.of(consumers.get(retries).context(), service);
    }

    /** The body; else the status or the error. */
    private static String get(WebClient client, String url) {
        return client.get()
                .uri(url)
                .exchangeToMono(answer -> answer.statusCode().isError()
                        ? answer.releaseBody()
                                .thenReturn(String.valueOf(answer.statusCode().value()))
                        : answer.bodyToMono(String.class))
                .onErrorResume(
                        org.springframework.web.reactive.function.client.WebClientResponseException.class,
                        error -> Mono.just(String.valueOf(error.getStatusCode().value())))
                .onErrorResume(error -> Mono.just(error.toString()))
                .blockOptional(Duration.ofSeconds(20))
                .orElse("");
    }

    private static WebClient.Builder builder(boolean retries) {
        return consumers.get(retries).context().getBean(WebClient.Builder.class).clone();
    }

    private static ReactorClientHttpConnector hasty() {
        return new ReactorClientHttpConnector(HttpClient.create().responseTimeout(Duration.ofMillis(300)));
    }

    private static String closed() {
        return "http://127.0.0.1:" + FreePorts.next() + "/token";
    }

    private static String tokens(String path) {
        return "http://127.0.0.1:" + tokens.port() + path;
    }

    private static ExchangeFilterFunction token(String url) {
        return token(plain.post().uri(url));
    }

    private static ExchangeFilterFunction token(WebClient.RequestHeadersSpec<?> token) {
        return (request, next) -> token.retrieve()
                .bodyToMono(String.class)
                .flatMap(fetched -> next.exchange(
                        ClientRequest.from(request).header("Token", fetched).build()));
    }

    private static ExchangeFilterFunction renewing() {
        return (request, next) -> next.exchange(request)
                .flatMap(answer -> answer.releaseBody()
                        .then(Mono.fromCallable(
                                () -> URI.create(closed()).toURL().getContent()))
                        .subscribeOn(Schedulers.boundedElastic())
                        .then(next.exchange(request)));
    }

    private static ExchangeFilterFunction signed() {
        return (request, next) -> next.exchange(
                ClientRequest.from(request).header("Signature", "s").build());
    }

    private static ExchangeFilterFunction wrapping() {
        return (request, next) ->
                next.exchange(request).onErrorMap(error -> new IllegalStateException("no orders", error));
    }

    private static ExchangeFilterFunction erring() {
        return ExchangeFilterFunction.ofResponseProcessor(
                answer -> answer.statusCode().isError() ? answer.createError() : Mono.just(answer));
    }

    private static ExchangeFilterFunction impatient() {
        return (request, next) -> next.exchange(request).timeout(Duration.ofMillis(200));
    }

    private static ExchangeFilterFunction oauth2(String tokenUri) {
        InMemoryReactiveClientRegistrationRepository registrations =
                new InMemoryReactiveClientRegistrationRepository(ClientRegistration.withRegistrationId("orders")
                        .clientId("id")
                        .clientSecret("secret")
                        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
                        .tokenUri(tokenUri)
                        .build());
        AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager manager =
                new AuthorizedClientServiceReactiveOAuth2AuthorizedClientManager(
                        registrations, new InMemoryReactiveOAuth2AuthorizedClientService(registrations));
        manager.setAuthorizedClientProvider(ReactiveOAuth2AuthorizedClientProviderBuilder.builder()
                .clientCredentials()
                .build());
        ServerOAuth2AuthorizedClientExchangeFilterFunction filter =
                new ServerOAuth2AuthorizedClientExchangeFilterFunction(manager);
        filter.setDefaultClientRegistrationId("orders");
        return filter;
    }

    private static Object[] of(String what, ExchangeFilterFunction filter, Object... more) {
        return Stream.concat(Stream.of(what, filter), Stream.of(more)).toArray();
    }

    private static Stream<Arguments> bothFilters(Object[]... cases) {
        return Stream.of(cases)
                .flatMap(each -> Stream.of(false, true)
                        .map(retries -> Arguments.of(Stream.concat(Stream.of(retries), Stream.of(each))
                                .toArray())));
    }
}

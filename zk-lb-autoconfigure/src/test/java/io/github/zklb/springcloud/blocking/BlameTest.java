package io.github.zklb.springcloud.blocking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.springframework.security.oauth2.client.web.client.RequestAttributeClientRegistrationIdResolver.clientRegistrationId;

import feign.Feign;
import feign.RequestLine;
import feign.Retryer;
import io.github.zklb.Endpoint;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.Membership;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.springcloud.GatedServer;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.support.HttpRequestWrapper;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.InMemoryOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.client.OAuth2ClientHttpRequestInterceptor;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;
import org.springframework.web.service.registry.ImportHttpServices;

/**
 * Interceptors that a user adds to a balanced client run inside the balanced call. What they do by themselves, such as
 * fetching a token, is not the instance's fault; what becomes of the request to the instance is.
 */
@Timeout(60)
@SuppressWarnings("NullAway") // what a test has prepared is there
class BlameTest {

    /** Where nobody listens. */
    private static final String CLOSED = "http://127.0.0.1:1";

    private static final Map<Boolean, Application> applications = new HashMap<>();
    private static InProcessZooKeeper zookeeper;
    private static GatedServer server;
    private static GatedServer tokens;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = new GatedServer();
        tokens = new GatedServer();
        for (boolean retries : List.of(false, true)) {
            applications.put(retries, new Application(retries));
        }
    }

    @AfterAll
    static void stop() {
        applications.values().forEach(application -> application.consumer().close());
        server.close();
        tokens.close();
        zookeeper.close();
    }

    static Stream<Arguments> clients() {
        return Stream.of(Client.values())
                .flatMap(client -> Stream.of(Arguments.of(client, false), Arguments.of(client, true)));
    }

    static Stream<Arguments> troubles() {
        return clients()
                .flatMap(client -> Stream.of(Trouble.values())
                        .map(trouble -> Arguments.of(trouble, client.get()[0], client.get()[1])));
    }

    @ParameterizedTest
    @MethodSource("troubles")
    void whatAnInterceptorDoesByItselfSaysNothingOfTheInstance(Trouble trouble, Client client, boolean retries) {
        Application application = applications.get(retries);
        application.send(client, PASSES_ON, "orders", "200");
        application.send(client, PASSES_ON, "orders", "503");
        assertThat(application.errorsInARow("orders", server.port())).isEqualTo(1);

        assertThat(application.send(client, trouble.interceptor(application), "orders", "200"))
                .as(trouble.name())
                .isNotNull();
        assertThat(application.errorsInARow("orders", server.port())).isEqualTo(1);
        assertThat(application.calls("orders").inFlight()).isZero();
    }

    @ParameterizedTest
    @MethodSource("clients")
    void whatBecomesOfTheRequestToTheInstanceCounts(Client client, boolean retries) throws Exception {
        Application application = applications.get(retries);
        application.send(client, PASSES_ON, "orders", "200");
        application.send(client, PASSES_ON, "orders", "503");
        assertThat(application.errorsInARow("orders", server.port())).isEqualTo(1);
        application.send(client, PASSES_ON, "orders", "200");
        assertThat(application.errorsInARow("orders", server.port())).isZero();

        String closed = (client + "-closed-" + retries).toLowerCase(Locale.ROOT).replace('_', '-');
        application.register(closed, 1);
        assertThat(application.send(client, PASSES_ON, closed, "200")).isNotNull();
        assertThat(application.errorsInARow(closed, 1)).isEqualTo(1);

        String broken = (client + "-broken-" + retries).toLowerCase(Locale.ROOT).replace('_', '-');
        try (ServerSocket breaking = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> breakOff(breaking));
            thread.setDaemon(true);
            thread.start();
            application.register(broken, breaking.getLocalPort());
            assertThat(application.send(client, PASSES_ON, broken, "200")).isNotNull();
            assertThat(application.errorsInARow(broken, breaking.getLocalPort()))
                    .isPositive();
        }
    }

    private static void breakOff(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                socket.accept().close();
            } catch (IOException closed) {
                return;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadTimeOutBehindAnInterceptorCounts(boolean retries) {
        Application application = applications.get(retries);
        String silent = "silent-" + retries; // nobody knows of any answer how long it takes
        application.register(silent, server.port());
        JdkClientHttpRequestFactory impatient = new JdkClientHttpRequestFactory();
        impatient.setReadTimeout(Duration.ofMillis(100));
        RestClient client = application
                .restClient()
                .requestFactory(impatient)
                .requestInterceptor(PASSES_ON)
                .build();
        assertThatThrownBy(() -> client.get()
                        .uri("http://" + silent + "/gate")
                        .retrieve()
                        .toBodilessEntity())
                .isInstanceOf(ResourceAccessException.class);
        assertThat(application.errorsInARow(silent, server.port())).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInterruptBehindAnInterceptorSaysNothingOfTheInstance(boolean retries) throws Exception {
        Application application = applications.get(retries);
        application.send(Client.REST_CLIENT, PASSES_ON, "orders", "200");
        RestClient client =
                application.restClient().requestInterceptor(PASSES_ON).build();
        Thread caller = new Thread(() -> assertThatThrownBy(
                        () -> client.get().uri("http://orders/gate").retrieve().toBodilessEntity())
                .isNotNull());
        caller.start();
        await().until(() -> application.calls("orders").inFlight() == 1);
        caller.interrupt();
        caller.join(20_000);
        assertThat(application.calls("orders").inFlight()).isZero();
        assertThat(application.errorsInARow("orders", server.port())).isZero();
    }

    /** Instances that lost their registration are served until they refuse a connection. */
    @ParameterizedTest
    @EnumSource(
            value = Trouble.class,
            names = {
                "CLOSED_BY_REST_CLIENT",
                "CLOSED_BY_URL_CONNECTION",
                "OAUTH2_CLOSED",
                "CLOSED_AFTER_A_RESPONSE",
                "CLOSED_BY_URL_CONNECTION_AFTER_A_RESPONSE",
                "CLOSED_BY_JDK_CLIENT_AFTER_A_RESPONSE"
            })
    void aRefusalOfAnotherServerReleasesNoHeldInstance(Trouble trouble) throws Exception {
        Application application = applications.get(false);
        String service = trouble.name().toLowerCase(Locale.ROOT).replace('_', '-');
        try (Provider registered = Provider.start(service, "registered", zookeeper.connectString(), 1);
                Provider one = Provider.start(service, "one", zookeeper.connectString(), 1);
                Provider other = Provider.start(service, "other", zookeeper.connectString(), 1);
                Provider another = Provider.start(service, "another", zookeeper.connectString(), 1)) {
            await().until(() -> application.consumer().registeredPorts(service).size() == 4);
            CuratorFramework curator = application.consumer().context().getBean(CuratorFramework.class);
            curator.transaction()
                    .forOperations(
                            curator.transactionOp().delete().forPath(one.path()),
                            curator.transactionOp().delete().forPath(other.path()),
                            curator.transactionOp().delete().forPath(another.path()));
            await().until(() -> application
                            .consumer()
                            .context()
                            .getBean(ServiceEngines.class)
                            .engine(service)
                            .known()
                            .state()
                    == Membership.State.HELD);
            for (int turn = 0; turn < 4; turn++) {
                assertThat(application.send(Client.REST_CLIENT, trouble.interceptor(application), service, "200"))
                        .isNotNull();
            }
            assertThat(application.consumer().registeredPorts(service))
                    .containsExactlyInAnyOrder(registered.port(), one.port(), other.port(), another.port());
        }
    }

    private static final ClientHttpRequestInterceptor PASSES_ON = (request, body, execution) -> {
        assertThat(request.getAttributes()).doesNotContainKey("absent");
        request.getAttributes().put("present", "yes");
        assertThat(request.getAttributes().remove("present")).isEqualTo("yes");
        return execution.execute(new HttpRequestWrapper(request), body);
    };

    /** What can go wrong in an interceptor. */
    private enum Trouble {
        CLOSED_BY_REST_CLIENT {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
                throw failure(() -> RestClient.create(CLOSED).get().retrieve().body(String.class));
            }
        },
        CLOSED_BY_WEB_CLIENT {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
                throw failure(() -> WebClient.create(CLOSED)
                        .get()
                        .retrieve()
                        .bodyToMono(String.class)
                        .block());
            }
        },
        CLOSED_BY_FEIGN {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
                throw failure(() -> Feign.builder()
                        .retryer(new Retryer.Default(1, 1, 5))
                        .target(TokenServer.class, CLOSED)
                        .token());
            }
        },
        CLOSED_BY_URL_CONNECTION {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                assertThat(request.getAttributes().get("token")).isNull();
                URI.create(CLOSED).toURL().getContent();
                throw new AssertionError();
            }
        },
        UNAVAILABLE_BY_REST_CLIENT {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
                throw failure(
                        () -> RestClient.create(unavailable()).get().retrieve().body(String.class));
            }
        },
        UNAVAILABLE_AND_GIVEN_BACK {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                return new SimpleClientHttpRequestFactory()
                        .createRequest(URI.create(unavailable()), HttpMethod.GET)
                        .execute();
            }
        },
        CLOSED_AFTER_A_RESPONSE {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                try (ClientHttpResponse unauthorized = execution.execute(request, body)) {
                    assertThat(unauthorized.getStatusCode().value()).isEqualTo(200);
                }
                return CLOSED_BY_REST_CLIENT.intercept(request, body, execution);
            }
        },
        /** As a token that is renewed after a 401; the error names nobody. */
        CLOSED_BY_URL_CONNECTION_AFTER_A_RESPONSE {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                execution.execute(request, body).close();
                return CLOSED_BY_URL_CONNECTION.intercept(request, body, execution);
            }
        },
        CLOSED_BY_JDK_CLIENT_AFTER_A_RESPONSE {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                execution.execute(request, body).close();
                try {
                    HttpClient.newHttpClient()
                            .send(
                                    java.net.http.HttpRequest.newBuilder(URI.create(CLOSED))
                                            .build(),
                                    BodyHandlers.discarding());
                } catch (InterruptedException unexpected) {
                    throw new AssertionError(unexpected);
                }
                throw new AssertionError();
            }
        },
        WRAPPED_AND_CLOSED_AFTER_A_RESPONSE {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                try {
                    return CLOSED_BY_URL_CONNECTION_AFTER_A_RESPONSE.intercept(request, body, execution);
                } catch (IOException refused) {
                    throw new IOException("no token", refused);
                }
            }
        },
        OAUTH2_CLOSED {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                return oauth2(CLOSED, request, body, execution);
            }
        },
        OAUTH2_UNAVAILABLE {
            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                    throws IOException {
                return oauth2(unavailable(), request, body, execution);
            }
        },
        /** The token server is a balanced service too: it is that one whose instance fails. */
        BALANCED_AND_CLOSED {
            @Override
            ClientHttpRequestInterceptor interceptor(Application application) {
                application.register("tokens", 1);
                int before = application.errorsInARow("tokens", 1);
                return (request, body, execution) -> {
                    try {
                        throw failure(() -> application
                                .restClient()
                                .build()
                                .get()
                                .uri("http://tokens/")
                                .retrieve()
                                .body(String.class));
                    } finally {
                        assertThat(application.errorsInARow("tokens", 1)).isEqualTo(before + 1);
                    }
                };
            }

            @Override
            ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
                throw new AssertionError();
            }
        };

        abstract ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                throws IOException;

        ClientHttpRequestInterceptor interceptor(Application application) {
            return this::intercept;
        }

        private static RuntimeException failure(Runnable call) {
            return (RuntimeException) Objects.requireNonNull(catchThrowable(call::run));
        }

        private static String unavailable() {
            return "http://127.0.0.1:" + tokens.port() + "/status/503";
        }

        private static ClientHttpResponse oauth2(
                String tokenUri, HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
                throws IOException {
            InMemoryClientRegistrationRepository registrations =
                    new InMemoryClientRegistrationRepository(ClientRegistration.withRegistrationId("tokens")
                            .clientId("us")
                            .clientSecret("secret")
                            .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
                            .tokenUri(tokenUri)
                            .build());
            clientRegistrationId("tokens").accept(request.getAttributes());
            return new OAuth2ClientHttpRequestInterceptor(new AuthorizedClientServiceOAuth2AuthorizedClientManager(
                            registrations, new InMemoryOAuth2AuthorizedClientService(registrations)))
                    .intercept(request, body, execution);
        }
    }

    interface TokenServer {
        @RequestLine("GET /")
        String token();
    }

    private enum Client {
        REST_TEMPLATE,
        REST_CLIENT,
        HTTP_INTERFACE
    }

    /** An application whose balanced clients have an interceptor of the user's. */
    private record Application(Consumer consumer, ThreadLocal<ClientHttpRequestInterceptor> inner) {

        Application(boolean retries) {
            this(
                    Consumer.start(
                            zookeeper.connectString(),
                            new Class<?>[] {HttpInterfaces.class},
                            "spring.cloud.loadbalancer.retry.enabled=" + retries,
                            "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=0",
                            "spring.http.serviceclient.blocking.base-url=lb://anybody"),
                    HttpInterfaces.inner);
            consumer.context()
                    .getBean(RestTemplate.class)
                    .getInterceptors()
                    .add((request, body, execution) -> inner.get().intercept(request, body, execution));
            register("orders", server.port());
        }

        /** What a GET with an interceptor brings: nothing if it is well, the status otherwise, or the error. */
        Object send(Client client, ClientHttpRequestInterceptor interceptor, String service, String status) {
            inner.set(interceptor);
            String url = "http://" + service + "/status/" + status;
            return catchThrowable(() -> {
                switch (client) {
                    case REST_TEMPLATE ->
                        consumer.context().getBean(RestTemplate.class).getForEntity(url, String.class);
                    case REST_CLIENT ->
                        restClient()
                                .requestInterceptor(interceptor)
                                .build()
                                .get()
                                .uri(url)
                                .retrieve()
                                .toBodilessEntity();
                    case HTTP_INTERFACE ->
                        consumer.context()
                                .getBean(HttpServiceProxyRegistry.class)
                                .getClient("blocking", Api.class)
                                .get(URI.create(url));
                }
            });
        }

        RestClient.Builder restClient() {
            return consumer.context().getBean(RestClient.Builder.class).clone();
        }

        void register(String service, int port) {
            consumer.registry()
                    .register(service, Endpoint.of("127.0.0.1", port))
                    .join();
            await().until(() -> consumer.choosePort(service, null).isPresent());
        }

        AccountedCalls calls(String service) {
            return AccountedCalls.of(consumer.context(), service);
        }

        int errorsInARow(String service, int port) {
            return calls(service).errorsInARow(port);
        }
    }

    interface Api {
        @GetExchange
        void get(URI url);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportHttpServices(group = "blocking", types = Api.class, clientType = ClientType.REST_CLIENT)
    static class HttpInterfaces {

        static final ThreadLocal<ClientHttpRequestInterceptor> inner = new ThreadLocal<>();

        @Bean
        RestClientHttpServiceGroupConfigurer usersInterceptor() {
            return new RestClientHttpServiceGroupConfigurer() {
                @Override
                public void configureGroups(Groups<RestClient.Builder> groups) {
                    groups.forEachClient((group, builder) -> builder.requestInterceptor(
                            (request, body, execution) -> inner.get().intercept(request, body, execution)));
                }

                @Override
                public int getOrder() {
                    return Ordered.LOWEST_PRECEDENCE;
                }
            };
        }
    }
}

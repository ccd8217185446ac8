package io.github.zklb.springcloud.webclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.reactor.retry.RetryOperator;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancedExchangeFilterFunction;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;

/** Reactor's retries around a call of WebClient's subscribe to it again: each attempt goes elsewhere, as Spring's do. */
@Timeout(120)
@SuppressWarnings("NullAway") // what a test has prepared is there
class ReactorRetriesTest {

    private static final Map<Boolean, Consumer> consumers = new TreeMap<>();
    private static final List<DisposableServer> servers = new ArrayList<>();
    private static final List<Integer> attempts = new CopyOnWriteArrayList<>();
    private static InProcessZooKeeper zookeeper;
    private static volatile Function<Integer, Mono<Integer>> status = server -> Mono.just(503);

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        for (int i = 0; i < 3; i++) {
            int number = i;
            servers.add(TestServers.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((request, response) -> {
                        attempts.add(number);
                        return Mono.defer(() -> status.apply(number))
                                .flatMap(code -> response.status(code)
                                        .sendString(Mono.just(String.valueOf(number)))
                                        .then());
                    })
                    .bindNow());
        }
        for (boolean springs : new boolean[] {false, true}) {
            Consumer consumer = Consumer.start(
                    zookeeper.connectString(),
                    new Class<?>[] {Application.class},
                    "spring.cloud.loadbalancer.retry.enabled=" + springs,
                    "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=0",
                    "spring.cloud.loadbalancer.clients.twice.retry.max-retries-on-next-service-instance=1",
                    "spring.cloud.loadbalancer.clients.twice.retry.retryable-status-codes=503",
                    "spring.http.serviceclient.interfaces.base-url=lb://orders",
                    "zk-lb.strategy=random",
                    "zk-lb.services.routed.routes[0].name=ramp",
                    "zk-lb.services.routed.routes[0].split[0].to.version=2",
                    "zk-lb.services.routed.routes[0].split[0].percent=50",
                    "zk-lb.services.keyed.strategy=consistent-hash",
                    "zk-lb.services.keyed.consistent-hash.key=header:user");
            consumers.put(springs, consumer);
        }
        for (String service : List.of("orders", "keyed", "twice", "routed")) {
            servers.forEach(server -> consumers
                    .get(false)
                    .registry()
                    .register(
                            service,
                            Endpoint.of("127.0.0.1", server.port())
                                    .withMetadata(Map.of("version", server == servers.get(0) ? "1" : "2")))
                    .join());
            consumers
                    .values()
                    .forEach(consumer -> await().until(
                                    () -> consumer.registeredPorts(service).size() == servers.size()));
        }
    }

    @AfterAll
    static void stop() {
        consumers.values().forEach(Consumer::close);
        servers.forEach(DisposableServer::disposeNow);
        zookeeper.close();
    }

    @BeforeEach
    void everybodyIsOutOfService() {
        status = server -> Mono.just(503);
        attempts.clear();
    }

    /** Two retries, by whatever subscribes again. */
    static Stream<Arguments> retries() {
        RetryConfig thrice = RetryConfig.custom()
                .maxAttempts(3)
                .waitDuration(Duration.ofMillis(1))
                .build();
        Map<String, UnaryOperator<Mono<String>>> operators = Map.of(
                "retry", answer -> answer.retry(2),
                "retryWhen", answer -> answer.retryWhen(reactor.util.retry.Retry.backoff(2, Duration.ofMillis(1))),
                "resilience4j", answer -> answer.transformDeferred(RetryOperator.of(Retry.of("thrice", thrice))));
        return operators.entrySet().stream()
                .flatMap(operator -> Stream.of(false, true)
                        .map(springs -> Arguments.of(operator.getKey(), springs, operator.getValue())));
    }

    @ParameterizedTest(name = "{0}, Spring''s retries: {1}")
    @MethodSource("retries")
    void eachAttemptGoesToAnotherInstance(String name, boolean springs, UnaryOperator<Mono<String>> retries) {
        for (int i = 0; i < 20; i++) {
            assertThat(failing(retries.apply(get(springs, "orders")))).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    /** Of the group of a route, which is left to chance, two are one and one is the other. */
    @ParameterizedTest(name = "{0}, Spring''s retries: {1}")
    @MethodSource("retries")
    void theAttemptsStayInTheGroupOfTheirRoute(String name, boolean springs, UnaryOperator<Mono<String>> retries) {
        for (int i = 0; i < 20; i++) {
            List<Integer> went = failing(retries.apply(get(springs, "routed")));
            assertThat(went).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(went.indexOf(0)).as("where the base is tried").isNotEqualTo(1);
        }
    }

    @ParameterizedTest(name = "{0}, Spring''s retries: {1}")
    @MethodSource("retries")
    void soDoesEachOfAnHttpInterface(String name, boolean springs, UnaryOperator<Mono<String>> retries) {
        Orders orders = consumers.get(springs).context().getBean(Orders.class);
        for (int i = 0; i < 20; i++) {
            assertThat(failing(retries.apply(orders.get("anybody")))).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void soDoesEachAfterACallerThatLostPatience(boolean springs) {
        Sinks.Many<Integer> arrivals = Sinks.many().multicast().directBestEffort();
        status = server -> {
            arrivals.emitNext(server, Sinks.EmitFailureHandler.FAIL_FAST);
            return Mono.never();
        };
        for (int i = 0; i < 5; i++) {
            Mono<String> impatient =
                    get(springs, "orders").timeout(arrivals.asFlux().next());
            assertThat(failing(impatient.retry(2))).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theCallersFunctionForTheNativeRequestIsCalledEachTime(boolean springs) {
        List<String> called = new CopyOnWriteArrayList<>();
        Mono<String> answer = client(springs)
                .get()
                .uri("http://orders/")
                .httpRequest(request -> called.add("first"))
                .httpRequest(request -> called.add("second"))
                .retrieve()
                .bodyToMono(String.class);
        for (int i = 0; i < 10; i++) {
            called.clear();
            assertThat(failing(answer.retry(2))).containsExactlyInAnyOrder(0, 1, 2);
            if (!springs) { // Spring's own filter that retries leaves these functions out
                assertThat(called).containsExactly("first", "second", "first", "second", "first", "second");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFilterOutsideOfOursChangesNothing(boolean springs) {
        WebClient client = client(springs)
                .mutate()
                .filters(filters -> filters.add(
                        0,
                        (request, next) -> next.exchange(ClientRequest.from(request)
                                .header("traced", "yes")
                                .build())))
                .build();
        for (int i = 0; i < 20; i++) {
            assertThat(failing(get(client, "orders", "anybody").retry(2))).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @Test
    void itIsSoForABuilderToWhichTheFilterWasAddedByHand() {
        WebClient client = consumers
                .get(false)
                .context()
                .getBean("byHand", WebClient.Builder.class)
                .build();
        for (int i = 0; i < 20; i++) {
            assertThat(failing(get(client, "orders", "anybody").retry(2))).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @Test
    void reactorsAvoidWhereSpringsWere() {
        for (int i = 0; i < 20; i++) {
            List<Integer> all = failing(get(true, "twice").retry(1));
            assertThat(all).hasSize(4);
            assertThat(all.subList(0, 3)).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKeyGoesOnToItsNextInstanceEachTimeAndBeginsAnewWhenAllWereTried(boolean springs) {
        for (String user : List.of("ann", "bob", "eve")) {
            List<Integer> all = failing(get(springs, "keyed", user).retry(5));
            List<Integer> order = all.subList(0, 3);
            assertThat(order).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(all.subList(3, 6)).isEqualTo(order);
            assertThat(failing(get(springs, "keyed", user).retry(2))).isEqualTo(order);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestsThatSubscribeToTheSameCallAreWhatTheyWere(boolean springs) {
        Mono<String> answer = get(springs, "keyed", "ann");
        status = server -> Mono.just(200);
        String owner = answer.block();
        for (int i = 0; i < 5; i++) {
            assertThat(answer.block()).isEqualTo(owner);
        }
        status = server -> Mono.just(String.valueOf(server).equals(owner) ? 503 : 200);
        String other = answer.retry(1).block();
        assertThat(other).isNotEqualTo(owner);
        status = server -> Mono.just(200);
        assertThat(answer.block()).as("after a success").isEqualTo(owner);
        assertThat(answer.block()).isEqualTo(owner);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsNoFailureOfTheInstanceIsTriedThereAgain(boolean springs) {
        status = server -> Mono.just(404);
        List<Integer> all = failing(get(springs, "keyed", "ann").retry(2));
        assertThat(all).hasSize(3).containsOnly(all.get(0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestsAtTheSameTimeKnowNothingOfEachOther(boolean springs) {
        Mono<String> answer = get(springs, "keyed", "ann");
        Sinks.Empty<Void> gate = Sinks.empty();
        status = server -> gate.asMono().thenReturn(200);
        CompletableFuture<String> first = answer.toFuture();
        await().until(() -> attempts.size() == 1);
        CompletableFuture<String> second = answer.toFuture();
        await().until(() -> attempts.size() == 2);
        gate.tryEmitEmpty();
        assertThat(first.join()).isEqualTo(second.join());
        assertThat(attempts).containsOnly(attempts.get(0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void manyAtTheSameTimeAllHaveAnEndAndAsManyAttempts(boolean springs) {
        Mono<String> answer = get(springs, "keyed", "ann");
        status = server -> Mono.just(server == 1 ? 200 : 503);
        List<String> answers = Flux.range(0, 200)
                .flatMap(i -> answer.retry(2), 20)
                .collectList()
                .blockOptional()
                .orElseThrow();
        assertThat(answers).hasSize(200).containsOnly("1");
        assertThat(AccountedCalls.of(consumers.get(springs).context(), "keyed").inFlight())
                .isZero();
    }

    /** The same as from the clients that block. */
    @Test
    void theOrderOfAKeysInstancesIsThatOfEveryClient() {
        List<Integer> order = failing(get(false, "keyed", "joe").retry(2));
        attempts.clear();
        assertThatThrownBy(() -> consumers.get(false).get(Client.REST_CLIENT, "http://keyed/", Map.of("user", "joe")))
                .isNotNull();
        assertThat(attempts).containsExactly(order.get(0));
    }

    private static List<Integer> failing(Mono<String> answer) {
        attempts.clear();
        assertThatThrownBy(answer::block).isNotNull();
        return List.copyOf(attempts);
    }

    private static Mono<String> get(boolean springs, String service) {
        return get(springs, service, "anybody");
    }

    private static Mono<String> get(boolean springs, String service, String user) {
        return get(client(springs), service, user);
    }

    private static Mono<String> get(WebClient client, String service, String user) {
        return client.get()
                .uri("http://" + service + "/")
                .header("user", user)
                .retrieve()
                .bodyToMono(String.class);
    }

    private static WebClient client(boolean springs) {
        return consumers
                .get(springs)
                .context()
                .getBean("webClientBuilder", WebClient.Builder.class)
                .clone()
                .build();
    }

    /** An HTTP interface. */
    interface Orders {

        @GetExchange("/")
        Mono<String> get(@RequestHeader("user") String user);
    }

    /** An application with HTTP interfaces, and with a builder that is balanced by hand. */
    @Configuration(proxyBeanMethods = false)
    @ImportHttpServices(group = "interfaces", types = Orders.class, clientType = ClientType.WEB_CLIENT)
    static class Application {

        @Bean
        WebClient.Builder byHand(LoadBalancedExchangeFilterFunction filter) {
            return WebClient.builder().filter(filter);
        }
    }
}

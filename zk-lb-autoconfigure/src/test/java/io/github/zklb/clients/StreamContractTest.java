package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.calls.CallHistory;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;

/** A stream of events is in flight as long as it is open, for every kind of client that lets us know; it is no slow answer. */
class StreamContractTest {

    private static final TestRequest STREAM = TestRequest.get("/");
    private static final Duration SOON = Duration.ofSeconds(60);

    /** To zk-lb, what is executed by hand is one thing: its head is no more seen than its end. */
    private static final Set<SpringClient> BY_HAND =
            EnumSet.of(SpringClient.EXECUTE_BY_HAND, SpringClient.CHOOSE_AND_EXECUTE_BY_HAND);

    /** Who reads a body on Java's clients takes no interrupt: it is closed, see CallAccountingTest. */
    private static final Set<ClientKind> CANCELLING = Set.of(
            SpringClient.WEB_CLIENT,
            SpringClient.HTTP_INTERFACE_ON_WEB_CLIENT,
            GatewayClient.ON_WEBFLUX,
            GatewayClient.ON_WEBMVC);

    private static InProcessZooKeeper zookeeper;
    private static DisposableServer server;
    private static Applications applications;
    private static ExecutorService threads;

    /** What the server sends after the first event. */
    private static volatile Sinks.Many<String> events = Sinks.many().unicast().onBackpressureBuffer();

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = TestServers.create()
                .maxKeepAliveRequests(1) // reactor-netty #4361: see Gateway
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> response.sse()
                        .sendString(Flux.concat(Flux.just("first"), events.asFlux())
                                .map(event -> "data:" + event + "\n\n")))
                .bindNow();
        applications = new Applications(zookeeper.connectString());
        threads = Executors.newCachedThreadPool();
    }

    @AfterAll
    static void stop() {
        threads.shutdownNow();
        applications.close();
        server.disposeNow();
        zookeeper.close();
    }

    static Stream<ClientKind> seesTheHead() {
        return ClientKinds.counting()
                .filter(kind -> !(kind instanceof SpringClient client && BY_HAND.contains(client)));
    }

    static Set<ClientKind> cancelling() {
        return CANCELLING;
    }

    @ParameterizedTest
    @MethodSource("seesTheHead")
    void aStreamIsInFlightUntilItsEndAndItsHeadAloneIsTheAnswer(ClientKind kind) {
        AccountedCalls calls = calls(kind);
        CompletableFuture<Answer> answer = open(kind, calls);
        CallHistory opened = calls.history(server.port());
        assertThat(calls.inFlight(server.port())).isEqualTo(1);
        assertThat(events.tryEmitNext("second").isSuccess()).isTrue();
        assertThat(calls.inFlight(server.port())).isEqualTo(1);
        assertThat(answer).isNotDone();
        events.tryEmitComplete();
        assertThat(answer).succeedsWithin(SOON).matches(each -> each.status() == 200);
        await().until(() -> calls.inFlight() == 0);
        assertThat(calls.history(server.port())).isEqualTo(opened);
    }

    @ParameterizedTest
    @MethodSource("seesTheHead")
    void aStreamThatBreaksOffIsInFlightNoMoreAndWasAGoodAnswer(ClientKind kind) {
        AccountedCalls calls = calls(kind);
        CompletableFuture<Answer> answer = open(kind, calls);
        CallHistory opened = calls.history(server.port());
        events.tryEmitError(new IllegalStateException("the server breaks off"));
        await().until(() -> calls.inFlight() == 0);
        await().until(answer::isDone);
        assertThat(calls.history(server.port())).isEqualTo(opened);
    }

    /** A gateway on WebMVC hears of that when it passes on the next event. */
    @ParameterizedTest
    @MethodSource("cancelling")
    void aStreamWhoseReaderGoesAwayIsInFlightNoMore(ClientKind kind) throws Exception {
        AccountedCalls calls = calls(kind);
        long heads = calls.history(server.port()).successes();
        BalancedClient client = applications.client(kind);
        Thread reader = new Thread(new FutureTask<>(() -> client.send("streams", STREAM)));
        reader.start();
        await().until(() -> calls.history(server.port()).successes() > heads);
        assertThat(calls.inFlight(server.port())).isEqualTo(1);
        CallHistory opened = calls.history(server.port());
        reader.interrupt();
        await().until(() -> {
            events.tryEmitNext("another");
            return calls.inFlight() == 0;
        });
        assertThat(calls.history(server.port())).isEqualTo(opened);
        reader.join(SOON.toMillis());
    }

    private static AccountedCalls calls(ClientKind kind) {
        events = Sinks.many().unicast().onBackpressureBuffer();
        ConfigurableApplicationContext context = applications.context(kind);
        context.getBean(EndpointRegistry.class)
                .register("streams", Endpoint.of("127.0.0.1", server.port()))
                .join();
        await().until(() ->
                context.getBean(ZkLoadBalancer.class).choose("streams").isPresent());
        return AccountedCalls.of(context, "streams");
    }

    /** One whose head is there. */
    private static CompletableFuture<Answer> open(ClientKind kind, AccountedCalls calls) {
        long heads = calls.history(server.port()).successes();
        BalancedClient client = applications.client(kind);
        CompletableFuture<Answer> answer =
                CompletableFuture.supplyAsync(() -> Sending.send(client, "streams", STREAM), threads);
        await().until(() -> calls.history(server.port()).successes() > heads);
        return answer;
    }
}

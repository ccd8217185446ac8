package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.TestServers;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;

/** What is counted of the calls of every kind of client that sends them itself: each has one end, whatever it is. */
class CallContractTest {

    private static final TestRequest GET = TestRequest.get("/");
    private static final Duration SOON = Duration.ofSeconds(60);

    /** Java's URLConnection takes no interrupt, and Tomcat does not see that the caller is gone. */
    private static final Set<ClientKind> DEAF =
            Set.of(SpringClient.REST_TEMPLATE, SpringClient.OPEN_FEIGN, GatewayClient.ON_WEBMVC);

    /** These cancel the request. */
    private static final Set<ClientKind> CANCELLING =
            Set.of(SpringClient.WEB_CLIENT, SpringClient.HTTP_INTERFACE_ON_WEB_CLIENT, GatewayClient.ON_WEBFLUX);

    /** An HTTP interface on WebClient sends as WebClient does; those of the gateways are in their own tests. */
    private static final List<ClientKind> WITH_A_TIME_OUT = List.of(
            SpringClient.REST_TEMPLATE,
            SpringClient.REST_CLIENT,
            SpringClient.WEB_CLIENT,
            SpringClient.HTTP_INTERFACE_ON_REST_CLIENT,
            SpringClient.OPEN_FEIGN);

    private static InProcessZooKeeper zookeeper;
    private static Provider provider;
    private static Applications applications;
    private static ExecutorService threads;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        provider = Provider.start("orders", "p", zookeeper.connectString(), 1);
        applications = new Applications(zookeeper.connectString(), "zk-lb.membership.hold.enabled=false");
        threads = Executors.newCachedThreadPool();
    }

    @AfterAll
    static void stop() {
        threads.shutdownNow();
        applications.close();
        provider.close();
        zookeeper.close();
    }

    @AfterEach
    void answerAtOnce() {
        provider.answersWith(200);
        provider.holdUntil(Mono.empty());
    }

    static Stream<ClientKind> counting() {
        return ClientKinds.counting();
    }

    @ParameterizedTest
    @MethodSource("counting")
    void aCallIsInFlightFromTheRequestToTheResponse(ClientKind kind) {
        AccountedCalls calls = calls(kind, "orders");
        Sinks.Empty<Void> gate = hold(provider);
        CompletableFuture<Answer> answer = async(kind, "orders", threads);
        await().until(() -> calls.inFlight(provider.port()) == 1);
        gate.tryEmitEmpty();
        assertThat(answer).succeedsWithin(SOON).isEqualTo(new Answer(200, "p", "p"));
        awaitNoneInFlight(calls);
    }

    /** A gateway's caller may have the whole of a response before the gateway has done with it. */
    private static void awaitNoneInFlight(AccountedCalls calls) {
        await().until(() -> calls.inFlight() == 0);
    }

    @ParameterizedTest
    @MethodSource("counting")
    void aServerErrorIsAFailureAndAClientErrorIsNot(ClientKind kind) {
        AccountedCalls calls = calls(kind, "orders");
        Sending.send(applications.client(kind), "orders", GET);
        for (int errors = 1; errors <= 2; errors++) {
            provider.answersWith(503);
            assertThat(Sending.send(applications.client(kind), "orders", GET)).isEqualTo(new Answer(503, "p", "p"));
            assertThat(calls.errorsInARow(provider.port())).isEqualTo(errors);
        }
        provider.answersWith(404);
        assertThat(Sending.send(applications.client(kind), "orders", GET).status())
                .isEqualTo(404);
        assertThat(calls.errorsInARow(provider.port())).isZero();
        awaitNoneInFlight(calls);
    }

    @ParameterizedTest
    @MethodSource("counting")
    void aRefusedConnectionIsAFailure(ClientKind kind) throws Exception {
        aFailureIsCounted(kind, "closed", closedPort());
    }

    @ParameterizedTest
    @MethodSource("counting")
    void aConnectionThatBreaksOffIsAFailure(ClientKind kind) {
        DisposableServer broken = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    request.withConnection(connection -> connection.channel().close());
                    return Mono.never();
                })
                .bindNow();
        try {
            aFailureIsCounted(kind, "broken", broken.port());
        } finally {
            broken.disposeNow();
        }
    }

    private static void aFailureIsCounted(ClientKind kind, String service, int port) {
        Endpoint endpoint = Endpoint.of("127.0.0.1", port);
        ConfigurableApplicationContext context = applications.context(kind);
        EndpointRegistry registry = context.getBean(EndpointRegistry.class);
        registry.register(service, endpoint).join();
        try {
            await().until(() -> choice(context, service) == port);
            AccountedCalls calls = calls(kind, service);
            assertThat(async(kind, service, threads)
                            .handle((response, error) -> error == null ? response.provider() : ""))
                    .succeedsWithin(SOON)
                    .isEqualTo("");
            assertThat(calls.errorsInARow(port)).isEqualTo(1);
            awaitNoneInFlight(calls);
        } finally {
            registry.deregister(service, endpoint.address()).join();
            await().until(() -> choice(context, service) != port);
        }
    }

    /** Those that cannot hear of it while they wait go on until there is a response. */
    @ParameterizedTest
    @MethodSource("counting")
    void aCallerThatIsInterruptedOrGoesAwayEndsTheCallAndAtMostTheLatterSaysAnything(ClientKind kind) throws Exception {
        AccountedCalls calls = calls(kind, "orders");
        Sending.send(applications.client(kind), "orders", GET);
        Sinks.Empty<Void> gate = hold(provider);
        BalancedClient client = applications.client(kind);
        Thread caller = new Thread(new FutureTask<>(() -> client.send("orders", GET)));
        caller.start();
        try {
            await().until(() -> calls.inFlight() == 1);
            calls.untilAnAnswerIsDue(provider.port());
            caller.interrupt();
            if (DEAF.contains(kind)) {
                gate.tryEmitEmpty();
            }
            await().until(() -> calls.inFlight() == 0);
            assertThat(calls.errorsInARow(provider.port())).isEqualTo(CANCELLING.contains(kind) ? 1 : 0);
        } finally {
            gate.tryEmitEmpty();
            caller.join(SOON.toMillis());
        }
    }

    @Test
    void aTimeOutOfTheClientIsAFailure() {
        try (Applications hasty = new Applications(
                zookeeper.connectString(),
                "test.read-timeout=200ms",
                "spring.http.serviceclient.blocking.read-timeout=200ms",
                "spring.cloud.openfeign.client.config.default.connect-timeout=20000",
                "spring.cloud.openfeign.client.config.default.read-timeout=200")) {
            AccountedCalls calls = AccountedCalls.of(hasty.context(SpringClient.REST_CLIENT), "orders");
            hold(provider);
            int errors = 0;
            for (ClientKind kind : WITH_A_TIME_OUT) {
                assertThat(catchThrowable(() -> hasty.client(kind).send("orders", GET)))
                        .as(kind.title())
                        .isNotNull();
                assertThat(calls.errorsInARow(provider.port())).as(kind.title()).isEqualTo(++errors);
                assertThat(calls.inFlight()).as(kind.title()).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("counting")
    void anInstanceThatLeavesInMidFlightHoldsNoCount(ClientKind kind) {
        try (Provider leaving = Provider.start("leaving", "l", zookeeper.connectString(), 1)) {
            ConfigurableApplicationContext context = applications.context(kind);
            await().until(() -> choice(context, "leaving") == leaving.port());
            AccountedCalls calls = calls(kind, "leaving");
            Sinks.Empty<Void> gate = hold(leaving);
            CompletableFuture<Answer> answer = async(kind, "leaving", threads);
            await().until(() -> calls.inFlight() == 1);
            leaving.endSession();
            await().until(() -> choice(context, "leaving") != leaving.port());
            assertThat(calls.inFlight()).isEqualTo(1);
            gate.tryEmitEmpty();
            assertThat(answer).succeedsWithin(SOON).isEqualTo(new Answer(200, "l", "l"));
            awaitNoneInFlight(calls);
        }
    }

    @ParameterizedTest
    @MethodSource("counting")
    @EnabledForJreRange(min = JRE.JAVA_21)
    void callsOfVirtualThreadsAreCountedAlike(ClientKind kind) throws Exception {
        AccountedCalls calls = calls(kind, "orders");
        // OpenFeign's decoder may fail if the first answers come at the same time.
        Sending.send(applications.client(kind), "orders", GET);
        ExecutorService virtual = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        try {
            Sinks.Empty<Void> gate = hold(provider);
            List<CompletableFuture<Answer>> answers = IntStream.range(0, 32)
                    .mapToObj(i -> async(kind, "orders", virtual))
                    .toList();
            await().until(() -> calls.inFlight() == answers.size());
            gate.tryEmitEmpty();
            assertThat(answers)
                    .allSatisfy(
                            answer -> assertThat(answer).succeedsWithin(SOON).isEqualTo(new Answer(200, "p", "p")));
            awaitNoneInFlight(calls);
        } finally {
            virtual.shutdownNow();
        }
    }

    private static AccountedCalls calls(ClientKind kind, String serviceId) {
        return AccountedCalls.of(applications.context(kind), serviceId);
    }

    private static int choice(ConfigurableApplicationContext context, String serviceId) {
        return context.getBean(ZkLoadBalancer.class)
                .choose(serviceId)
                .map(instance -> instance.getPort())
                .orElse(0);
    }

    private static Sinks.Empty<Void> hold(Provider provider) {
        Sinks.Empty<Void> gate = Sinks.empty();
        provider.holdUntil(gate.asMono());
        return gate;
    }

    private static CompletableFuture<Answer> async(ClientKind kind, String serviceId, Executor executor) {
        BalancedClient client = applications.client(kind);
        return CompletableFuture.supplyAsync(() -> Sending.send(client, serviceId, GET), executor);
    }

    private static int closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}

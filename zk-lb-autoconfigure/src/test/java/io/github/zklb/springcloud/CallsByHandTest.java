package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.testing.InProcessZooKeeper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.retry.support.RetryTemplate;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Calls that are made by hand through {@link ZkLoadBalancer} count as those of Spring's clients do. */
@Timeout(240)
@SuppressWarnings("NullAway") // what a test has prepared is there
class CallsByHandTest {

    private static final int CLOSED = FreePorts.next();

    private static final Map<Integer, ServerSocket> servers = new HashMap<>();
    private static InProcessZooKeeper zookeeper;
    private static Consumer consumer;
    private static ZkLoadBalancer balancer;

    @BeforeAll
    static void start() throws IOException {
        zookeeper = InProcessZooKeeper.start();
        consumer = Consumer.start(
                zookeeper.connectString(),
                "spring.cloud.discovery.client.simple.instances.elsewhere[0].uri=http://127.0.0.1:1001",
                "spring.cloud.discovery.client.simple.instances.elsewhere[1].uri=http://127.0.0.1:1002",
                "zk-lb.strategy=round-robin",
                "zk-lb.services.least.strategy=least-request",
                "zk-lb.services.least.least-request.choice-count=100",
                "zk-lb.services.fast.strategy=peak-ewma",
                "zk-lb.services.fast.load.decay=100ms",
                "zk-lb.services.keyed.strategy=consistent-hash",
                "zk-lb.services.strict.strategy=consistent-hash",
                "zk-lb.services.strict.consistent-hash.when-missing=fail",
                "zk-lb.services.ejecting.outlier-ejection.enabled=true",
                "zk-lb.services.ejecting.outlier-ejection.interval=100ms",
                "zk-lb.services.ejecting.outlier-ejection.base-ejection-time=10m",
                "zk-lb.services.ejecting.outlier-ejection.consecutive-errors=3",
                "zk-lb.services.ejecting.outlier-ejection.max-ejected-percent=50");
        balancer = consumer.context().getBean(ZkLoadBalancer.class);
        for (int i = 0; i < 3; i++) {
            ServerSocket server = new ServerSocket();
            server.bind(new InetSocketAddress("127.0.0.1", 0));
            servers.put(server.getLocalPort(), server);
        }
        for (String service : List.of("plain", "least", "fast", "keyed", "strict")) {
            servers.keySet().forEach(port -> register(service, port));
        }
        register("ejecting", CLOSED);
        register("ejecting", servers.keySet().iterator().next());
        register("one", servers.keySet().iterator().next());
    }

    private static void register(String service, int port) {
        consumer.registry().register(service, Endpoint.of("127.0.0.1", port)).join();
        await().until(() -> consumer.registeredPorts(service).contains(port));
    }

    @AfterAll
    static void stop() throws IOException {
        consumer.close();
        zookeeper.close();
        for (ServerSocket server : servers.values()) {
            server.close();
        }
    }

    @Test
    void aCallIsCountedUntilTheFunctionReturns() {
        int port = consumer.choose("one").getPort();
        Integer during = balancer.call("one", null, instance -> calls("one").inFlight(instance.getPort()));
        assertThat(during).isEqualTo(1);
        assertThat(calls("one").inFlight(port)).isZero();
        Object none = balancer.call("one", null, instance -> null);
        assertThat(none).isNull();
        assertThat(calls("one").inFlight(port)).isZero();
        assertThat(calls("one").errorsInARow(port)).isZero();
    }

    @Test
    void whatIsThrownPassesAsItIsAndOnlyTheInstancesFailuresSpeakAgainstIt() {
        int port = consumer.choose("one").getPort();
        int before = calls("one").errorsInARow(port);
        List<Throwable> callers = List.of(
                new IllegalArgumentException("the caller's own"),
                new Exception("a checked one"),
                new AssertionError("an error"));
        for (Throwable error : callers) {
            assertThat(catchThrowable(() -> balancer.call("one", "key", instance -> fail(error))))
                    .isSameAs(error);
            assertThat(calls("one").inFlight(port)).isZero();
            assertThat(calls("one").errorsInARow(port)).isEqualTo(before);
        }
        List<Exception> instances = List.of(
                new IOException("broken off"),
                new SocketException("reset"),
                new IllegalStateException("a driver's", new ConnectException("refused")));
        for (int i = 0; i < instances.size(); i++) {
            Exception error = instances.get(i);
            assertThat(catchThrowable(() -> balancer.call("one", "key", instance -> fail(error))))
                    .isSameAs(error);
            assertThat(calls("one").inFlight(port)).isZero();
            assertThat(calls("one").errorsInARow(port)).isEqualTo(before + i + 1);
        }
        balancer.call("one", null, instance -> "well");
        assertThat(calls("one").errorsInARow(port)).isZero();
    }

    @Test
    void theCheckedExceptionOfAFunctionIsTheOnlyOneToCatch() {
        try {
            balancer.call("one", null, instance -> connect(CLOSED));
        } catch (IOException expected) {
            assertThat(expected).isInstanceOf(ConnectException.class);
        }
        balancer.call("one", null, ServiceInstance::getPort);
    }

    @Test
    void whoIsInterruptedHasGivenUp() {
        int port = consumer.choose("one").getPort();
        int before = calls("one").errorsInARow(port);
        assertThatThrownBy(() -> balancer.call("one", null, instance -> {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted");
                }))
                .isInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(calls("one").errorsInARow(port)).isEqualTo(before);
        assertThat(calls("one").inFlight(port)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leastRequestSeesWhatIsInFlight(boolean reactive) {
        CountDownLatch end = new CountDownLatch(1);
        Set<Integer> busy = ConcurrentHashMap.newKeySet();
        List<CompletableFuture<String>> pending = new ArrayList<>();
        for (int i = 1; i < servers.size(); i++) {
            int number = i;
            Function<ServiceInstance, String> waiting = instance -> {
                busy.add(instance.getPort());
                try {
                    end.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return "done";
            };
            pending.add(
                    reactive
                            ? balancer.callReactive(
                                            "least",
                                            null,
                                            instance -> Mono.fromSupplier(() -> waiting.apply(instance))
                                                    .subscribeOn(Schedulers.boundedElastic()))
                                    .toFuture()
                            : CompletableFuture.supplyAsync(() -> balancer.call("least", null, waiting::apply)));
            await().until(() -> busy.size() == number);
        }
        for (int i = 0; i < 50; i++) {
            Integer port = reactive
                    ? balancer.callReactive("least", null, instance -> Mono.just(instance.getPort()))
                            .block()
                    : balancer.call("least", null, ServiceInstance::getPort);
            assertThat(busy).doesNotContain(port);
        }
        end.countDown();
        pending.forEach(call -> assertThat(call.join()).isEqualTo("done"));
        assertThat(calls("least").inFlight()).isZero();
    }

    @Test
    void peakEwmaSeesWhoIsSlow() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        int slow = balancer.call("fast", null, ServiceInstance::getPort);
        // A first call to a fast one may have been slow, too, which is unlearned within a few times the decay.
        await().untilAsserted(() -> {
            Map<Integer, Integer> shares = new HashMap<>();
            for (int i = 0; i < 300; i++) {
                balancer.call("fast", null, instance -> {
                    if (instance.getPort() == slow) {
                        never.await(20, TimeUnit.MILLISECONDS);
                    }
                    return shares.merge(instance.getPort(), 1, Integer::sum);
                });
            }
            assertThat(shares.getOrDefault(slow, 0)).isLessThan(60);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoRefusesConnectionsIsEjected(boolean reactive) {
        await().untilAsserted(() -> {
            Set<Integer> ports = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                Throwable unused = catchThrowable(() -> {
                    if (reactive) {
                        balancer.callReactive("ejecting", null, instance -> {
                                    ports.add(instance.getPort());
                                    return Mono.fromCallable(() -> connect(instance.getPort()));
                                })
                                .block();
                    } else {
                        balancer.call("ejecting", null, instance -> {
                            ports.add(instance.getPort());
                            return connect(instance.getPort());
                        });
                    }
                });
            }
            assertThat(ports).containsExactly(servers.keySet().iterator().next());
        });
    }

    @Test
    void theAttemptsAtARequestGoElsewhereWhateverRetries() throws Exception {
        RetryConfig thrice = RetryConfig.custom()
                .maxAttempts(3)
                .waitDuration(Duration.ofMillis(1))
                .build();
        RetryTemplate springs =
                RetryTemplate.builder().maxAttempts(3).noBackoff().build();
        for (String service : List.of("plain", "least", "fast", "keyed")) {
            for (int i = 0; i < 10; i++) {
                String key = "key" + i;
                List<Integer> tried = new ArrayList<>();
                ZkLoadBalancer.Attempts attempts = balancer.attempts(service, key);
                Callable<String> failing = () -> attempts.call(instance -> {
                    tried.add(instance.getPort());
                    throw new IOException("broken off");
                });
                assertThatThrownBy(() -> Retry.of("thrice", thrice).executeCallable(failing))
                        .isInstanceOf(IOException.class);
                assertThat(tried).doesNotHaveDuplicates().hasSize(3);

                List<Integer> again = new ArrayList<>();
                ZkLoadBalancer.Attempts others = balancer.attempts(service, key);
                assertThatThrownBy(() -> springs.execute(retry -> others.call(instance -> {
                            again.add(instance.getPort());
                            throw new IOException("broken off");
                        })))
                        .isInstanceOf(IOException.class);
                assertThat(again).doesNotHaveDuplicates().hasSize(3);
                if (service.equals("keyed")) {
                    assertThat(again).isEqualTo(tried);
                    assertThat(reactiveTries(service, key, 2)).isEqualTo(tried);
                    assertThat(attempts.<Integer, RuntimeException>call(ServiceInstance::getPort))
                            .as("when all were tried")
                            .isEqualTo(tried.get(0));
                }
            }
        }
    }

    @Test
    void twoCallsAreTwoRequests() {
        for (int i = 0; i < 10; i++) {
            String key = "key" + i;
            List<Integer> tried = new ArrayList<>();
            for (int call = 0; call < 2; call++) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> balancer.call("keyed", key, instance -> {
                            tried.add(instance.getPort());
                            throw new IllegalStateException("the caller's own");
                        }));
            }
            assertThat(tried.get(1)).isEqualTo(tried.get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "least", "fast", "keyed"})
    void reactorsRetriesGoElsewhere(String service) {
        for (int i = 0; i < 10; i++) {
            assertThat(reactiveTries(service, "key" + i, 2))
                    .doesNotHaveDuplicates()
                    .hasSize(3);
        }
    }

    @Test
    void whatIsTriedUnderOneRetryIsNoMatterOfAnother() {
        String key = "key";
        List<Integer> order = reactiveTries("keyed", key, 2);
        Mono<Integer> lastAnswers = balancer.callReactive(
                "keyed",
                key,
                instance -> Mono.fromCallable(() -> {
                            if (instance.getPort() == order.get(2)) {
                                return instance.getPort();
                            }
                            throw new IOException("broken off");
                        })
                        .subscribeOn(Schedulers.parallel()));
        List<Integer> answers = Flux.range(0, 500)
                .flatMap(i -> lastAnswers.retry(2), 20)
                .collectList()
                .block();
        assertThat(answers).hasSize(500).containsOnly(order.get(2));
        assertThat(calls("keyed").inFlight()).isZero();
    }

    /** Reactor's zip cancels all its sources when one fails, also those that have ended. */
    @Test
    void aCallThatHadAnsweredIsNoFailedAttemptWhenItIsCancelledWithAnother() {
        for (int i = 0; i < 10; i++) {
            List<Integer> answered = new CopyOnWriteArrayList<>();
            Mono<String> answering = balancer.callReactive("keyed", "key" + i, instance -> {
                answered.add(instance.getPort());
                return Mono.just("well");
            });
            List<Integer> failed = new CopyOnWriteArrayList<>();
            Mono<String> failing = balancer.callReactive("plain", null, instance -> {
                failed.add(instance.getPort());
                return failed.size() == 1 ? Mono.error(new IOException("broken off")) : Mono.just("well");
            });
            Mono.zip(answering, failing).retry(1).block();
            assertThat(failed).hasSize(2).doesNotHaveDuplicates();
            assertThat(answered).hasSize(2).containsOnly(answered.get(0));
        }
    }

    @Test
    void aReactiveCallIsCountedFromItsSubscriptionToItsEnd() {
        AccountedCalls calls = calls("one");
        int port = consumer.choose("one").getPort();
        Mono<Integer> value = balancer.callReactive("one", null, instance -> Mono.just(calls.inFlight(port)));
        assertThat(calls.inFlight()).isZero();
        assertThat(value.doOnNext(any -> assertThat(calls.inFlight()).isZero()).block())
                .isEqualTo(1);
        balancer.call("one", null, instance -> "well");

        assertThat(balancer.callReactive("one", null, instance -> Mono.empty()).blockOptional())
                .isEmpty();
        assertThat(calls.inFlight()).isZero();
        assertThat(calls.errorsInARow(port)).isZero();

        Disposable cancelled =
                balancer.callReactive("one", null, instance -> Mono.never()).subscribe();
        assertThat(calls.inFlight()).isEqualTo(1);
        calls.untilAnAnswerIsDue(port);
        cancelled.dispose();
        assertThat(calls.inFlight()).isZero();
        assertThat(calls.errorsInARow(port)).isEqualTo(1);
        balancer.call("one", null, instance -> "well");

        RuntimeException thrown = new IllegalStateException("before there was a Mono");
        assertThat(catchThrowable(() -> balancer.callReactive("one", null, instance -> {
                            throw thrown;
                        })
                        .block()))
                .isSameAs(thrown);
        IOException failed = new IOException("broken off");
        assertThat(catchThrowable(() -> balancer.callReactive("one", null, instance -> Mono.error(failed))
                        .block()))
                .hasCause(failed);
        assertThat(calls.inFlight()).isZero();
        assertThat(calls.errorsInARow(port)).isEqualTo(1);
        balancer.call("one", null, instance -> "well");
    }

    @Test
    void withoutAnInstanceTheReasonIsThrownAndNothingIsCalled() {
        for (Map.Entry<String, String> reason : Map.of(
                        "absent", "absent",
                        "strict", "key")
                .entrySet()) {
            assertThatThrownBy(() -> balancer.call(reason.getKey(), null, CallsByHandTest::uncalled))
                    .isInstanceOf(NoInstanceException.class)
                    .hasMessageContaining(reason.getValue());
            assertThatThrownBy(() -> balancer.callReactive(reason.getKey(), null, CallsByHandTest::uncalled)
                            .block())
                    .isInstanceOf(NoInstanceException.class)
                    .hasMessageContaining(reason.getValue());
        }
        String message = catchThrowable(() -> balancer.choose("strict")).getMessage();
        assertThatThrownBy(() -> balancer.call("strict", null, CallsByHandTest::uncalled))
                .hasMessage(message);
    }

    @Test
    void theServicesOfOtherRegistriesAreCountedToo() throws Exception {
        List<Integer> tried = new CopyOnWriteArrayList<>();
        ZkLoadBalancer.Attempts attempts = balancer.attempts("elsewhere", null);
        for (int i = 0; i < 2; i++) {
            Integer inFlight = attempts.call(instance -> {
                tried.add(instance.getPort());
                return calls("elsewhere").inFlight(instance.getPort());
            });
            assertThat(inFlight).isEqualTo(1);
        }
        assertThat(tried).containsExactlyInAnyOrder(1001, 1002);
        assertThat(reactiveTries("elsewhere", null, 1)).containsExactlyInAnyOrder(1001, 1002);
        assertThat(calls("elsewhere").inFlight()).isZero();
    }

    private static List<Integer> reactiveTries(String service, @Nullable String key, int retries) {
        List<Integer> tried = new CopyOnWriteArrayList<>();
        Mono<String> failing = balancer.callReactive(service, key, instance -> {
            tried.add(instance.getPort());
            return Mono.error(new IOException("broken off"));
        });
        assertThatThrownBy(() -> failing.retry(retries).block()).hasCauseInstanceOf(IOException.class);
        return List.copyOf(tried);
    }

    private static <T> T uncalled(ServiceInstance instance) {
        throw new AssertionError("called " + instance);
    }

    private static Object fail(Throwable error) throws Exception {
        if (error instanceof Error e) {
            throw e;
        }
        throw (Exception) error;
    }

    private static String connect(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return Objects.toString(socket);
        }
    }

    private static AccountedCalls calls(String service) {
        return AccountedCalls.of(consumer.context(), service);
    }
}

package io.github.zklb.springcloud.feign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import feign.Client;
import feign.FeignException;
import feign.Request;
import feign.Response;
import feign.RetryableException;
import feign.Retryer;
import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.springcloud.GatedServer;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.FeignClientBuilder;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;

/** What is OpenFeign's own: the ends of a call that a user's client brings, and Feign's Retryer. */
class FeignTest {

    private static final List<Provider> providers = new ArrayList<>();
    private static final List<String> visits = new CopyOnWriteArrayList<>();
    private static InProcessZooKeeper zookeeper;
    private static GatedServer server;
    private static Consumer consumer;
    private static AccountedCalls calls;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = new GatedServer();
        for (String name : List.of("a", "b", "c", "d")) {
            Provider provider = Provider.start("busy", name, zookeeper.connectString(), 1);
            provider.answersWith(503, Map.of("Retry-After", "0"));
            provider.onRequest(visits::add);
            providers.add(provider);
        }
        consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {UsersDelegate.class},
                "spring.cloud.openfeign.client.config.default.read-timeout=2000",
                "zk-lb.services.busy.strategy=random");
        consumer.registry()
                .register("orders", Endpoint.of("127.0.0.1", server.port()))
                .join();
        await().until(() -> consumer.choosePort("orders", null).isPresent());
        calls = AccountedCalls.of(consumer.context(), "orders");
    }

    @AfterAll
    static void stop() {
        consumer.close();
        providers.forEach(Provider::close);
        server.close();
        zookeeper.close();
    }

    @BeforeEach
    void forgetErrors() {
        UsersDelegate.thrown = null;
        server.closeGate();
        orders(consumer).status(200);
        assertThat(calls.errorsInARow(server.port())).isZero();
    }

    @AfterEach
    void nothingIsInFlight() {
        server.openGate();
        assertThat(calls.inFlight()).isZero();
    }

    @ParameterizedTest
    @ValueSource(classes = {AssertionError.class, NoClassDefFoundError.class, IllegalArgumentException.class})
    void whatIsTheCallersOwnEndsTheCallAndSaysNothingOfTheInstance(Class<? extends Throwable> type) throws Exception {
        Throwable error = type.getConstructor().newInstance();
        UsersDelegate.thrown = error;
        assertThat(catchThrowable(() -> orders(consumer).status(200))).isSameAs(error);
        assertThat(calls.errorsInARow(server.port())).isZero();
    }

    @Test
    void aConnectionThatBreaksOffAndATimeOutSpeakAgainstTheInstance() {
        UsersDelegate.thrown = new IOException("broken off");
        assertThatThrownBy(() -> orders(consumer).status(200)).isInstanceOf(RetryableException.class);
        assertThat(calls.errorsInARow(server.port())).isEqualTo(1);

        UsersDelegate.thrown = null;
        Request.Options impatient = new Request.Options(1, TimeUnit.SECONDS, 100, TimeUnit.MILLISECONDS, true);
        assertThatThrownBy(() -> orders(consumer).gate(impatient))
                .isInstanceOf(RetryableException.class)
                .hasMessageContaining("timed out");
        assertThat(calls.errorsInARow(server.port())).isEqualTo(2);
    }

    @Test
    void anInterruptSaysNothingOfTheInstance() throws Exception {
        UsersDelegate.thrown = new IOException("interrupted");
        Thread caller = new Thread(() -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> orders(consumer).status(200)).isInstanceOf(RetryableException.class);
        });
        caller.start();
        caller.join(20_000);
        assertThat(calls.errorsInARow(server.port())).isZero();
    }

    @Test
    void aBodyThatIsNeverReadIsInFlightUntilItIsClosed() {
        try (Response unread = orders(consumer).stream()) {
            assertThat(unread.status()).isEqualTo(200);
            assertThat(calls.inFlight()).isEqualTo(1);
        }
        assertThat(calls.inFlight()).isZero();
    }

    @Test
    void aFixedUrlIsNotBalancedAndNotCounted() {
        UsersDelegate.inFlight = -1;
        Orders fixed = new FeignClientBuilder(consumer.context())
                .forType(Orders.class, "fixed")
                .url("http://127.0.0.1:" + server.port())
                .build();
        fixed.status(200);
        assertThat(UsersDelegate.inFlight).isZero();
        orders(consumer).status(200);
        assertThat(UsersDelegate.inFlight).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void feignsRetryerGoesElsewhereEachTimeAndBeginsAnewWithTheNextRequest(String springRetries) {
        try (Consumer retrying = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {ThreeAttempts.class},
                "zk-lb.strategy=random",
                "spring.cloud.loadbalancer.retry.enabled=" + springRetries,
                "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=0")) {
            List<String> firsts = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                List<String> visited = visits(retrying, "anybody");
                assertThat(visited).hasSize(3).doesNotHaveDuplicates();
                firsts.add(visited.get(0));
            }
            assertThat(firsts).contains("a", "b", "c", "d");
        }
    }

    @Test
    void feignsRetryerOverSpringsRetriesMeetsNoInstanceTwice() {
        try (Consumer retrying = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {TwoAttempts.class},
                "zk-lb.strategy=random",
                "spring.cloud.loadbalancer.retry.enabled=true",
                "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=1",
                "spring.cloud.loadbalancer.retry.retryable-status-codes=503")) {
            for (int i = 0; i < 10; i++) {
                assertThat(visits(retrying, "anybody")).containsExactlyInAnyOrder("a", "b", "c", "d");
            }
        }
    }

    @Test
    void feignsRetryerTakesAKeyToItsNextInstances() {
        try (Consumer retrying = Consumer.start(
                        zookeeper.connectString(),
                        new Class<?>[] {ThreeAttempts.class},
                        "zk-lb.strategy=consistent-hash",
                        "zk-lb.consistent-hash.key=header:user");
                Consumer springs = Consumer.start(
                        zookeeper.connectString(),
                        "zk-lb.strategy=consistent-hash",
                        "zk-lb.consistent-hash.key=header:user",
                        "spring.cloud.loadbalancer.retry.enabled=true",
                        "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=2",
                        "spring.cloud.loadbalancer.retry.retryable-status-codes=503")) {
            for (String user : List.of("ann", "bob", "eve")) {
                visits.clear();
                assertThatThrownBy(() -> springs.get(Consumer.Client.REST_CLIENT, "http://busy/", Map.of("user", user)))
                        .isNotNull();
                List<String> order = List.copyOf(visits);
                assertThat(order).hasSize(3);
                assertThat(visits(retrying, user)).isEqualTo(order);
                assertThat(visits(retrying, user)).isEqualTo(order);
            }
        }
    }

    private static List<String> visits(Consumer consumer, String user) {
        visits.clear();
        Busy busy = new FeignClientBuilder(consumer.context())
                .forType(Busy.class, "busy")
                .build();
        assertThatThrownBy(() -> busy.get(user))
                .isInstanceOfSatisfying(
                        FeignException.class,
                        error -> assertThat(error.status()).isEqualTo(503));
        return List.copyOf(visits);
    }

    private static Orders orders(Consumer consumer) {
        return new FeignClientBuilder(consumer.context())
                .forType(Orders.class, "orders")
                .build();
    }

    interface Orders {
        @GetMapping("/status/{code}")
        void status(@PathVariable("code") int code);

        @GetMapping("/gate")
        String gate(Request.Options options);

        @GetMapping("/stream")
        Response stream();
    }

    interface Busy {
        @GetMapping("/")
        String get(@RequestHeader("user") String user);
    }

    @Configuration(proxyBeanMethods = false)
    static class ThreeAttempts {
        @Bean
        Retryer retryer() {
            return new Retryer.Default(1, 1, 3);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoAttempts {
        @Bean
        Retryer retryer() {
            return new Retryer.Default(1, 1, 2);
        }
    }

    /** The stock client around a client of the user's own, as the documentation of OpenFeign has it. */
    @Configuration(proxyBeanMethods = false)
    static class UsersDelegate {

        static volatile @Nullable Throwable thrown;
        static volatile long inFlight;

        @Bean
        Client usersFeignClient(
                LoadBalancerClient balancer,
                LoadBalancerClientFactory factory,
                List<LoadBalancerFeignRequestTransformer> transformers) {
            Client java = new Client.Default(null, null);
            Client delegate = (request, options) -> {
                inFlight = calls == null ? 0 : calls.inFlight();
                if (thrown instanceof IOException broken) {
                    throw broken;
                }
                if (thrown instanceof Error error) {
                    throw error;
                }
                if (thrown instanceof RuntimeException error) {
                    throw error;
                }
                return java.execute(request, options);
            };
            return new FeignBlockingLoadBalancerClient(delegate, balancer, factory, transformers);
        }
    }
}

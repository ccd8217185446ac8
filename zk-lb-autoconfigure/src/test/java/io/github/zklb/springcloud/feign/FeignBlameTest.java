package io.github.zklb.springcloud.feign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import feign.Client;
import feign.Feign;
import feign.FeignException;
import feign.Request;
import feign.RequestInterceptor;
import feign.RequestLine;
import feign.Response;
import feign.RetryableException;
import feign.Retryer;
import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.springcloud.GatedServer;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.cloud.client.loadbalancer.LoadBalancedRetryFactory;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.FeignClientBuilder;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;
import org.springframework.cloud.openfeign.loadbalancer.RetryableFeignBlockingLoadBalancerClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

/**
 * What a user's interceptors do, and what the client does that the user gives OpenFeign to send with, speaks against the
 * instance only if it is the request to the instance that fails.
 */
@Timeout(60)
@SuppressWarnings("NullAway") // what a test has prepared is there
class FeignBlameTest {

    /** Where nobody listens. */
    private static final String CLOSED = "http://127.0.0.1:1";

    private static final Map<Boolean, Consumer> consumers = new HashMap<>();
    private static InProcessZooKeeper zookeeper;
    private static GatedServer server;
    private static GatedServer tokens;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = new GatedServer();
        tokens = new GatedServer();
        for (boolean retries : List.of(false, true)) {
            Consumer consumer = Consumer.start(
                    zookeeper.connectString(),
                    new Class<?>[] {UsersDelegate.class},
                    "spring.cloud.loadbalancer.retry.enabled=" + retries,
                    "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=0");
            consumers.put(retries, consumer);
            register(consumer, "orders", server.port());
            register(consumer, "closed", 1);
        }
    }

    @AfterAll
    static void stop() {
        consumers.values().forEach(Consumer::close);
        server.close();
        tokens.close();
        zookeeper.close();
    }

    static Stream<Arguments> troubles() {
        return Arrays.stream(Trouble.values())
                .flatMap(trouble -> Stream.of(Arguments.of(trouble, false), Arguments.of(trouble, true)));
    }

    @ParameterizedTest
    @MethodSource("troubles")
    void whatAnInterceptorDoesIsOutsideOfTheCall(Trouble trouble, boolean retries) {
        AccountedCalls calls = haveOneError(retries);
        for (Retryer retryer : List.of(Retryer.NEVER_RETRY, new Retryer.Default(1, 1, 2))) {
            assertThat(failure(retries, "orders", retryer, template -> trouble.fails()))
                    .isInstanceOf(RuntimeException.class);
        }
        assertThat(calls.errorsInARow(server.port())).isEqualTo(1);
        assertThat(calls.inFlight()).isZero();
    }

    @ParameterizedTest
    @MethodSource("troubles")
    void whatAnotherClientFailsAtWithinTheUsersOwnSaysNothingOfTheInstance(Trouble trouble, boolean retries) {
        AccountedCalls calls = haveOneError(retries);
        for (Retryer retryer : List.of(Retryer.NEVER_RETRY, new Retryer.Default(1, 1, 2))) {
            UsersDelegate.delegate = (request, options) -> {
                trouble.fails();
                throw new AssertionError();
            };
            assertThat(failure(retries, "orders", retryer, template -> {})).isInstanceOf(RuntimeException.class);
        }
        assertThat(calls.errorsInARow(server.port())).isEqualTo(1);
        assertThat(calls.inFlight()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInstanceThatRefusesCountsOnceForEachAttempt(boolean retries) {
        AccountedCalls calls = AccountedCalls.of(consumers.get(retries).context(), "closed");
        int before = calls.errorsInARow(1);
        assertThat(failure(retries, "closed", new Retryer.Default(1, 1, 3), template -> {}))
                .isInstanceOf(RetryableException.class);
        assertThat(calls.errorsInARow(1)).isEqualTo(before + 3);
    }

    /** Whatever the users' own client throws for the request that it is given. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anotherClientThatSendsTheRequestToTheInstanceNamesIt(boolean retries) {
        AccountedCalls calls = AccountedCalls.of(consumers.get(retries).context(), "closed");
        int before = calls.errorsInARow(1);
        UsersDelegate.delegate = (request, options) -> {
            RestClient.create().get().uri(URI.create(request.url())).retrieve().toBodilessEntity();
            throw new AssertionError();
        };
        assertThat(failure(retries, "closed", Retryer.NEVER_RETRY, template -> {}))
                .isInstanceOf(ResourceAccessException.class);
        assertThat(calls.errorsInARow(1)).isEqualTo(before + 1);
    }

    private static AccountedCalls haveOneError(boolean retries) {
        UsersDelegate.delegate = null;
        Orders orders = orders(retries, "orders", Retryer.NEVER_RETRY, template -> {});
        orders.well();
        assertThat(catchThrowable(orders::unavailable)).isInstanceOf(FeignException.ServiceUnavailable.class);
        AccountedCalls calls = AccountedCalls.of(consumers.get(retries).context(), "orders");
        assertThat(calls.errorsInARow(server.port())).isEqualTo(1);
        return calls;
    }

    private static Throwable failure(boolean retries, String service, Retryer retryer, RequestInterceptor interceptor) {
        try {
            return Objects.requireNonNull(catchThrowable(
                    () -> orders(retries, service, retryer, interceptor).well()));
        } finally {
            UsersDelegate.delegate = null;
        }
    }

    private static Orders orders(boolean retries, String service, Retryer retryer, RequestInterceptor interceptor) {
        return new FeignClientBuilder(consumers.get(retries).context())
                .forType(Orders.class, service)
                .customize(builder -> builder.retryer(retryer).requestInterceptor(interceptor))
                .build();
    }

    private static void register(Consumer consumer, String service, int port) {
        consumer.registry().register(service, Endpoint.of("127.0.0.1", port)).join();
        await().until(() -> consumer.choosePort(service, null).isPresent());
    }

    /** What can go wrong where a token is fetched. */
    private enum Trouble {
        CLOSED_BY_FEIGN {
            @Override
            void fails() {
                Feign.builder()
                        .retryer(Retryer.NEVER_RETRY)
                        .target(TokenServer.class, CLOSED)
                        .token();
            }
        },
        CLOSED_BY_REST_CLIENT {
            @Override
            void fails() {
                RestClient.create(CLOSED).get().retrieve().toBodilessEntity();
            }
        },
        UNAVAILABLE_BY_FEIGN {
            @Override
            void fails() {
                Feign.builder()
                        .target(TokenServer.class, "http://127.0.0.1:" + tokens.port() + "/status/503")
                        .token();
            }
        },
        UNAVAILABLE_BY_REST_CLIENT {
            @Override
            void fails() {
                RestClient.create("http://127.0.0.1:" + tokens.port() + "/status/503")
                        .get()
                        .retrieve()
                        .toBodilessEntity();
            }
        };

        abstract void fails();
    }

    interface TokenServer {
        @RequestLine("GET ")
        void token();
    }

    interface Orders {
        @GetMapping("/status/200")
        void well();

        @GetMapping("/status/503")
        void unavailable();
    }

    /** The stock client around a client of the user's own. */
    @Configuration(proxyBeanMethods = false)
    static class UsersDelegate {

        static volatile @Nullable Client delegate;

        @Bean
        Client usersFeignClient(
                LoadBalancerClient balancer,
                LoadBalancerClientFactory factory,
                List<LoadBalancerFeignRequestTransformer> transformers,
                LoadBalancedRetryFactory retries,
                @Value("${spring.cloud.loadbalancer.retry.enabled}") boolean retried) {
            return retried
                    ? new RetryableFeignBlockingLoadBalancerClient(
                            UsersDelegate::send, balancer, retries, factory, transformers)
                    : new FeignBlockingLoadBalancerClient(UsersDelegate::send, balancer, factory, transformers);
        }

        private static Response send(Request request, Request.Options options) throws IOException {
            Client own = delegate;
            return (own == null ? new Client.Default(null, null) : own).execute(request, options);
        }
    }
}

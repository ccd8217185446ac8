package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import java.net.URI;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancedExchangeFilterFunction;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Mono;

/**
 * A service without an instance is to WebClient a response of status 503 that says why. Whoever is told of requests hears
 * that they were discarded.
 */
class UnavailableTest {

    private static final String REASON = "no such service yet: ZooKeeper at ";

    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterAll
    static void stop() {
        zookeeper.close();
    }

    @AfterEach
    void forget() {
        Told.events.clear();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWebClientGetsAResponseThatSaysWhy(boolean retries) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                "spring.cloud.loadbalancer.retry.enabled=" + retries,
                "spring.cloud.loadbalancer.retry.retryable-status-codes=503")) {
            assertAnswer(consumer);
        }
    }

    @Test
    void itsErrorIsTheUsualOneWithTheReason() {
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThatExceptionOfType(WebClientResponseException.ServiceUnavailable.class)
                    .isThrownBy(() -> consumer.get(Client.WEB_CLIENT, "http://absent/a", Map.of()))
                    .withMessageStartingWith("503 " + REASON)
                    .withMessageEndingWith(" from GET http://absent/a")
                    .satisfies(error ->
                            assertThat(error.getResponseBodyAs(String.class)).startsWith(REASON))
                    .withCauseInstanceOf(NoInstanceException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anErrorOfWhatIsSentStaysWhatItIs(boolean retries) throws Exception {
        try (Consumer consumer =
                Consumer.start(zookeeper.connectString(), "spring.cloud.loadbalancer.retry.enabled=" + retries)) {
            consumer.registry()
                    .register("orders", Endpoint.of("10.0.0.1", 8080))
                    .get(60, TimeUnit.SECONDS);
            NoInstanceException other = new NoInstanceException("of another service");
            LoadBalancedExchangeFilterFunction filter =
                    consumer.context().getBean(LoadBalancedExchangeFilterFunction.class);
            ClientRequest request = ClientRequest.create(HttpMethod.GET, URI.create("http://orders/"))
                    .build();
            assertThatExceptionOfType(NoInstanceException.class)
                    .isThrownBy(() ->
                            filter.filter(request, sent -> Mono.error(other)).block())
                    .isSameAs(other);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLifecycleIsToldThatARequestWasDiscarded(boolean retries) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {Told.class},
                "spring.cloud.loadbalancer.retry.enabled=" + retries)) {
            assertAnswer(consumer);
            assertThat(Told.events).containsExactly("start", "DISCARD");
        }
    }

    @Test
    void aLifecycleIsToldOfBlockingClientsToo() {
        try (Consumer consumer = Consumer.start(zookeeper.connectString(), new Class<?>[] {Told.class})) {
            assertThatExceptionOfType(NoInstanceException.class)
                    .isThrownBy(() -> consumer.get("http://absent/"))
                    .withMessageStartingWith(REASON);
            assertThat(Told.events).containsExactly("start", "DISCARD");
        }
    }

    private static void assertAnswer(Consumer consumer) {
        ResponseEntity<String> response = webClient(consumer)
                .get()
                .uri("http://absent/")
                .exchangeToMono(answer -> answer.toEntity(String.class))
                .block();
        assertThat(response).isNotNull();
        assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(response.getBody()).startsWith(REASON);
    }

    private static WebClient webClient(Consumer consumer) {
        return consumer.context()
                .getBean("webClientBuilder", WebClient.Builder.class)
                .build();
    }

    /** An application with a lifecycle. */
    @Configuration(proxyBeanMethods = false)
    static class Told implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

        static final Queue<String> events = new ConcurrentLinkedQueue<>();

        @Override
        public void onStart(Request<Object> request) {
            events.add("start");
        }

        @Override
        public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
            events.add("sent");
        }

        @Override
        public void onComplete(CompletionContext<Object, ServiceInstance, Object> completion) {
            events.add(String.valueOf(completion.status()));
        }
    }
}

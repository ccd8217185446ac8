package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.InProcessZooKeeper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What a lifecycle hears of blocking clients that try again, when there is no instance: of each attempt that it has begun, and
 * once that it was discarded.
 */
class DiscardContractTest {

    private static final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private static final Map<List<String>, Applications> applications = new HashMap<>();
    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();

    @AfterAll
    static void stop() {
        applications.values().forEach(Applications::close);
        zookeeper.close();
    }

    /** The reactive ones get an empty choice, and the rest is Spring's. */
    static Stream<ClientKind> blocking() {
        return Stream.of(
                SpringClient.REST_TEMPLATE,
                SpringClient.REST_CLIENT,
                SpringClient.HTTP_INTERFACE_ON_REST_CLIENT,
                SpringClient.OPEN_FEIGN,
                GatewayClient.ON_WEBMVC);
    }

    @ParameterizedTest
    @MethodSource("blocking")
    void eachAttemptAtARequestIsDiscardedOnce(ClientKind kind) {
        List<String> heard = heard(kind, kind.twoRetries());
        assertThat(heard).contains("start", "DISCARD").doesNotContain("SUCCESS", "FAILED");
        assertThat(Collections.frequency(heard, "DISCARD")).isEqualTo(Collections.frequency(heard, "start"));
    }

    private static List<String> heard(ClientKind kind, List<String> retries) {
        BalancedClient client =
                applications.computeIfAbsent(retries, DiscardContractTest::told).client(kind);
        heard.clear();
        assertThat(Sending.failure(client, "absent", TestRequest.get("/"))).contains("has no node /services/absent");
        return List.copyOf(heard);
    }

    private static Applications told(List<String> retries) {
        List<String> properties = new ArrayList<>(retries);
        properties.add("spring.main.sources=" + Told.class.getName());
        return new Applications(zookeeper.connectString(), properties.toArray(String[]::new));
    }

    /** Adds a lifecycle to an application. */
    @Configuration(proxyBeanMethods = false)
    static class Told {

        @Bean
        LoadBalancerLifecycle<Object, Object, ServiceInstance> listener() {
            return new LoadBalancerLifecycle<>() {
                @Override
                public void onStart(Request<Object> request) {
                    heard.add("start");
                }

                @Override
                public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {}

                @Override
                public void onComplete(CompletionContext<Object, ServiceInstance, Object> completion) {
                    heard.add(String.valueOf(completion.status()));
                }
            };
        }
    }
}

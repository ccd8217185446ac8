package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.DefaultRequestContext;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;

/** Requests that lack what a client of Spring's would give, or have too much of it: each gets an instance. */
@SuppressWarnings("NullAway") // null where it must not be is what is tested
class OddRequestsTest {

    private static InProcessZooKeeper zookeeper;
    private static Consumer consumer;
    private static ReactorServiceInstanceLoadBalancer balancer;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.strategy=consistent-hash",
                "zk-lb.consistent-hash.key=header:user,cookie:user,query:user,path:0,method,attribute:user");
        consumer.registry().register("orders", Endpoint.of("127.0.0.1", 80)).join();
        balancer = consumer.context()
                .getBean(LoadBalancerClientFactory.class)
                .getInstance("orders", ReactorServiceInstanceLoadBalancer.class);
        await().until(() -> consumer.choosePort("orders", null).isPresent());
    }

    @AfterAll
    static void stop() {
        consumer.close();
        zookeeper.close();
    }

    @ParameterizedTest
    @MethodSource
    void hasAnInstance(Request<?> request) {
        Response<ServiceInstance> response = balancer.choose(request).block();
        assertThat(response.getServer().getPort()).isEqualTo(80);
    }

    static Stream<Request<?>> hasAnInstance() {
        RequestData empty = new RequestData(HttpMethod.GET, URI.create("http://orders"), null, null, null);
        RequestData full = new RequestData(
                HttpMethod.GET,
                URI.create("http://orders/?user=u&&=&user"),
                new HttpHeaders(),
                new LinkedMultiValueMap<>(Map.of("user", List.of())),
                Map.of());
        RequestData opaque = new RequestData(HttpMethod.GET, URI.create("mailto:orders"), null, null, null);
        return Stream.of(
                new DefaultRequest<>(null),
                new DefaultRequest<>("a context of the user's own"),
                new DefaultRequest<>(new DefaultRequestContext(null)),
                new DefaultRequest<>(new RequestDataContext(null)),
                new DefaultRequest<>(new RequestDataContext(empty)),
                new DefaultRequest<>(new RequestDataContext(full)),
                new DefaultRequest<>(new RequestDataContext(opaque)),
                new DefaultRequest<>(new RetryableRequestContext(null, empty, null)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4_096, 1_000_000})
    void aKeyOfAnyLengthHasAnInstance(int length) {
        HttpHeaders headers = new HttpHeaders();
        headers.set("user", "x".repeat(length));
        RequestData data = new RequestData(HttpMethod.GET, URI.create("http://orders/"), headers, null, null);
        assertThat(balancer.choose(new DefaultRequest<>(new RequestDataContext(data)))
                        .block()
                        .getServer())
                .isNotNull();
        assertThat(consumer.choosePort("orders", "x".repeat(length))).isPresent();
    }
}

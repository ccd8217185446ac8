package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.HintRequestContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestTransformer;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.publisher.Mono;

/** The short path of a request, on which nobody is told of it, does all that the stock one does. */
@SuppressWarnings("NullAway") // a request has headers
class RequestPathTest {

    private static InProcessZooKeeper zookeeper;
    private static Provider provider;
    private static Consumer consumer;

    @BeforeAll
    static void start() throws Exception {
        zookeeper = InProcessZooKeeper.start();
        provider = Provider.start("real", "a", zookeeper.connectString(), 1);
        consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {Application.class},
                "zk-lb.strategy=consistent-hash",
                "zk-lb.consistent-hash.key=bean:seen",
                "zk-lb.services.turns.strategy=round-robin",
                "spring.cloud.loadbalancer.hint.default=green",
                "spring.cloud.loadbalancer.hint.real=blue",
                "spring.cloud.loadbalancer.sticky-session.add-service-instance-cookie=true");
        consumer.registry().register("orders", Endpoint.of("10.0.0.1", 8080)).get(60, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() {
        consumer.close();
        provider.close();
        zookeeper.close();
    }

    @Test
    void whatIsSentIsTheCallersRequestAtTheInstancesAddress() {
        ClientRequest request = ClientRequest.create(HttpMethod.PUT, URI.create("http://orders/a?b=c"))
                .header("X-User-Id", "u")
                .cookie("SESSION", "s")
                .attribute("tenant", "t")
                .build();
        ClientRequest sent = send(request);
        assertThat(sent.url()).hasToString("http://10.0.0.1:8080/a?b=c");
        assertThat(sent.method()).isEqualTo(HttpMethod.PUT);
        assertThat(sent.headers().getFirst("X-User-Id")).isEqualTo("u");
        assertThat(sent.headers().getFirst("X-Transformed")).isEqualTo("10.0.0.1");
        assertThat(sent.cookies()).containsKeys("SESSION", "sc-lb-instance-id");
        assertThat(sent.attributes()).containsEntry("tenant", "t");
        assertThat(sent.logPrefix()).isEqualTo(request.logPrefix());
    }

    @Test
    void whatABlockingClientSendsIsTransformedAtTheInstancesAddress() {
        AtomicReference<HttpRequest> sent = new AtomicReference<>();
        consumer.context()
                .getBean(RestClient.Builder.class)
                .clone()
                .requestInterceptor((request, body, execution) -> {
                    sent.set(request);
                    return execution.execute(request, body);
                })
                .build()
                .get()
                .uri(URI.create("http://real/a?b=c%2Bd"))
                .retrieve()
                .toBodilessEntity();
        HttpRequest request = Objects.requireNonNull(sent.get());
        assertThat(request.getURI()).hasToString("http://127.0.0.1:" + provider.port() + "/a?b=c%2Bd");
        assertThat(request.getHeaders().getFirst("X-Transformed")).isEqualTo("127.0.0.1 127.0.0.1");
        assertThat(request.getHeaders().getFirst("Cookie")).contains("sc-lb-instance-id");
    }

    @Test
    void everyClientGivesTheBalancerTheRequestAndItsHint() {
        for (Client client : Client.values()) {
            Application.hints.clear();
            assertThat(consumer.get(client, "http://real/", Map.of("X-User-Id", "u")))
                    .isEqualTo("a");
            assertThat(Application.hints).as(client.name()).containsExactly("blue u");
        }
    }

    @Test
    void withoutAnInstanceEachClientSaysWhatItAlwaysSays() {
        ClientRequest request = ClientRequest.create(HttpMethod.GET, URI.create("http://nobody/"))
                .build();
        ClientResponse response =
                Objects.requireNonNull(filter().filter(request, next -> Mono.error(new AssertionError("sent")))
                        .block());
        assertThat(response.statusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThatIllegalStateException()
                .isThrownBy(() -> client().execute("nobody", instance -> instance))
                .withMessage("No instances available for nobody");
    }

    @Test
    void byHandThereIsNoInstanceToChooseAndAReasonToExecuteNothing() {
        assertThat(client().choose("absent")).isNull();
        assertThat(client().choose("absent", new DefaultRequest<>("any"))).isNull();
        assertThatExceptionOfType(NoInstanceException.class)
                .isThrownBy(() -> client().execute("absent", instance -> instance))
                .withMessageStartingWith("no such service yet: ZooKeeper at ");
    }

    @Test
    void anExchangeThatIsRepeatedGoesElsewhere() throws Exception {
        for (String host : List.of("10.0.1.1", "10.0.1.2")) {
            consumer.registry().register("turns", Endpoint.of(host, 8080)).get(60, TimeUnit.SECONDS);
        }
        await().until(() -> consumer.registeredPorts("turns").size() == 2);
        ClientRequest request = ClientRequest.create(HttpMethod.GET, URI.create("http://turns/"))
                .build();
        List<String> hosts = new CopyOnWriteArrayList<>();
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> filter().filter(request, sent -> {
                            hosts.add(sent.url().getHost());
                            return Mono.error(new UncheckedIOException(new IOException("refused")));
                        })
                        .retry(1)
                        .block());
        assertThat(hosts).containsExactlyInAnyOrder("10.0.1.1", "10.0.1.2");
    }

    @Test
    void whatASentRequestThrowsReachesTheCaller() {
        IOException refused = new IOException("refused");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> client().execute("orders", failing(refused)))
                .isSameAs(refused);
        assertThatIllegalStateException()
                .isThrownBy(() -> client().execute("orders", failing(new IllegalStateException("wrong"))));
        assertThatExceptionOfType(UndeclaredThrowableException.class)
                .isThrownBy(() -> client().execute("orders", failing(new ReflectiveOperationException("checked"))));
    }

    private static LoadBalancerRequest<Object> failing(Exception error) {
        return instance -> {
            throw error;
        };
    }

    private static ClientRequest send(ClientRequest request) {
        AtomicReference<ClientRequest> sent = new AtomicReference<>();
        filter().filter(request, toInstance -> {
                    sent.set(toInstance);
                    return Mono.just(ClientResponse.create(HttpStatus.OK).build());
                })
                .block();
        return Objects.requireNonNull(sent.get());
    }

    private static ReactorLoadBalancerExchangeFilterFunction filter() {
        return consumer.context().getBean(ReactorLoadBalancerExchangeFilterFunction.class);
    }

    private static org.springframework.cloud.client.loadbalancer.LoadBalancerClient client() {
        return consumer.context().getBean(org.springframework.cloud.client.loadbalancer.LoadBalancerClient.class);
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "nobody", configuration = Nobody.class)
    static class Application {

        static final Queue<String> hints = new ConcurrentLinkedQueue<>();

        @Bean
        HashKeyResolver seen() {
            return request -> {
                if (request.getContext() instanceof RequestDataContext context && context.getClientRequest() != null) {
                    String user = context.getClientRequest().getHeaders().getFirst("X-User-Id");
                    hints.add(((HintRequestContext) context).getHint() + " " + user);
                }
                return "key";
            };
        }

        @Bean
        LoadBalancerRequestTransformer blockingTransformer() {
            return (request, instance) -> {
                request.getHeaders()
                        .set(
                                "X-Transformed",
                                instance.getHost() + ' ' + request.getURI().getHost());
                return request;
            };
        }

        @Bean
        LoadBalancerClientRequestTransformer transformer() {
            return (request, instance) -> ClientRequest.from(request)
                    .header("X-Transformed", instance.getHost())
                    .build();
        }
    }

    /** A balancer that never has an instance. */
    static class Nobody {

        @Bean
        ReactorServiceInstanceLoadBalancer nobody() {
            return request -> Mono.just(new EmptyResponse());
        }
    }
}

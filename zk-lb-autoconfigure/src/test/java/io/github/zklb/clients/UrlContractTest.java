package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.clients.ConsumerApplication.FeignInterface;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Gateway;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.RequestLines;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.cloud.openfeign.FeignClientBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.client.RestClient;

/** What a server is asked for is what the caller has asked for, byte for byte, whichever client it uses. */
@Timeout(120)
@SuppressWarnings("NullAway") // the map of applications has each
class UrlContractTest {

    private static final List<String> TARGETS = List.of(
            "/",
            "/?",
            "/a?",
            "/a//b",
            "//a///b/",
            "/a?b=%2B=",
            "/a?messageIds=%3CHello=World@mail.example%3E",
            "/a%20b/%C3%A4?q=%C3%A4",
            "/a;v=1;w=%3B/b?x=1+2&y=%2B&x=3",
            "/a?q=%7B1%7d&url=http://b/c?d",
            "/a:b@c,d!$&'()*+=~_-./.b?/?:@!$&'()*+,;=");

    private static final List<String> REFUSED_BY_TOMCAT = List.of("/a%2Fb/%c3%a4?q=%e4", "/a?a&b&=c");
    private static final List<String> NO_ASCII = List.of("/ä%2B?b=%2B=ü", "/ä?ö=ü");

    private static final Map<How, Applications> applications = new EnumMap<>(How.class);
    private static InProcessZooKeeper zookeeper;
    private static RequestLines server;

    /** What decides which way a request takes through Spring's code and ours. */
    private enum How {
        AT_ONCE("spring.cloud.loadbalancer.stats.micrometer.enabled=false"),
        WITH_LIFECYCLES("spring.cloud.loadbalancer.stats.micrometer.enabled=true"),
        WITH_RETRIES("spring.cloud.loadbalancer.retry.enabled=true");

        private final String property;

        How(String property) {
            this.property = property;
        }
    }

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = RequestLines.start();
        for (How how : How.values()) {
            applications.put(how, new Applications(zookeeper.connectString(), how.property));
        }
        applications.values().forEach(running -> running.context(SpringClient.REST_CLIENT));
        application()
                .getBean(EndpointRegistry.class)
                .register("orders", Endpoint.of("127.0.0.1", server.port()))
                .join();
        applications
                .values()
                .forEach(running -> await().until(() -> running.context(SpringClient.REST_CLIENT)
                        .getBean(ZkLoadBalancer.class)
                        .choose("orders")
                        .isPresent()));
    }

    @AfterAll
    static void stop() {
        applications.values().forEach(Applications::close);
        server.close();
        zookeeper.close();
    }

    static Stream<Arguments> clients() {
        return Stream.of(SpringClient.values())
                .filter(kind -> !kind.title().endsWith("by hand"))
                .flatMap(kind -> Stream.of(How.values()).map(how -> Arguments.of(kind, how)));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aClientAsksForWhatItsCallerDoes(SpringClient kind, How how) throws Exception {
        for (String target : all(TARGETS, REFUSED_BY_TOMCAT, NO_ASCII)) {
            applications.get(how).client(kind).send("orders", TestRequest.get(target));
            String sent = server.nextTarget();
            assertThat(sent)
                    .isEqualTo(
                            switch (kind) {
                                case REST_CLIENT -> ofJavasClient(target);
                                case OPEN_FEIGN -> ofFeign(target);
                                default -> target;
                            });
        }
    }

    /** Java's own client leaves out a query that is empty and encodes what is not ASCII, balanced or not. */
    private static String ofJavasClient(String target) {
        RestClient.builder()
                .requestFactory(new JdkClientHttpRequestFactory())
                .build()
                .get()
                .uri(direct(target))
                .retrieve()
                .toBodilessEntity();
        String sent = server.nextTarget();
        assertThat(sent).isEqualTo(withoutEmptyQuery(URI.create(target).toASCIIString()));
        return sent;
    }

    /** Feign itself puts parameters of one name together and leaves out what it takes for empty, balanced or not. */
    private static String ofFeign(String target) {
        new FeignClientBuilder(application())
                .forType(FeignInterface.class, "direct")
                .url("http://127.0.0.1:" + server.port())
                .build()
                .get(direct(target), new LinkedMultiValueMap<>());
        String sent = server.nextTarget();
        if (target.startsWith("/a?b=%2B=") || target.startsWith("/a?messageIds=")) {
            assertThat(sent).isEqualTo(target);
        }
        return sent;
    }

    /** A gateway on WebMVC does not know of an empty query, and Tomcat refuses much that is valid. */
    @ParameterizedTest
    @EnumSource
    void aGatewayAsksForWhatItsCallerDoesUnlessAFilterChangesIt(Gateway gateway) {
        try (ConfigurableApplicationContext context = gateway.start(
                zookeeper.connectString(),
                gateway.property("routes[0].predicates[0]") + "=Path=/orders/kept/**",
                gateway.property("routes[0].filters[0]") + "=AddRequestHeader=X-Any,1",
                gateway.property("routes[1].id") + "=changed",
                gateway.property("routes[1].uri") + "=lb://orders",
                gateway.property("routes[1].order") + "=-1",
                gateway.property("routes[1].predicates[0]") + "=Path=/orders/changed/**",
                gateway.property("routes[1].filters[0]") + "=AddRequestParameter=b,2")) {
            int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
            for (String target : gateway == Gateway.WEBFLUX ? all(TARGETS, REFUSED_BY_TOMCAT) : TARGETS) {
                RequestLines.get(port, "/orders/kept" + target);
                assertThat(server.nextTarget())
                        .isEqualTo("/orders/kept" + (gateway == Gateway.WEBFLUX ? target : withoutEmptyQuery(target)));
            }
            RequestLines.get(port, "/orders/changed/a?a=1");
            assertThat(server.nextTarget()).isEqualTo("/orders/changed/a?a=1&b=2");
        }
    }

    @SafeVarargs
    private static List<String> all(List<String>... targets) {
        return Stream.of(targets).flatMap(List::stream).toList();
    }

    private static String withoutEmptyQuery(String target) {
        return target.endsWith("?") ? target.substring(0, target.length() - 1) : target;
    }

    private static URI direct(String target) {
        return URI.create("http://127.0.0.1:" + server.port() + target);
    }

    private static ConfigurableApplicationContext application() {
        return applications.get(How.AT_ONCE).context(SpringClient.REST_CLIENT);
    }
}

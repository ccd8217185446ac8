package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpMethod;

/**
 * Each cell of {@link KeySourceTable}. Where it says yes, each key goes where {@code ZkLoadBalancer} sends it, with
 * distractors around it; where it says no, the request has no key, and is refused as the settings say.
 */
class KeySourceTableTest {

    private static final KeySourceTable TABLE = new KeySourceTable();
    private static final Map<String, Source> SOURCES = new LinkedHashMap<>();
    private static final List<Provider> providers = new ArrayList<>();
    private static InProcessZooKeeper zookeeper;
    private static Applications applications;
    private static Applications retrying;

    static {
        TestRequest plain = TestRequest.get("/v1/any/items");
        SOURCES.put("header:NAME", new Source("header:X-User", key -> plain.withHeader("X-User", key)));
        SOURCES.put(
                "cookie:NAME",
                new Source(
                        "cookie:USER",
                        key -> plain.withCookie("A", "1")
                                .withCookie("USER", key)
                                .withCookie("B", "2")));
        SOURCES.put(
                "query:NAME",
                new Source("query:user", key -> plain.withQuery("a", "b").withQuery("user", key)));
        SOURCES.put("path", new Source("path", key -> TestRequest.get(key)));
        SOURCES.put("path:N", new Source("path:1", key -> TestRequest.get("/v1/" + key + "/items")));
        SOURCES.put("method", new Source("method", key -> plain.withMethod(HttpMethod.valueOf(key))));
        SOURCES.put("attribute:NAME", new Source("attribute:user", key -> plain.withAttribute("user", key)));
        SOURCES.put("bean:NAME", new Source("bean:byTenant", key -> plain.withHeader("X-Tenant", key)));
    }

    /** A key source, and the request that has a key there. */
    private record Source(String property, Function<String, TestRequest> request) {}

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        for (int i = 0; i < 5; i++) {
            providers.add(Provider.start("orders", "p" + i, zookeeper.connectString(), 1));
        }
        List<String> properties = new ArrayList<>();
        SOURCES.forEach((head, source) -> {
            String service = service(head);
            properties.add("spring.cloud.zookeeper.dependencies." + service + ".path=/orders");
            properties.add("zk-lb.services." + service + ".strategy=consistent-hash");
            properties.add("zk-lb.services." + service + ".consistent-hash.key=header:None," + source.property());
            properties.add("zk-lb.services." + service + ".consistent-hash.when-missing=fail");
        });
        applications = new Applications(zookeeper.connectString(), properties.toArray(String[]::new));
        properties.add("spring.cloud.loadbalancer.retry.enabled=true");
        retrying = new Applications(zookeeper.connectString(), properties.toArray(String[]::new));
        ClientKinds.all().forEach(applications::context);
        retrying.context(SpringClient.REST_CLIENT);
    }

    @AfterAll
    static void stop() {
        applications.close();
        retrying.close();
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    static Stream<Arguments> cells() {
        return cells(ClientKinds.all().stream());
    }

    @ParameterizedTest
    @MethodSource("cells")
    void isAsTheTableSays(ClientKind kind, String head) {
        holds(applications, kind, head);
    }

    /** Spring builds other requests then. Those that retry by another setting are the same with this one. */
    static Stream<Arguments> cellsOfThoseThatRetry() {
        return cells(Stream.of(SpringClient.values())
                .filter(kind -> !kind.twoRetries().isEmpty()));
    }

    @ParameterizedTest
    @MethodSource("cellsOfThoseThatRetry")
    void isAsTheTableSaysWithRetries(ClientKind kind, String head) {
        holds(retrying, kind, head);
    }

    private static Stream<Arguments> cells(Stream<? extends ClientKind> kinds) {
        return kinds.flatMap(kind -> SOURCES.keySet().stream().map(source -> Arguments.of(kind, source)));
    }

    private static void holds(Applications running, ClientKind kind, String head) {
        Source source = SOURCES.get(head);
        assertThat(source).isNotNull();
        if (TABLE.works(kind, head)) {
            for (String key : keys(head)) {
                TestRequest request = source.request().apply(key);
                assertThat(Sending.send(running.client(kind), service(head), request)
                                .provider())
                        .as(key)
                        .isEqualTo(owner(running.context(kind), service(head), key));
            }
        } else {
            TestRequest request = source.request().apply(keys(head).get(0));
            assertThat(Sending.failure(running.client(kind), service(head), request))
                    .contains("has no hash key in any of")
                    .contains(source.property());
        }
    }

    @Test
    void theDocumentationShowsTheSameTable() throws Exception {
        assertThat(Files.readString(Path.of("..", "docs", "clients.md"))).contains(KeySourceTable.TABLE);
    }

    private static List<String> keys(String head) {
        if (head.equals("method")) {
            return List.of("GET", "POST", "PUT", "DELETE");
        }
        String before = head.equals("path") ? "/" : "";
        return Stream.iterate(0, i -> i + 1)
                .limit(20)
                .map(i -> before + "user" + i)
                .toList();
    }

    private static String service(String head) {
        return "by-" + head.replace(":", "-").toLowerCase(Locale.ROOT);
    }

    private static String owner(ConfigurableApplicationContext context, String service, String key) {
        ZkLoadBalancer balancer = context.getBean(ZkLoadBalancer.class);
        int port = balancer.choose(service, key).orElseThrow().getPort();
        return providers.stream()
                .filter(provider -> provider.port() == port)
                .map(Provider::name)
                .findFirst()
                .orElseThrow();
    }
}

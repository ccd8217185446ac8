package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TestServers;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Whoever may write a service's directory chooses the ids of its instances, among all that ZooKeeper takes for the name of
 * a node. Spring writes them into cookies and, where it keeps statistics, into meters.
 */
class HostileIdsTest {

    private static final List<String> IDS = List.of(
            "plain-1",
            "a; sc-lb-instance-id=plain-1",
            "a;Domain=evil, b=c",
            "\"quoted\\\" and more",
            "a%0d%0aX-Evil: 1",
            " \u00e4\u20ac\u00a0",
            "x\u2028X-Evil: 1");
    private static final String COOKIE = "sc-lb-instance-id=[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]+";
    private static final int ROUNDS = 2;

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final List<DisposableServer> servers = new ArrayList<>();

    @BeforeAll
    static void serve() {
        for (int i = 0; i < IDS.size(); i++) {
            String number = String.valueOf(i);
            servers.add(TestServers.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((request, response) -> response.sendString(Mono.just(number + " " + oddities(request))))
                    .bindNow());
        }
    }

    @AfterAll
    static void stop() {
        servers.forEach(DisposableServer::disposeNow);
        zookeeper.close();
    }

    /** With statistics there is a lifecycle, and Spring's own code writes the cookie of WebClient too. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneCookieIsSentThatFindsItsInstanceAgain(boolean statistics) {
        try (Consumer consumer = start(statistics)) {
            for (Client client : Client.values()) {
                Map<String, Integer> answers =
                        Shares.of(ROUNDS * IDS.size(), () -> consumer.get(client, "http://cookied/", Map.of()));
                assertThat(answers.keySet()).hasSameSizeAs(IDS).allMatch(answer -> answer.matches("\\d " + COOKIE));
                for (String answer : answers.keySet()) {
                    Map<String, String> cookie = Map.of("Cookie", answer.substring(2));
                    assertThat(Shares.of(IDS.size(), () -> consumer.get(client, "http://sticky/", cookie)))
                            .as("%s of %s", cookie, client)
                            .isEqualTo(Map.of(answer, IDS.size()));
                }
            }
            assertNoTagIsRaw(consumer.context().getBean(MeterRegistry.class), statistics);
        }
    }

    private static void assertNoTagIsRaw(MeterRegistry meters, boolean statistics) {
        assertThat(meters.find("zk.lb.endpoint.in.flight").meters()).hasSize(2 * IDS.size());
        assertThat(meters.find("loadbalancer.requests.success").meters().isEmpty())
                .isEqualTo(!statistics);
        assertThat(meters.getMeters())
                .filteredOn(meter -> meter.getId().getName().matches("(zk\\.lb|loadbalancer)\\..*"))
                .flatExtracting(meter -> meter.getId().getTags())
                .allSatisfy(tag -> assertThat(tag.getValue()).matches("[!-~]+"));
    }

    private static Consumer start(boolean statistics) {
        Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.metrics.per-endpoint=true",
                "spring.cloud.loadbalancer.stats.micrometer.enabled=" + statistics,
                "spring.cloud.loadbalancer.clients.cookied.sticky-session.add-service-instance-cookie=true",
                "spring.cloud.loadbalancer.clients.sticky.configurations=request-based-sticky-session");
        for (String service : List.of("cookied", "sticky")) {
            for (int i = 0; i < IDS.size(); i++) {
                Endpoint endpoint =
                        Endpoint.of("127.0.0.1", servers.get(i).port()).withId(IDS.get(i));
                consumer.registry().register(service, endpoint).join();
            }
            await().until(() -> consumer.registeredPorts(service).size() == IDS.size());
        }
        return consumer;
    }

    /** The cookies of a request, and any header that it should not have. */
    private static String oddities(HttpServerRequest request) {
        List<String> found = new ArrayList<>(request.requestHeaders().getAll("Cookie"));
        found.addAll(request.requestHeaders().getAll("X-Evil"));
        return String.join(" | ", found);
    }
}

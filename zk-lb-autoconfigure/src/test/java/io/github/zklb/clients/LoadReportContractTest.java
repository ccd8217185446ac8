package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.reports.LoadReport;
import io.github.zklb.testing.Gateway;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/** What every kind of client asks instances of their load, and hears; the instances know ORCA, and not zk-lb. */
class LoadReportContractTest {

    private static final TestRequest GET = TestRequest.get("/");
    private static final String REPORT = "TEXT cpu_utilization=0.5,rps_fractional=100";
    private static final List<String> asked = new CopyOnWriteArrayList<>();

    /** Those to which a request is given by hand send it as they are given it. */
    private static final Set<ClientKind> BY_HAND =
            Set.of(SpringClient.EXECUTE_BY_HAND, SpringClient.CHOOSE_AND_EXECUTE_BY_HAND);

    private static InProcessZooKeeper zookeeper;
    private static DisposableServer server;
    private static Applications applications;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        server = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    asked.add(String.valueOf(request.requestHeaders().get(LoadReport.ASKING_HEADER)));
                    return response.header(LoadReport.HEADER, REPORT).sendString(Mono.just("answer"));
                })
                .bindNow();
        applications = new Applications(zookeeper.connectString(), "zk-lb.services.asked.load-report.use=true");
    }

    @AfterAll
    static void stop() {
        applications.close();
        server.disposeNow();
        zookeeper.close();
    }

    static Stream<ClientKind> counting() {
        return ClientKinds.counting();
    }

    static Stream<ClientKind> asking() {
        return counting().filter(kind -> !BY_HAND.contains(kind));
    }

    private static ServiceEngine engine(ClientKind kind, String service) {
        EndpointRegistry registry = applications.context(kind).getBean(EndpointRegistry.class);
        registry.register(service, Endpoint.of("127.0.0.1", server.port())).join();
        ServiceEngine engine =
                applications.context(kind).getBean(ServiceEngines.class).engine(service);
        engine.open();
        await().until(() -> engine.snapshots().known().size() == 1);
        return engine;
    }

    @ParameterizedTest
    @MethodSource("asking")
    void asksAndHearsWhereReportsAreUsed(ClientKind kind) {
        ServiceEngine engine = engine(kind, "asked");
        asked.clear();
        await().until(() -> {
            assertThat(Sending.send(applications.client(kind), "asked", GET).status())
                    .isEqualTo(200);
            return engine.reporting() == 1;
        });
        assertThat(asked).isNotEmpty().containsOnly("TEXT");
    }

    @ParameterizedTest
    @MethodSource("counting")
    void asksNobodyElse(ClientKind kind) {
        ServiceEngine engine = engine(kind, "unasked");
        asked.clear();
        assertThat(Sending.send(applications.client(kind), "unasked", GET).status())
                .isEqualTo(200);
        assertThat(asked).containsExactly("null");
        assertThat(engine.loads().of(Endpoint.of("127.0.0.1", server.port())).takeReport())
                .isNull();
    }

    @ParameterizedTest
    @EnumSource(GatewayClient.class)
    void aGatewayPassesNeitherTheQuestionNorTheAnswerOn(GatewayClient gateway) throws Exception {
        for (String service : List.of("asked", "unasked")) {
            engine(gateway, service);
            asked.clear();
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(
                                            Gateway.url(applications.context(gateway)) + '/' + service + "/"))
                                    .header(LoadReport.ASKING_HEADER, "JSON")
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(response.body()).isEqualTo("answer");
            assertThat(response.headers().map()).doesNotContainKey(LoadReport.HEADER);
            assertThat(asked).containsExactly(service.equals("asked") ? "TEXT" : "null");
        }
    }
}

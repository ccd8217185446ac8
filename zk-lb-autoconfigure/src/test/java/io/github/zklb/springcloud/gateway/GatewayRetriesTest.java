package io.github.zklb.springcloud.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.springcloud.ZkReactorLoadBalancer;
import io.github.zklb.testing.Gateway;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.netty.DisposableServer;

/** The Retry filters of both gateways, which try four times, before instances each of which is out of service. */
@SuppressWarnings("NullAway") // a map of all gateways has each
class GatewayRetriesTest {

    private static final List<Integer> attempts = new CopyOnWriteArrayList<>();
    private static final List<DisposableServer> servers = new ArrayList<>();
    private static final Map<Gateway, ConfigurableApplicationContext> gateways = new EnumMap<>(Gateway.class);
    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        for (int i = 0; i < 3; i++) {
            int number = i;
            servers.add(TestServers.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((request, response) -> {
                        attempts.add(number);
                        return response.status(503).send();
                    })
                    .bindNow());
        }
        for (Gateway gateway : Gateway.values()) {
            gateways.put(
                    gateway,
                    gateway.start(
                            zookeeper.connectString(),
                            Gateway.ATTEMPTS + "=4",
                            "zk-lb.strategy=random",
                            "spring.cloud.zookeeper.dependencies.by-key.path=/three",
                            "zk-lb.services.by-key.strategy=consistent-hash",
                            "zk-lb.services.by-key.consistent-hash.key=header:X-User"));
        }
        servers.forEach(server -> gateways.get(Gateway.WEBFLUX)
                .getBean(EndpointRegistry.class)
                .register("three", endpoint(server))
                .join());
        for (Gateway gateway : Gateway.values()) {
            for (String service : List.of("three", "by-key")) {
                await().until(() ->
                        ZkReactorLoadBalancer.loaded(engines(gateway).engine(service))
                                        .blockOptional()
                                        .orElseThrow()
                                        .candidates()
                                        .hosts()
                                        .size()
                                == servers.size());
            }
        }
    }

    @AfterAll
    static void stop() {
        gateways.values().forEach(ConfigurableApplicationContext::close);
        servers.forEach(DisposableServer::disposeNow);
        zookeeper.close();
    }

    @ParameterizedTest
    @EnumSource
    void eachAttemptAvoidsTheEarlierOnesInstancesUntilAllWereTried(Gateway gateway) throws Exception {
        for (int i = 0; i < 20; i++) {
            List<Integer> order = attempts(gateway, "three", "anybody");
            assertThat(order).hasSize(4);
            assertThat(order.subList(0, 3)).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKeyGoesToItsNextInstanceEachTimeAndThenToItsOwnAgain(Gateway gateway) throws Exception {
        for (String user : List.of("ann", "bob", "eve")) {
            List<Integer> order = attempts(gateway, "by-key", user);
            assertThat(order).hasSize(4);
            assertThat(order.subList(0, 3)).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(order.get(3)).isEqualTo(order.get(0));
            assertThat(servers.get(order.get(0)).port())
                    .isEqualTo(gateways.get(gateway)
                            .getBean(ZkLoadBalancer.class)
                            .choose("by-key", user)
                            .orElseThrow()
                            .getPort());
            assertThat(attempts(Gateway.WEBFLUX, "by-key", user)).isEqualTo(order);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachAttemptIsACallOfItsOwn(Gateway gateway) throws Exception {
        CallLoads loads = engines(gateway).engine("three").loads();
        int before = errors(loads);
        attempts(gateway, "three", "anybody");
        assertThat(errors(loads)).isEqualTo(before + 4);
        await().until(() -> loads.inFlight() == 0);
    }

    private static int errors(CallLoads loads) {
        return servers.stream()
                .mapToInt(server -> loads.of(endpoint(server)).errorsInARow())
                .sum();
    }

    private static ServiceEngines engines(Gateway gateway) {
        return gateways.get(gateway).getBean(ServiceEngines.class);
    }

    private static Endpoint endpoint(DisposableServer server) {
        return Endpoint.of("127.0.0.1", server.port());
    }

    private static List<Integer> attempts(Gateway gateway, String service, String user) throws Exception {
        attempts.clear();
        URI url = URI.create(Gateway.url(gateways.get(gateway)) + '/' + service + '/');
        int status = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(url).header("X-User", user).build(), BodyHandlers.discarding())
                .statusCode();
        assertThat(status).isGreaterThanOrEqualTo(500);
        return List.copyOf(attempts);
    }
}

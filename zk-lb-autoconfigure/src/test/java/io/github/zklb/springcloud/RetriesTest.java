package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import io.github.zklb.traffic.CallLoads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.netty.DisposableServer;

/** Spring's retries, over three endpoints each of which is out of service. */
class RetriesTest {

    private static final String[] TWO_RETRIES = {
        "spring.cloud.loadbalancer.retry.enabled=true",
        "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=2",
        "spring.cloud.loadbalancer.retry.retryable-status-codes=503"
    };

    private final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private final List<Integer> attempts = new CopyOnWriteArrayList<>();
    private final List<DisposableServer> servers = new ArrayList<>();

    @BeforeEach
    void startServers() {
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
    }

    @AfterEach
    void stopServers() {
        servers.forEach(DisposableServer::disposeNow);
        zookeeper.close();
    }

    @ParameterizedTest
    @CsvSource({
        "REST_TEMPLATE, random",
        "REST_CLIENT, random",
        "WEB_CLIENT, random",
        "REST_CLIENT, weighted",
        "WEB_CLIENT, least-request"
    })
    void theSecondAttemptAvoidsTheFirstEndpointAndTheThirdBoth(Client client, String strategy) {
        try (Consumer consumer = start("zk-lb.strategy=" + strategy)) {
            for (int i = 0; i < 20; i++) {
                assertThat(attempts(consumer, client, "anybody")).containsExactlyInAnyOrder(0, 1, 2);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKeyGoesToItsNextEndpointEachTime(Client client) {
        try (Consumer consumer = start("zk-lb.strategy=consistent-hash", "zk-lb.consistent-hash.key=header:user")) {
            for (String user : List.of("ann", "bob", "eve")) {
                List<Integer> order = attempts(consumer, client, user);
                assertThat(order).containsExactlyInAnyOrder(0, 1, 2);
                assertThat(attempts(consumer, Client.REST_CLIENT, user)).isEqualTo(order);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachAttemptIsACallOfItsOwn(Client client) {
        try (Consumer consumer = start()) {
            attempts(consumer, client, "anybody");
            CallLoads loads = consumer.context()
                    .getBean(ServiceEngines.class)
                    .engine("orders")
                    .loads();
            assertThat(servers)
                    .allSatisfy(server -> assertThat(loads.of(endpoint(server)).errorsInARow())
                            .isEqualTo(1));
            assertThat(loads.inFlight()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRetryOnTheSameInstanceGoesToItAndTheNextAvoidsIt(Client client) {
        try (Consumer consumer = start(
                "zk-lb.strategy=random", "spring.cloud.loadbalancer.retry.max-retries-on-same-service-instance=1")) {
            for (int i = 0; i < 10; i++) {
                List<Integer> all = attempts(consumer, client, "anybody");
                List<Integer> first = List.of(all.get(0), all.get(2), all.get(4));
                assertThat(first).containsExactlyInAnyOrder(0, 1, 2);
                assertThat(List.of(all.get(1), all.get(3), all.get(5))).isEqualTo(first);
                assertThat(all).hasSize(6);
            }
        }
    }

    private Consumer start(String... properties) {
        List<String> all = new ArrayList<>(List.of(TWO_RETRIES));
        all.addAll(List.of(properties));
        Consumer consumer = Consumer.start(zookeeper.connectString(), all.toArray(String[]::new));
        servers.forEach(server ->
                consumer.registry().register("orders", endpoint(server)).join());
        ServiceEngine engine = consumer.context().getBean(ServiceEngines.class).engine("orders");
        await().until(() -> WatchedInstances.loaded(engine)
                        .blockOptional()
                        .orElseThrow()
                        .candidates()
                        .hosts()
                        .size()
                == servers.size());
        return consumer;
    }

    private static Endpoint endpoint(DisposableServer server) {
        return Endpoint.of("127.0.0.1", server.port());
    }

    private List<Integer> attempts(Consumer consumer, Client client, String user) {
        attempts.clear();
        assertThatThrownBy(() -> consumer.get(client, "http://orders/", Map.of("user", user)))
                .isNotNull();
        return List.copyOf(attempts);
    }
}

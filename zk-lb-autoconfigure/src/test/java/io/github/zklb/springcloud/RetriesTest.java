package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.netty.DisposableServer;

/** Spring's retries, over three endpoints each of which is out of service. One application calls a service of each kind. */
class RetriesTest {

    private static final String[] PROPERTIES = {
        "spring.cloud.loadbalancer.retry.enabled=true",
        "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=2",
        "spring.cloud.loadbalancer.retry.retryable-status-codes=503",
        "zk-lb.consistent-hash.key=header:user",
        "zk-lb.services.random.strategy=random",
        "zk-lb.services.weighted.strategy=weighted",
        "zk-lb.services.least-request.strategy=least-request",
        "zk-lb.services.hashed.strategy=consistent-hash",
        "zk-lb.services.twice.strategy=random",
        "spring.cloud.loadbalancer.clients.twice.retry.max-retries-on-same-service-instance=1"
    };

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final List<Integer> attempts = new CopyOnWriteArrayList<>();
    private static final List<DisposableServer> servers = new ArrayList<>();
    private static final Set<String> registered = new HashSet<>();
    private static Consumer consumer;

    @BeforeAll
    static void start() {
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
        consumer = Consumer.start(zookeeper.connectString(), PROPERTIES);
    }

    @AfterAll
    static void stop() {
        consumer.close();
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
        for (int i = 0; i < 20; i++) {
            assertThat(attempts(client, strategy, "anybody")).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKeyGoesToItsNextEndpointEachTime(Client client) {
        for (String user : List.of("ann", "bob", "eve")) {
            List<Integer> order = attempts(client, "hashed", user);
            assertThat(order).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(attempts(Client.REST_CLIENT, "hashed", user)).isEqualTo(order);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachAttemptIsACallOfItsOwn(Client client) {
        String service = "counted-" + client.ordinal();
        attempts(client, service, "anybody");
        CallLoads loads = engine(service).loads();
        assertThat(servers)
                .allSatisfy(server ->
                        assertThat(loads.of(endpoint(server)).errorsInARow()).isEqualTo(1));
        assertThat(loads.inFlight()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aRetryOnTheSameInstanceGoesToItAndTheNextAvoidsIt(Client client) {
        for (int i = 0; i < 10; i++) {
            List<Integer> all = attempts(client, "twice", "anybody");
            List<Integer> first = List.of(all.get(0), all.get(2), all.get(4));
            assertThat(first).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(List.of(all.get(1), all.get(3), all.get(5))).isEqualTo(first);
            assertThat(all).hasSize(6);
        }
    }

    /** The servers that a request to a service reaches, in their order; the service is registered if it is not yet. */
    private static List<Integer> attempts(Client client, String service, String user) {
        if (registered.add(service)) {
            servers.forEach(server ->
                    consumer.registry().register(service, endpoint(server)).join());
            await().until(() -> ZkReactorLoadBalancer.loaded(engine(service))
                            .blockOptional()
                            .orElseThrow()
                            .candidates()
                            .hosts()
                            .size()
                    == servers.size());
        }
        attempts.clear();
        assertThatThrownBy(() -> consumer.get(client, "http://" + service + "/", Map.of("user", user)))
                .isNotNull();
        return List.copyOf(attempts);
    }

    private static ServiceEngine engine(String service) {
        return consumer.context().getBean(ServiceEngines.class).engine(service);
    }

    private static Endpoint endpoint(DisposableServer server) {
        return Endpoint.of("127.0.0.1", server.port());
    }
}

package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every client of every kind does alike, with real providers and a real ZooKeeper. */
@Timeout(60)
class ContractTest {

    private static final int[] WEIGHTS = {5, 3, 2, 1, 1};
    private static final TestRequest GET = TestRequest.get("/");

    private static final List<Provider> providers = new ArrayList<>();
    private static InProcessZooKeeper zookeeper;
    private static Applications applications;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        for (int i = 0; i < WEIGHTS.length; i++) {
            providers.add(Provider.start("orders", "p" + i, zookeeper.connectString(), WEIGHTS[i]));
        }
        applications = new Applications(
                zookeeper.connectString(),
                "spring.cloud.zookeeper.dependencies.turns.path=/orders",
                "zk-lb.services.turns.strategy=round-robin");
    }

    @AfterAll
    static void stop() {
        applications.close();
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    static List<ClientKind> everyClient() {
        return ClientKinds.all();
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void sharesAreExactlyThoseOfTheWeights(ClientKind kind) {
        assertThat(shares(kind, "orders", 24)).isEqualTo(Map.of("p0", 10, "p1", 6, "p2", 4, "p3", 2, "p4", 2));
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void aServiceHasItsOwnStrategy(ClientKind kind) {
        assertThat(shares(kind, "turns", 20)).isEqualTo(Map.of("p0", 4, "p1", 4, "p2", 4, "p3", 4, "p4", 4));
    }

    private static Map<String, Integer> shares(ClientKind kind, String serviceId, int requests) {
        return Shares.of(requests, () -> send(kind, serviceId, GET).provider());
    }

    private static Answer send(ClientKind kind, String serviceId, TestRequest request) {
        try {
            return applications.client(kind).send(serviceId, request);
        } catch (RuntimeException unexpected) {
            throw unexpected;
        } catch (Exception unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }
}

package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.springcloud.AccountedCalls;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients of every kind that tries again, before providers each of which answers with a status of 503. */
class RetryContractTest {

    private static final TestRequest GET = TestRequest.get("/");

    private static final List<Provider> providers = new ArrayList<>();
    private static final List<String> visits = new CopyOnWriteArrayList<>();
    private static final Map<List<String>, Applications> applications = new HashMap<>();
    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        for (String name : List.of("a", "b", "c")) {
            providers.add(Provider.start("three", name, zookeeper.connectString(), 1));
        }
        for (String version : List.of("1", "1", "2", "2")) {
            providers.add(
                    Provider.start("routed", "v" + version, zookeeper.connectString(), Map.of("version", version)));
        }
        for (String name : List.of("d", "e")) {
            providers.add(Provider.start("two", name, zookeeper.connectString(), 1));
        }
        providers.forEach(provider -> {
            provider.answersWith(503);
            provider.onRequest(visits::add);
        });
    }

    @AfterAll
    static void stop() {
        applications.values().forEach(Applications::close);
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    static Stream<ClientKind> retrying() {
        return ClientKinds.retrying();
    }

    @ParameterizedTest
    @MethodSource("retrying")
    void theSecondAttemptAvoidsTheFirstInstanceAndTheThirdBoth(ClientKind kind) {
        for (int i = 0; i < 12; i++) {
            assertThat(visits(kind, "three", GET)).containsExactlyInAnyOrder("a", "b", "c");
        }
    }

    @ParameterizedTest
    @MethodSource("retrying")
    void whenAllWereTriedTheFirstIsAllowedAgain(ClientKind kind) {
        List<String> anybodys = visits(kind, "two", GET);
        assertThat(anybodys).hasSize(3);
        assertThat(anybodys.subList(0, 2)).containsExactlyInAnyOrder("d", "e");
        List<String> ofAKey = visits(kind, "two-by-key", GET.withHeader("X-User", "ann"));
        assertThat(ofAKey).hasSize(3).contains("d", "e");
        assertThat(ofAKey.get(2)).isEqualTo(ofAKey.get(0));
    }

    @ParameterizedTest
    @MethodSource("retrying")
    void aKeyGoesOnToItsNextInstanceEachTime(ClientKind kind) {
        for (String user : List.of("ann", "bob", "eve", "joe")) {
            TestRequest request = GET.withHeader("X-User", user);
            List<String> order = visits(kind, "three-by-key", request);
            assertThat(order).containsExactlyInAnyOrder("a", "b", "c");
            assertThat(order).isEqualTo(visits(SpringClient.REST_CLIENT, "three-by-key", request));
        }
    }

    /** The group is left to chance, at the first attempt. */
    @ParameterizedTest
    @MethodSource("retrying")
    void attemptsStayInTheGroupOfTheRequestUntilAllOfItWereTried(ClientKind kind) {
        Set<List<String>> seen = new HashSet<>();
        for (int i = 0; i < 100 && seen.size() < 2; i++) {
            List<String> order = visits(kind, "routed", GET);
            assertThat(order).isIn(List.of("v1", "v1", "v2"), List.of("v2", "v2", "v1"));
            seen.add(order);
        }
        assertThat(seen).hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("retrying")
    void theErrorStillSaysWhyThereIsNoInstance(ClientKind kind) {
        assertThat(Sending.failure(applications(kind).client(kind), "absent", GET))
                .contains("no such service yet")
                .contains("has no node /services/absent");
    }

    @ParameterizedTest
    @MethodSource("retrying")
    void eachAttemptIsACallOfItsOwnAndHasAnEnd(ClientKind kind) {
        AccountedCalls calls = AccountedCalls.of(applications(kind).context(kind), "three");
        int[] before = providers.subList(0, 3).stream()
                .mapToInt(provider -> calls.errorsInARow(provider.port()))
                .toArray();
        visits(kind, "three", GET);
        for (int i = 0; i < before.length; i++) {
            assertThat(calls.errorsInARow(providers.get(i).port())).isEqualTo(before[i] + 1);
        }
        await().until(() -> calls.inFlight() == 0);
    }

    private static List<String> visits(ClientKind kind, String serviceId, TestRequest request) {
        BalancedClient client = applications(kind).client(kind);
        visits.clear();
        assertThat(Sending.send(client, serviceId, request).status()).isEqualTo(503);
        return List.copyOf(visits);
    }

    private static Applications applications(ClientKind kind) {
        return applications.computeIfAbsent(kind.twoRetries(), retries -> {
            List<String> properties = new ArrayList<>(retries);
            properties.addAll(List.of(
                    "zk-lb.strategy=random",
                    "zk-lb.services.routed.routes[0].name=ramp",
                    "zk-lb.services.routed.routes[0].split[0].to.version=2",
                    "zk-lb.services.routed.routes[0].split[0].percent=50",
                    "spring.cloud.zookeeper.dependencies.two-by-key.path=/two",
                    "zk-lb.services.two-by-key.strategy=consistent-hash",
                    "zk-lb.services.two-by-key.consistent-hash.key=header:X-User",
                    "spring.cloud.zookeeper.dependencies.three-by-key.path=/three",
                    "zk-lb.services.three-by-key.strategy=consistent-hash",
                    "zk-lb.services.three-by-key.consistent-hash.key=header:X-User"));
            return new Applications(zookeeper.connectString(), properties.toArray(String[]::new));
        });
    }
}

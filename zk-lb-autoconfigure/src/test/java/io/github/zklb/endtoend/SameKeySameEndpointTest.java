package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.testing.Provider;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** 2,000 keys over five providers, from every client. */
class SameKeySameEndpointTest {

    private static final int KEYS = 2_000;
    private static final String[] PROPERTIES = {
        "zk-lb.services.orders.strategy=consistent-hash",
        "zk-lb.services.orders.consistent-hash.key=header:X-User-Id",
        "zk-lb.services.orders.consistent-hash.when-missing=fail",
        // One test takes all providers away and brings them back; the guard would hold them meanwhile.
        "zk-lb.membership.hold.enabled=false"
    };

    private final List<Provider> providers = new ArrayList<>();
    private TestingServer zookeeper;

    @BeforeEach
    void start() throws Exception {
        zookeeper = new TestingServer(FreePorts.next());
        for (int i = 0; i < 5; i++) {
            providers.add(Provider.start("orders", "p" + i, zookeeper.getConnectString(), 1));
        }
    }

    @AfterEach
    void stop() throws Exception {
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    @Test
    void everyClientAndEveryContextSendsAKeyToTheSameEndpoint() {
        Map<String, String> byKey = new HashMap<>();
        for (int context = 0; context < 2; context++) {
            try (Consumer consumer = Consumer.start(zookeeper.getConnectString(), PROPERTIES)) {
                for (Client client : Client.values()) {
                    mapping(consumer, client)
                            .forEach((key, name) -> assertThat(byKey.merge(key, name, (a, b) -> a))
                                    .as("%s through %s", key, client)
                                    .isEqualTo(name));
                }
                choices(consumer)
                        .forEach((key, name) -> assertThat(name).as(key).isEqualTo(byKey.get(key)));
            }
        }
        assertThat(byKey.values()).contains("p0", "p1", "p2", "p3", "p4");
    }

    @Test
    void theOrderOfRegistrationDoesNotMatter() {
        try (Consumer consumer = Consumer.start(zookeeper.getConnectString(), PROPERTIES)) {
            Map<String, String> before = choices(consumer);
            List<Provider> stopped = new ArrayList<>(providers);
            Collections.reverse(stopped);
            stopped.forEach(Provider::close);
            providers.clear();
            await().until(() -> consumer.choosePort("orders", "k").isEmpty());
            for (Provider provider : stopped) {
                providers.add(
                        Provider.startAt(provider.port(), "orders", provider.name(), zookeeper.getConnectString(), 1));
            }
            await().untilAsserted(() -> assertThat(choices(consumer)).isEqualTo(before));
        }
    }

    @Test
    void aRemovalMovesOnlyTheRemovedEndpointsKeysAndItsReturnBringsThemBack() {
        try (Consumer consumer = Consumer.start(zookeeper.getConnectString(), PROPERTIES)) {
            Map<String, String> before = mapping(consumer, Client.REST_CLIENT);
            Provider removed = providers.remove(2);
            int port = removed.port();
            String oldPath = removed.path();
            removed.endSession();
            await().until(() -> !choices(consumer).containsValue("p2"));

            Map<String, String> without = mapping(consumer, Client.WEB_CLIENT);
            before.forEach((key, name) -> {
                if (!name.equals("p2")) {
                    assertThat(without).containsEntry(key, name);
                }
            });

            removed.close();
            Provider back = Provider.startAt(port, "orders", "p2", zookeeper.getConnectString(), 1);
            providers.add(back);
            assertThat(back.path()).isNotEqualTo(oldPath);
            await().untilAsserted(() -> assertThat(choices(consumer)).isEqualTo(before));
            assertThat(mapping(consumer, Client.REST_TEMPLATE)).isEqualTo(before);
        }
    }

    private static Map<String, String> mapping(Consumer consumer, Client client) {
        Map<String, String> byKey = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            String key = "user-" + i;
            byKey.put(key, consumer.get(client, "http://orders/", Map.of("X-User-Id", key)));
        }
        return byKey;
    }

    private Map<String, String> choices(Consumer consumer) {
        Map<Integer, String> names = new HashMap<>();
        providers.forEach(provider -> names.put(provider.port(), provider.name()));
        Map<String, String> byKey = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            String key = "user-" + i;
            consumer.choosePort("orders", key).ifPresent(port -> byKey.put(key, names.getOrDefault(port, "p2")));
        }
        return byKey;
    }
}

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

/** One of four providers answers every request well, and a fifth of a second later than the others. */
class SlowProviderTest {

    private static InProcessZooKeeper zookeeper;
    private static List<Provider> providers;
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        providers = Stream.of("a", "b", "c", "slow")
                .map(name -> Provider.start("orders", name, zookeeper.connectString(), 1))
                .toList();
        consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.outlier-ejection.enabled=true",
                "zk-lb.outlier-ejection.interval=300ms",
                "zk-lb.outlier-ejection.base-ejection-time=300ms",
                "zk-lb.outlier-ejection.max-ejection-time=300ms",
                "zk-lb.services.orders.outlier-ejection.minimum-requests=1");
        await().until(() -> consumer.registeredPorts("orders").size() == 4);
    }

    @AfterAll
    static void stop() {
        consumer.close();
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    /** Another one may be found slow too, where the machine is busy, but not for long. */
    @ParameterizedTest
    @EnumSource(Client.class)
    void isEjectedAndComesBackWhenItsTimeIsOver(Client client) {
        ServiceEngine engine = consumer.context().getBean(ServiceEngines.class).engine("orders");
        Provider slow = providers.get(3);
        String address = "127.0.0.1:" + slow.port();
        slow.holdUntil(Mono.delay(Duration.ofMillis(200)).then());
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            ask(client);
            return slow(engine).contains(address);
        });
        slow.holdUntil(Mono.empty());
        await().pollInterval(Duration.ofMillis(1)).until(() -> !slow(engine).contains(address));
        await().pollInterval(Duration.ofMillis(1)).until(() -> ask(client).equals("slow"));
        assertThat(engine.events().since(0))
                .anyMatch(each ->
                        each.toString().contains(address) && each.toString().contains("answers slowly"));
    }

    private static Set<String> slow(ServiceEngine engine) {
        return engine.snapshots().published().ejections().slow();
    }

    private static String ask(Client client) {
        return consumer.get(client, "http://orders/", Map.of());
    }
}

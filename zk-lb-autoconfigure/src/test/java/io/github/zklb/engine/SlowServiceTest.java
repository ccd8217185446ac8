package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.strategy.StrategyCatalogue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A service whose strategy hangs or fails, beside others. */
@ExtendWith(OutputCaptureExtension.class)
class SlowServiceTest {

    private static final int STUCK = 20;

    private final Map<String, FedMembership> registries = new ConcurrentHashMap<>();
    private final CountDownLatch hanging = new CountDownLatch(1);
    private volatile boolean failing = true;
    private final ServiceEngines engines = new ServiceEngines(
            id -> registry(id).membership(),
            new StrategyCatalogue(List.of(new Odd())),
            id -> settings(id.startsWith("odd") ? "odd" : "round-robin"),
            settings -> {},
            (id, hosts) -> hosts);

    /** Hangs for services whose id says so, and fails for others as long as the test wants. */
    private final class Odd implements StrategyFactory {

        @Override
        public String name() {
            return "odd";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return hosts -> {
                if (context.serviceId().startsWith("odd-hanging")) {
                    hang();
                } else if (failing) {
                    throw new IllegalStateException("this strategy fails");
                }
                return request -> hosts.get(0);
            };
        }
    }

    private void hang() {
        try {
            hanging.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void close() {
        engines.close();
    }

    @Test
    void othersGoOnWhileManyHang() {
        for (int i = 0; i < STUCK; i++) {
            publish("odd-hanging-" + i, 1);
        }
        for (int port = 1; port <= 50; port++) {
            publish("orders", port);
            int expected = port;
            await().pollInterval(Duration.ofMillis(1)).until(() -> port("orders") == expected);
        }
        assertThat(port("odd-hanging-0")).isZero();
        hanging.countDown();
        for (int i = 0; i < STUCK; i++) {
            String service = "odd-hanging-" + i;
            await().until(() -> port(service) == 1);
        }
    }

    @Test
    void whatFailsIsToldOnceCountedAndTriedAgain(CapturedOutput output) {
        publish("odd-failing", 1);
        ServiceEngine engine = engines.engine("odd-failing");
        await().until(() -> engine.snapshots().failures() >= 2);
        assertThat(output.getAll().lines().filter(line -> line.contains("ERROR") && line.contains("odd-failing")))
                .singleElement()
                .asString()
                .contains("tried again each second");
        failing = false;
        await().until(() -> port("odd-failing") == 1);
        publish("odd-failing", 2);
        await().until(() -> port("odd-failing") == 2);
    }

    @Test
    void whoFollowsAndThrowsHarmsNobody() {
        publish("orders", 1);
        ServiceEngine engine = engines.engine("orders");
        await().until(() -> port("orders") == 1);
        int[] calls = {0};
        engine.snapshots()
                .follow(
                        () -> {
                            calls[0]++;
                            if (calls[0] == 2) {
                                throw new IllegalStateException("this listener fails");
                            }
                        },
                        () -> {});
        publish("orders", 2);
        await().until(() -> port("orders") == 2);
        await().until(() -> engine.snapshots().failures() == 1);
        publish("orders", 3);
        await().until(() -> port("orders") == 3);
    }

    @Test
    void aStormIsWorkedInAtATenthOfTheTimeAndEndsExactly() {
        int size = 1_000;
        publish("orders", 1);
        ServiceEngine engine = engines.engine("orders");
        await().until(() -> port("orders") == 1);
        long begun = System.nanoTime();
        long before = engine.snapshots().rebuilds().nanos();
        int changes = 0;
        while (System.nanoTime() - begun < 3_000_000_000L) {
            changes++;
            registry("orders").publish(fleet(size, changes));
        }
        long built = engine.snapshots().rebuilds().nanos() - before;
        long passed = System.nanoTime() - begun;
        HostSet last = fleet(size, changes);
        await().until(() ->
                Objects.requireNonNull(engine.snapshot()).membership().hosts().equals(last));
        assertThat(built - Duration.ofMillis(500).toNanos()).isLessThan(passed / 10);
        assertThat(engine.snapshots().rebuilds().count()).isLessThan(changes);
    }

    private static HostSet fleet(int size, int change) {
        return HostSet.of(java.util.stream.IntStream.range(0, size)
                .mapToObj(i -> Endpoint.of("10.0." + i / 250 + '.' + i % 250, 1 + change % 60_000))
                .toList());
    }

    private FedMembership registry(String service) {
        return registries.computeIfAbsent(service, FedMembership::new);
    }

    private void publish(String service, int port) {
        engines.engine(service);
        registry(service).publish(HostSet.of(Endpoint.of("10.0.0.1", port)));
    }

    private int port(String service) {
        Snapshot snapshot = engines.engine(service).snapshot();
        return snapshot == null ? 0 : snapshot.candidates().hosts().get(0).port();
    }

    private static EngineSettings settings(String strategy) {
        return DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, strategy);
    }
}

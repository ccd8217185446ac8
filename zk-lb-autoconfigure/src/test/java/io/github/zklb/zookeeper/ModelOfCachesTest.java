package io.github.zklb.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The model finds faults where they are known to be: Curator's caches stay wrong after each of these, as the model
 * tells, and zk-lb does not. On demand, by {@code -Dzklb.model.caches=true}: whether a cache of Curator's goes wrong depends
 * on its timing, and on a busy machine it is sometimes right.
 */
@EnabledIfSystemProperty(named = "zklb.model.caches", matches = "true", disabledReason = "compared on demand only")
class ModelOfCachesTest {

    private static final int LIMIT = 4_096;

    /** What the model compares. */
    enum Source {
        ZK_LB(ModelSource.zkLb(Duration.ofHours(1)), Duration.ofSeconds(30)),
        CURATOR_CACHE(ModelSource.curatorCache(), Duration.ofMillis(1_500)),
        SERVICE_CACHE(ModelSource.serviceCache(), Duration.ofMillis(1_500));

        private final ModelSource.Factory factory;
        private final Duration patience;

        Source(ModelSource.Factory factory, Duration patience) {
            this.factory = factory;
            this.patience = patience;
        }
    }

    private ZooKeeperBench bench;
    private TcpProxy proxy;
    private CuratorFramework client;
    private ModelService service;
    private final AtomicInteger breaks = new AtomicInteger();

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        proxy = bench.proxy();
        client = bench.narrowClient(proxy.connectString(), LIMIT);
        assertThat(client.blockUntilConnected(10, TimeUnit.SECONDS)).isTrue();
        client.getConnectionStateListenable().addListener((of, state) -> breaks.incrementAndGet());
        service = new ModelService(bench, "orders");
        service.put("a");
        service.put("b");
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @ParameterizedTest
    @EnumSource
    void fault13AServiceThatIsDeniedAtAReconnection(Source of) throws Exception {
        try (ModelSource source = follow(of)) {
            awaitQuiet(Duration.ofSeconds(10));
            cut();
            service.deny(true);
            service.put("c");
            proxy.heal();
            awaitReadings();
            service.deny(false);
            assertToldBy(of);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ZK_LB", "CURATOR_CACHE"})
    void fault13AServiceThatIsDeniedFromTheStart(Source of) throws Exception {
        service.deny(true);
        try (ModelSource source = follow(of)) {
            awaitReadings();
            service.deny(false);
            assertToldBy(of);
        }
    }

    @ParameterizedTest
    @EnumSource
    void fault19ADirectoryThatIsCreatedAgainWithAnEqualVersionWhileCutOff(Source of) throws Exception {
        try (ModelSource source = follow(of)) {
            awaitQuiet(Duration.ofSeconds(10));
            cut();
            service.deleteDirectory();
            service.put("c");
            service.put("d");
            proxy.heal();
            assertToldBy(of);
        }
    }

    @ParameterizedTest
    @EnumSource
    void fault20AnEndpointThatIsCreatedAgainWithAnotherAddressWhileCutOff(Source of) throws Exception {
        try (ModelSource source = follow(of)) {
            awaitQuiet(Duration.ofSeconds(10));
            cut();
            service.recreate("a");
            proxy.heal();
            assertToldBy(of);
        }
    }

    @ParameterizedTest
    @EnumSource
    void fault24AListOfChildrenThatIsTooLargeForAWhile(Source of) throws Exception {
        for (int i = 0; i < 100; i++) {
            service.put("a-name-that-is-rather-long-for-a-node-" + i);
        }
        try (ModelSource source = follow(of)) {
            awaitBreaks();
            for (int i = 0; i < 100; i++) {
                service.delete("a-name-that-is-rather-long-for-a-node-" + i);
            }
            assertToldBy(of);
        }
    }

    private ModelSource follow(Source of) throws Exception {
        ModelSource source = of.factory.over(client);
        service.followed();
        source.follow("orders", service::published);
        return source;
    }

    private void awaitReadings() {
        await().atMost(Duration.ofSeconds(10))
                .until(() -> client.getZookeeperClient().isConnected());
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
    }

    /** Until the connection has broken some times, or the model has found a fault. */
    private void awaitBreaks() {
        await().atMost(Duration.ofSeconds(15)).until(() -> breaks.get() > 4 || service.failed());
    }

    private void cut() {
        proxy.cut();
        await().atMost(Duration.ofSeconds(10))
                .until(() -> !client.getZookeeperClient().isConnected());
    }

    private void assertToldBy(Source of) {
        try {
            awaitQuiet(of.patience);
        } catch (ConditionTimeoutException e) {
            assertThat(service.difference()).isPresent();
        }
        if (of == Source.ZK_LB) {
            assertThat(service.difference()).isEmpty();
        } else {
            assertThat(service.difference()).as("the model finds the fault").isPresent();
        }
    }

    private void awaitQuiet(Duration atMost) {
        await().atMost(atMost).until(() -> service.difference().isEmpty());
    }
}

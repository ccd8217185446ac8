package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Settings that change while the application runs. */
@ExtendWith(OutputCaptureExtension.class)
class LiveSettingsTest {

    private static InProcessZooKeeper zookeeper;

    private final Map<String, Object> refreshed = new HashMap<>();
    private Provider a;
    private Provider b;
    private Consumer consumer;

    @BeforeAll
    static void startZooKeeper() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterAll
    static void stopZooKeeper() {
        zookeeper.close();
    }

    @BeforeEach
    void start() {
        a = Provider.start("orders", "a", zookeeper.connectString(), 3);
        b = Provider.start("orders", "b", zookeeper.connectString(), 1);
        consumer = Consumer.start(zookeeper.connectString(), "zk-lb.strategy=weighted");
        add(new MapPropertySource("refreshed", refreshed));
    }

    @AfterEach
    void stop() {
        consumer.close();
        a.close();
        b.close();
    }

    @Test
    void anotherStrategyTakesEffect() {
        assertThat(shares()).isEqualTo(Map.of(a.port(), 30, b.port(), 10));
        refresh("zk-lb.strategy", "round-robin");
        assertThat(shares()).isEqualTo(Map.of(a.port(), 20, b.port(), 20));
        refresh("zk-lb.services.orders.strategy", "weighted");
        assertThat(shares()).isEqualTo(Map.of(a.port(), 30, b.port(), 10));
    }

    @Test
    void aPlaceholderWhoseTargetChangesTakesEffect() {
        refreshed.put("chosen", "weighted");
        refresh("zk-lb.strategy", "${chosen}");
        assertThat(shares()).isEqualTo(Map.of(a.port(), 30, b.port(), 10));
        refresh("chosen", "round-robin");
        assertThat(shares()).isEqualTo(Map.of(a.port(), 20, b.port(), 20));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zkLb.services.orders.strategy",
                "zk_lb.services.orders.Strategy",
                "ZK_LB_SERVICES_ORDERS_STRATEGY",
                "ZKLB_SERVICES_ORDERS_STRATEGY"
            })
    void aRelaxedSpellingTakesEffect(String key) {
        assertThat(shares()).isEqualTo(Map.of(a.port(), 30, b.port(), 10));
        Map<String, Object> properties = Map.of(key, "round-robin");
        add(
                key.contains(".")
                        ? new MapPropertySource("added", properties)
                        : new SystemEnvironmentPropertySource("added-systemEnvironment", properties));
        consumer.propertiesChanged(key);
        assertThat(shares()).isEqualTo(Map.of(a.port(), 20, b.port(), 20));
    }

    @Test
    void aWholeNewSourceTakesEffect(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("new.properties");
        try (Consumer other =
                Consumer.start(zookeeper.connectString(), "spring.config.import=optional:" + file.toUri())) {
            assertThat(Shares.ofPorts(40, () -> other.choosePort("orders", null)))
                    .isEqualTo(Map.of(a.port(), 30, b.port(), 10));
            Files.writeString(file, "zkLb.strategy=round-robin");
            other.context().getBean(ContextRefresher.class).refresh();
            other.awaitSettings();
            assertThat(Shares.ofPorts(40, () -> other.choosePort("orders", null)))
                    .isEqualTo(Map.of(a.port(), 20, b.port(), 20));
        }
        add(new MapPropertySource("added", Map.of("zk-lb.strategy", "round-robin")));
        consumer.propertiesChanged();
        assertThat(shares()).isEqualTo(Map.of(a.port(), 20, b.port(), 20));
    }

    @Test
    void aChangeOfOtherSettingsKeepsTheCursor() {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            refresh("zk-lb.least-request.choice-count", String.valueOf(2 + i));
            counts.merge(consumer.choosePort("orders", null).orElseThrow(), 1, Integer::sum);
        }
        assertThat(counts).isEqualTo(Map.of(a.port(), 30, b.port(), 10));
    }

    @Test
    void aWrongValueIsNamedAndTheLastRightOneStays(CapturedOutput output) {
        assertThat(shares()).isEqualTo(Map.of(a.port(), 30, b.port(), 10));
        refresh("zk-lb.strategy", "fastest");
        assertThat(output).contains("service orders keeps its settings").contains("zk-lb.strategy must be one of");
        assertThat(shares()).isEqualTo(Map.of(a.port(), 30, b.port(), 10));
    }

    @Test
    void slowStartHoldsBackOnlyWhatIsNewAndEndsWithItsSetting() {
        refresh("zk-lb.slow-start.window", "1h");
        refresh("zk-lb.slow-start.minimum-weight-percent", "1");
        assertThat(shares()).as("found at the start").isEqualTo(Map.of(a.port(), 30, b.port(), 10));
        try (Provider late = Provider.start("orders", "late", zookeeper.connectString(), 4)) {
            await().untilAsserted(
                            () -> assertThat(consumer.registeredPorts("orders")).contains(late.port()));
            Map<Integer, Integer> warming = Shares.ofPorts(800, () -> consumer.choosePort("orders", null));
            assertThat(warming.getOrDefault(late.port(), 0)).isLessThan(80);
            refresh("zk-lb.slow-start.window", "0s");
            assertThat(Shares.ofPorts(800, () -> consumer.choosePort("orders", null)))
                    .isEqualTo(Map.of(a.port(), 300, b.port(), 100, late.port(), 400));
        }
    }

    /** Of 200 users; the shares of two versions whose instances are a and b. */
    @Test
    void aPartOfARouteGrowsAndShrinksAndMovesNoOtherUsers() {
        a.updateMetadata(Map.of("version", "1"));
        b.updateMetadata(Map.of("version", "2"));
        refreshed.put("zk-lb.routes[0].name", "ramp");
        refreshed.put("zk-lb.routes[0].split[0].to.version", "2");
        refresh("zk-lb.routes[0].split[0].percent", "10");
        await().untilAsserted(() -> assertThat(usersOf(b)).hasSizeBetween(5, 40));
        Set<String> ten = usersOf(b);
        refresh("zk-lb.routes[0].split[0].percent", "30");
        Set<String> thirty = usersOf(b);
        assertThat(thirty).hasSizeBetween(40, 85).containsAll(ten);
        refresh("zk-lb.routes[0].split[0].percent", "10");
        assertThat(usersOf(b)).isEqualTo(ten);
        refresh("zk-lb.routes[0].split[0].percent", "101");
        assertThat(usersOf(b)).isEqualTo(ten);
    }

    private Set<String> usersOf(Provider provider) {
        return IntStream.range(0, 200)
                .mapToObj(i -> "user-" + i)
                .filter(user -> consumer.choosePort("orders", user).orElseThrow() == provider.port())
                .collect(Collectors.toSet());
    }

    private void add(PropertySource<?> source) {
        consumer.context().getEnvironment().getPropertySources().addFirst(source);
    }

    private void refresh(String property, String value) {
        refreshed.put(property, value);
        consumer.propertiesChanged(property);
    }

    private Map<Integer, Integer> shares() {
        return Shares.ofPorts(40, () -> consumer.choosePort("orders", null));
    }
}

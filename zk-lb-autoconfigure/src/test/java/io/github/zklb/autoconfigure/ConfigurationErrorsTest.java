package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a user reads when the configuration is wrong: the property, the value and the remedy. */
@ExtendWith(OutputCaptureExtension.class)
class ConfigurationErrorsTest {

    private static InProcessZooKeeper zookeeper;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterAll
    static void stop() {
        zookeeper.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "zk-lb.strategy=roundrobin | zk-lb.strategy | roundrobin | weighted-random",
                "zk-lb.services.orders.strategy=hash | zk-lb.services.orders.strategy | hash | consistent-hash",
                "zk-lb.consistent-hash.key=hedaer:X | zk-lb.consistent-hash.key | hedaer:X | header:NAME",
                "zk-lb.services.orders.consistent-hash.key=path:x | zk-lb.services.orders.consistent-hash.key | path:x | number",
                "zk-lb.consistent-hash.key=bean:none | zk-lb.consistent-hash.key | bean:none | HashKeyResolver",
                "zk-lb.consistent-hash.virtual-nodes=0 | zk-lb.consistent-hash.virtual-nodes | 0 | 1..4096",
                "zk-lb.services.orders.consistent-hash.virtual-nodes=5000 | zk-lb.services.orders.consistent-hash.virtual-nodes | 5000 | 1..4096",
                "zk-lb.consistent-hash.virtual-nodes=many | zk-lb.consistent-hash.virtual-nodes | many | NumberFormatException",
                "zk-lb.consistent-hash.when-missing=fial | zk-lb.consistent-hash.when-missing | fial | weighted",
                "zk-lb.load.error-statuses=5xx | zk-lb.load.error-statuses | 5xx | 500-599",
                "zk-lb.load.error-types=java.lang.String | zk-lb.load.error-types | java.lang.String | exception classes",
                "zk-lb.slow-start.aggression=0 | zk-lb.slow-start.aggression | 0 | 0.1..10",
                "zk-lb.outlier-ejection.interval=1ms | zk-lb.outlier-ejection.interval | 1ms | 100ms..1h",
                "zk-lb.zone.mode=local | zk-lb.zone.mode | local | PREFER_LOCAL",
                "zk-lb.services.orders.zone.min-endpoints=0 | zk-lb.services.orders.zone.min-endpoints | 0 | 1..1000000",
                "zk-lb.zone.caller-shares.a=-1 | zk-lb.zone.caller-shares[a] | -1 | 0.001..1000000",
                "zk-lb.zone.metadata-key= | zk-lb.zone.metadata-key | empty | such as zone",
                "zk-lb.consistent-hash.bounded-load=0.5 | zk-lb.consistent-hash.bounded-load | 0.5 | 1..1000",
                "zk-lb.membership.removal-delay=-1s | zk-lb.membership.removal-delay | -1 | 0",
                "zk-lb.membership.allowed-hosts=10.0.0.0/40 | zk-lb.membership.allowed-hosts | 10.0.0.0/40 | CIDRs such as 10.0.0.0/8",
                "zk-lb.membership.allowed-ports=http | zk-lb.membership.allowed-ports | http | ranges such as 8000-8099",
                "zk-lb.membership.fail-fast-timeout=1h | zk-lb.membership.fail-fast-timeout | 1h | 0s..10m",
                "zk-lb.eager=orders,,payments | zk-lb.eager | '' | service ids",
                "zk-lb.eager[0]=http://orders | zk-lb.eager | http://orders | such as orders",
                "zk-lb.eager-timeout=1h | zk-lb.eager-timeout | 1h | 0s..10m",
                "zk-lb.zookeeper.auth=secret | zk-lb.zookeeper.auth | something else | digest:USER:PASSWORD",
                "zk-lb.zookeeper.ssl.bundle=none | zk-lb.zookeeper.ssl.bundle | none | spring.ssl.bundle",
                "zk-lb.source=eureka | zk-lb.source | eureka | DISCOVERY_CLIENT",
                "zk-lb.routes[0].name=a | zk-lb.routes[0].to | empty | such as version",
                "zk-lb.routes[0].to.version=2 | zk-lb.routes[0].name | '' | letters",
                "zk-lb.routes[0].otherwise=nobody | zk-lb.routes[0].otherwise | nobody | FAIL",
                "zk-lb.services.orders.routes[0].split[0].percent=120 | zk-lb.services.orders.routes[0].name | '' | letters",
                "zk-lb.services.orders.source=eureka | zk-lb.services.orders.source | eureka | DISCOVERY_CLIENT",
                "zk-lb.services.[order_service].least-request.choice-count=1 | zk-lb.services[order_service].least-request.choice-count | 1 | 2..100",
                "zk-lb.services.my.service.strategy=random | zk-lb.services.my.service.strategy | 'my' | zk-lb.services[my.service].strategy",
                "zk-lb.services.order_service.strategy=random | zk-lb.services.order_service.strategy | orderservice | [order_service]",
            })
    void aWrongSettingStopsTheStartAndNamesPropertyValueAndRemedy(
            String setting, String property, String value, String remedy, CapturedOutput output) {
        assertThatThrownBy(() -> Consumer.start(zookeeper.connectString(), setting))
                .isInstanceOf(Exception.class);
        assertThat(output).contains("APPLICATION FAILED TO START");
        String report = output.getOut().substring(output.getOut().indexOf("APPLICATION FAILED TO START"));
        assertThat(report)
                .contains("Action:")
                .contains(property)
                .contains(value)
                .contains(remedy);
    }

    @ParameterizedTest
    @CsvSource({
        "zk-lb.strategy, spring.cloud.loadbalancer.configurations",
        "zk-lb.services.orders.strategy, spring.cloud.loadbalancer.configurations",
        "zk-lb.services.orders.strategy, spring.cloud.loadbalancer.clients.orders.configurations"
    })
    void weightsAreRefusedForAStrategyThatMindsNone(String strategy, String configurations, CapturedOutput output) {
        assertThatThrownBy(() -> Consumer.start(
                        zookeeper.connectString(), strategy + "=round-robin", configurations + "=weighted"))
                .isInstanceOf(Exception.class);
        assertThat(output)
                .contains("The property " + strategy + " has the value round-robin")
                .contains("because " + configurations + " is weighted");
    }

    @ParameterizedTest
    @CsvSource({
        "spring.cloud.loadbalancer.configurations, zone",
        "spring.cloud.loadbalancer.clients.orders.configurations, hints"
    })
    void aSupplierOfNoKnownMeaningIsWarnedOfOnceAndChangesNothing(
            String property, String value, CapturedOutput output) {
        try (Provider provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(
                        zookeeper.connectString(),
                        property + "=" + value,
                        "zk-lb.services.payments.strategy=random",
                        "spring.cloud.loadbalancer.clients.users.hint.default=x")) {
            assertThat(consumer.get("http://orders/")).isEqualTo(provider.name());
        }
        assertThat(output.getOut().lines().filter(line -> line.contains("means nothing to zk-lb")))
                .singleElement()
                .asString()
                .contains("WARN", property, "'" + value + "'", "zone-preference, health-check");
    }

    @Test
    void keysThatNothingReadsAreOneWarningAndStopNothing(CapturedOutput output) {
        Consumer.start(
                        zookeeper.connectString(),
                        "zk-lb.stratgy=random",
                        "zk-lb.services.orders.consistent-hash.keys[0]=path",
                        "zk-lb.services.orders.consistent-hash.key[0]=path")
                .close();
        assertThat(output.getOut().lines().filter(line -> line.contains("Nothing reads")))
                .singleElement()
                .asString()
                .contains("WARN")
                .contains("zk-lb.stratgy (the nearest is zk-lb.strategy)")
                .contains("consistent-hash.keys[0] (the nearest is zk-lb.services.<id>.consistent-hash.key)")
                .doesNotContain("consistent-hash.key[0]");
    }

    @Test
    void anIdThatIsNoHostNameIsWarnedOf(CapturedOutput output) {
        Consumer.start(zookeeper.connectString(), "zk-lb.services[order_service].strategy=random")
                .close();
        assertThat(output)
                .contains("zk-lb.services[order_service]")
                .contains("spring.cloud.zookeeper.dependencies.<alias>.path=/order_service");
    }

    @Test
    void theSettingsOfAnIdInBracketsAreItsOwn() {
        try (Provider provider = Provider.start("order_service", "a", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(
                        zookeeper.connectString(),
                        "zk-lb.services[order_service].strategy=consistent-hash",
                        "zk-lb.services[order_service].consistent-hash.when-missing=fail")) {
            assertThat(consumer.choosePort("order_service", "key")).contains(provider.port());
            assertThatThrownBy(() -> consumer.choosePort("order_service", null))
                    .hasMessageContaining("order_service")
                    .hasMessageContaining("when-missing is 'fail'");
        }
    }

    @Test
    void aWeightBeyondTheRangeIsOneWithOneWarning(CapturedOutput output) {
        try (Provider provider =
                        Provider.start("heavy", "a", zookeeper.connectString(), Map.of("weight", "1000000000"));
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            for (int i = 0; i < 3; i++) {
                assertThat(consumer.get("http://heavy/")).isEqualTo(provider.name());
            }
            assertThat(output.getOut().lines().filter(line -> line.contains("WARN") && line.contains("zklb")))
                    .singleElement()
                    .asString()
                    .contains("heavy", "weight", "1000000000", "0..1000000", "counts as 1");
        }
    }

    /** Fault 60. */
    @Test
    void oneMistypedWeightTakesAHundredTimesTheMediansShareWithOneWarning(CapturedOutput output) {
        String connect = zookeeper.connectString();
        try (Provider a = Provider.start("lopsided", "a", connect, Map.of("weight", "1000000"));
                Provider b = Provider.start("lopsided", "b", connect, 1);
                Provider c = Provider.start("lopsided", "c", connect, 1);
                Consumer consumer = Consumer.start(connect)) {
            Map<String, Long> shares = IntStream.range(0, 102)
                    .mapToObj(i -> consumer.get("http://lopsided/"))
                    .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
            assertThat(shares).isEqualTo(Map.of(a.name(), 100L, b.name(), 1L, c.name(), 1L));
            assertThat(output.getOut().lines().filter(line -> line.contains("WARN") && line.contains("zklb")))
                    .singleElement()
                    .asString()
                    .contains("lopsided", "weight", "1000000", "100 times the median", "zk-lb.weight.max-ratio");
        }
    }
}

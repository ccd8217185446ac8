package io.github.zklb.autoconfigure.properties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

/** Which keys below {@code zk-lb} are refused, which are warned of, and which are right. */
@ExtendWith(OutputCaptureExtension.class)
class PropertyKeysTest {

    private final StandardEnvironment environment = new StandardEnvironment();
    private final PropertyKeys keys = new PropertyKeys();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zk-lb.strategy",
                "zkLb.strategy",
                "zk_lb.outlier_ejection.baseEjectionTime",
                "zk-lb.consistent-hash.key[0]",
                "zk-lb.eager[12]",
                "zk-lb.consistent-hash",
                "zk-lb.services",
                "zk-lb.services.orders",
                "zk-lb.services.orders.membership",
                "zk-lb.services.orders.strategy",
                "zk-lb.services.orders.consistent-hash.key",
                "zk-lb.services.orders.consistent-hash.key[0]",
                "zk-lb.services.orders.consistentHash.key[10]",
                "zk-lb.services.orders.consistent_hash.virtualNodes",
                "zk-lb.services.order-5.load.error-types[1]",
                "zkLb.services.Orders.membership.hold.gracePeriod",
                "zk-lb.services[my.service].consistent-hash.key[0]",
                "zk-lb.services.[order_service].strategy",
                "zk-lb.services.load.load.decay",
                "zk-lb.zone.caller-shares",
                "zk-lb.zone.caller-shares.eu-west-1a",
                "zk-lb.services.orders.zone.callerShares[eu.west]",
                "zk-lb.routes[0].name",
                "zk-lb.routes[0].when[1]",
                "zk-lb.services.orders.routes[10].to.version",
                "zk-lb.services.orders.routes[0].to.app.kubernetes.io",
                "zk-lb.services.orders.routes[0].to[app_version]",
                "zk-lb.services.[my.service].routes[0].split[1].to.Version",
                "zk-lb.services.orders.routes[0].split[1].percent",
                "zk-lb.services.orders.routes[0].stickyBy",
                "zk-lb.zookeeper.ssl.bundle",
                "zk-lb.membership.store-directory",
                "other.zk-lb.typo",
                "zk-lbs.typo",
                "ZK_LB_TYPO"
            })
    void aKeyThatIsReadIsRight(String key) {
        assertThat(PropertyKeys.nearestToUnknownKey(key, "value")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "zk-lb.stratgy, strategy",
        "zkLb.consistentHash.virtualNode, consistent-hash.virtual-nodes",
        "zk-lb.consistent-hash.keys[0], consistent-hash.key",
        "zk-lb.virtual-nodes, consistent-hash.virtual-nodes",
        "zk-lb.zookeper.auth, zookeeper.auth",
        "zk-lb.service.orders.strategy, services.<id>.strategy",
        "zk-lb.services.orders.strategi, services.<id>.strategy",
        "zk-lb.services.orders.lod.decay, services.<id>.load.decay",
        "zk-lb.services.orders.outlier-ejecton.enabled, services.<id>.outlier-ejection.enabled",
        "zk-lb.services.orders.slow-start.enabled, services.<id>.slow-start.window",
        "zk-lb.services[my.service].least-request.choices, services.<id>.least-request.choice-count",
        "zk-lb.routes[0].whn[0], routes.when",
        "zk-lb.services.orders.routes[1].split[0].percnt, services.<id>.routes.split.percent",
        "zk-lb.services.orders.membership.fail-fast, services.<id>.membership.ignore"
    })
    void aKeyThatNothingReadsHasANearest(String key, String nearest) {
        assertThat(PropertyKeys.nearestToUnknownKey(key, "value")).isEqualTo(nearest);
    }

    @ParameterizedTest
    @CsvSource({
        "zk-lb.services.my.service.strategy, 'my', zk-lb.services[my.service].strategy",
        "zkLb.services.my.service.consistentHash.key[0], 'my', zk-lb.services[my.service].consistentHash.key[0]",
        "zk-lb.services.a.b.c.load.decay, 'a', zk-lb.services[a.b.c].load.decay",
        "zk-lb.services.order_service.strategy, 'orderservice', zk-lb.services[order_service].strategy",
        "zk_lb.services.order_service.stratgy, 'orderservice', zk-lb.services[order_service].stratgy",
        "zk-lb.services.order_service, 'orderservice', zk-lb.services[order_service]",
        "zk-lb.services.my.order_service.strategy, 'my', zk-lb.services[my.order_service].strategy"
    })
    void anIdThatWouldBeReadAsAnotherIsRefused(String key, String readAs, String remedy) {
        set(key);
        assertThatThrownBy(() -> keys.check(environment))
                .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                .hasMessageContaining(remedy + ",")
                .hasMessageContaining(key)
                .hasMessageContaining("the service '" + readAs + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "zk-lb.services.orders.routes[0].to.app_version, 'appversion', zk-lb.services.orders.routes[0].to[app_version]",
        "zkLb.routes[1].split[0].to.example.org/version, 'example.orgversion', zkLb.routes[1].split[0].to[example.org/version]"
    })
    void metadataThatWouldBeReadAsOtherIsRefused(String key, String readAs, String remedy) {
        set(key);
        assertThatThrownBy(() -> keys.check(environment))
                .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                .hasMessageContaining(remedy + ",")
                .hasMessageContaining("the metadata key '" + readAs + "'");
    }

    /** What a file says, and what is read. */
    @Test
    void aVersionThatYamlRoundsIsWarnedOf(CapturedOutput output) throws IOException {
        String yaml = """
                zk-lb.services.orders.routes:
                - name: testers
                  to: {version: 2.10}
                - name: ramp
                  split:
                  - {to: {version: "2.10", Build: 7}, percent: 2.5}
                """;
        new YamlPropertySourceLoader()
                .load("file", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
                .forEach(environment.getPropertySources()::addLast);
        keys.check(environment);
        keys.check(environment);
        assertThat(output.getOut().lines().filter(line -> line.contains("WARN")))
                .singleElement()
                .asString()
                .contains("YAML reads an unquoted 2.10 as 2.1")
                .contains("zk-lb.services.orders.routes[0].to.version (2.1)")
                .doesNotContain("split");
        assertThat(new ServicePropertiesBinder(environment).bind("orders").routes())
                .satisfiesExactly(
                        testers -> assertThat(testers.to()).isEqualTo(Map.of("version", "2.1")),
                        ramp -> assertThat(ramp.split())
                                .containsExactly(
                                        new RouteProperties.Part(Map.of("version", "2.10", "Build", "7"), 2.5)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ZK_LB_STRATEGY",
                "ZKLB_CONSISTENTHASH_VIRTUALNODES",
                "ZK_LB_CONSISTENT_HASH_VIRTUAL_NODES",
                "ZKLB_CONSISTENTHASH_KEY_0",
                "ZKLB_CONSISTENTHASH_KEY_0_",
                "ZK_LB_SERVICES_ORDERS_STRATEGY",
                "ZKLB_SERVICES_MY_SERVICE_LOAD_ERRORTYPES_1",
                "ZKLB_ZONE_CALLERSHARES_EUWEST1A",
                "ZK_LB_SERVICES_ORDERS_ZONE_CALLERSHARES_A",
                "ZK_LB_ROUTES_0_NAME",
                "ZK_LB_SERVICES_ORDERS_ROUTES_0_TO_VERSION",
                "ZKLB_SERVICES_ORDERS_ROUTES_0_SPLIT_1_PERCENT",
                "ZK_LB_ROUTES_0_WHEN_1_",
                "ZK_LB_SERVICE_HOST",
                "ZK_LB_SERVICE_PORT_CLIENT",
                "ZK_LB_PORT",
                "ZK_LB_PORT_2181_TCP_ADDR",
                "ZK_LB_CLIENT_SERVICE_HOST",
                "ZK_LB_CLIENT_PORT_2181_TCP",
                "ZK_LBS_TYPO",
                "ZKTYPO",
                "PATH"
            })
    void aVariableThatIsReadOrIsOfOthersIsRight(String variable) {
        assertThat(PropertyKeys.nearestToUnknownVariable(variable)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "ZK_LB_STRATGY, strategy",
        "ZKLB_CONSISTENT_HASH_KEYS_0_, consistent-hash.key",
        "ZK_LB_SERVICES_ORDERS_STRATGY, services.<id>.strategy"
    })
    void aVariableThatNothingReadsHasANearest(String variable, String nearest) {
        assertThat(PropertyKeys.nearestToUnknownVariable(variable)).isEqualTo(nearest);
    }

    @Test
    void allAreOneWarningThatIsEscapedAndNotRepeated(CapturedOutput output) {
        set("zk-lb.stratgy");
        set("zk-lb.typo\nERROR forged");
        set("zk-lb.strategy");
        environment
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource(
                        "test-systemEnvironment", Map.of("ZK_LB_EAGR", "orders", "zk-lb.services.a_b.typo", "x")));
        keys.check(environment);
        keys.check(environment);
        assertThat(output.getOut().lines().filter(line -> line.contains("WARN") && line.contains("PropertyKeys")))
                .singleElement()
                .asString()
                .contains("zk-lb.stratgy (the nearest is zk-lb.strategy)")
                .contains("ZK_LB_EAGR (the nearest is zk-lb.eager)")
                .contains("zk-lb.typo\\u000aERROR forged (")
                .doesNotContain("zk-lb.strategy,");
        set("zk-lb.typo");
        keys.check(environment);
        assertThat(output.getOut().lines().filter(line -> line.contains("WARN") && line.contains("PropertyKeys")))
                .hasSize(2)
                .last()
                .asString()
                .contains("zk-lb.typo (")
                .doesNotContain("stratgy");
    }

    private void set(String key) {
        environment.getPropertySources().addLast(new MapPropertySource(key, Map.of(key, "value")));
    }
}

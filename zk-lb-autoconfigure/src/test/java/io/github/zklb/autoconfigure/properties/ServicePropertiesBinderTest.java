package io.github.zklb.autoconfigure.properties;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.engine.EngineSettings;
import io.github.zklb.policy.SettingLayers;
import io.github.zklb.policy.SettingLayers.Layer;
import io.github.zklb.strategy.ConsistentHashSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class ServicePropertiesBinderTest {

    private final StandardEnvironment environment = new StandardEnvironment();

    @Test
    void aServiceOverridesSingleValuesAndKeepsTheOtherDefaults() {
        set(Map.of(
                "zk-lb.strategy", "random",
                "zk-lb.consistent-hash.virtual-nodes", "320",
                "zk-lb.membership.removal-delay", "2s",
                "zk-lb.services.orders.strategy", "consistent-hash",
                "zk-lb.services.orders.consistent-hash.when-missing", "fail"));
        ServiceProperties orders = bind("orders");
        assertThat(orders.strategy()).isEqualTo("consistent-hash");
        assertThat(orders.consistentHash().virtualNodes()).isEqualTo(320);
        assertThat(orders.consistentHash().whenMissing()).isEqualTo("fail");
        assertThat(orders.membership().removalDelay()).isEqualTo(Duration.ofSeconds(2));
        ServiceProperties billing = bind("billing");
        assertThat(billing.strategy()).isEqualTo("random");
        assertThat(billing.consistentHash().whenMissing()).isEqualTo("weighted");
    }

    @Test
    void servicesWithoutSettingsOfTheirOwnShareTheDefaultsUntilARefresh() {
        set(Map.of("zk-lb.strategy", "random", "zk-lb.services.orders.strategy", "weighted"));
        ServicePropertiesBinder binder = new ServicePropertiesBinder(environment);
        ServiceProperties billing = binder.bind("billing");
        assertThat(binder.bind("users")).isSameAs(billing);
        assertThat(binder.bind("orders").strategy()).isEqualTo("weighted");

        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("later", Map.of("zk-lb.strategy", "round-robin")));
        binder.refresh();
        assertThat(binder.bind("billing").strategy()).isEqualTo("round-robin");
    }

    @Test
    void aMapOfTheServiceOverridesSingleKeys() {
        set(Map.of(
                "zk-lb.zone.caller-shares.eu-west-1a", "2",
                "zk-lb.zone.caller-shares.[eu.west.1b]", "1",
                "zk-lb.services.orders.zone.caller-shares.eu-west-1a", "5",
                "zk-lb.services[my.service].zone.caller-shares.C", "3"));
        Map<String, Double> all = Map.of("eu-west-1a", 2.0, "eu.west.1b", 1.0);
        assertThat(bind("billing").zone().callerShares()).isEqualTo(all);
        assertThat(bind("orders").zone().callerShares()).isEqualTo(Map.of("eu-west-1a", 5.0, "eu.west.1b", 1.0));
        assertThat(bind("my.service").zone().callerShares())
                .isEqualTo(Map.of("eu-west-1a", 2.0, "eu.west.1b", 1.0, "C", 3.0));
    }

    @Test
    void aListOfTheServiceReplacesTheDefaultList() {
        set(Map.of(
                "zk-lb.consistent-hash.key[0]", "header:A",
                "zk-lb.consistent-hash.key[1]", "header:B",
                "zk-lb.services.orders.consistent-hash.key", "cookie:C"));
        assertThat(bind("orders").consistentHash().key()).containsExactly("cookie:C");
        assertThat(bind("billing").consistentHash().key()).containsExactly("header:A", "header:B");
    }

    @Test
    void theRegistryIsOneOfTheServiceOrTheDefault() {
        set(Map.of(
                "zk-lb.source", "zookeeper",
                "zk-lb.services.orders.source", "discovery-client",
                "zk-lb.services.orders.enabled", "false",
                "zk-lb.services.users.source", "AUTO"));
        assertThat(bind("orders").source()).isEqualTo(EngineSettings.Source.DISCOVERY_CLIENT);
        assertThat(bind("orders").enabled()).isFalse();
        assertThat(bind("users").source()).isEqualTo(EngineSettings.Source.AUTO);
        assertThat(bind("other").source()).isEqualTo(EngineSettings.Source.ZOOKEEPER);
        assertThat(bind("other").enabled()).isTrue();
    }

    @Test
    void idsWithDotsUnderscoresAndCapitalsAreReadInBrackets() {
        set(Map.of(
                "zk-lb.services[order_service].strategy", "random",
                "zk-lb.services[a.b].strategy", "round-robin",
                "zk-lb.services[Orders].strategy", "weighted-random"));
        assertThat(bind("order_service").strategy()).isEqualTo("random");
        assertThat(bind("a.b").strategy()).isEqualTo("round-robin");
        assertThat(bind("Orders").strategy()).isEqualTo("weighted-random");
    }

    @Test
    void plainIdsWithHyphensDigitsAndCapitalsAreReadInEitherSpelling() {
        set(Map.of(
                "zk-lb.services.order-service.strategy", "random",
                "zk-lb.services.order-5.strategy", "round-robin",
                "zk-lb.services[price-service].strategy", "consistent-hash",
                "zk-lb.services.Billing.strategy", "weighted-random"));
        assertThat(bind("order-service").strategy()).isEqualTo("random");
        assertThat(bind("order-5").strategy()).isEqualTo("round-robin");
        assertThat(bind("price-service").strategy()).isEqualTo("consistent-hash");
        assertThat(bind("Billing").strategy()).isEqualTo("weighted-random");
        assertThat(bind("").strategy()).isEqualTo("weighted");
    }

    @Test
    void environmentVariablesAndPlaceholdersWork() {
        environment
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource(
                        "test-systemEnvironment",
                        Map.of("ZK_LB_SERVICES_ORDERS_STRATEGY", "random", "ZKLB_STRATEGY", "weighted-random")));
        set(Map.of("zk-lb.services.billing.strategy", "${chosen}", "chosen", "round-robin"));
        assertThat(bind("billing").strategy()).isEqualTo("round-robin");
        assertThat(bind("other").strategy()).isEqualTo("weighted-random");
    }

    @Test
    void whichPropertyHasSetASettingIsTold() {
        set(Map.of(
                "zk-lb.strategy", "random",
                "zk-lb.consistent-hash.key[0]", "header:A",
                "zk-lb.services.orders.strategy", "weighted",
                "zk-lb.services.my-orders.consistent-hash.virtualNodes", "7",
                "zk-lb.services[my.service].consistent-hash.key", "path"));
        ConfigurationPropertySources.attach(environment);
        ServicePropertiesBinder binder = new ServicePropertiesBinder(environment);
        assertThat(binder.of("orders", SettingLayers.NONE, "strategy")).isEqualTo("zk-lb.services.orders.strategy");
        assertThat(binder.of("billing", SettingLayers.NONE, "strategy")).isEqualTo("zk-lb.strategy");
        assertThat(binder.of("orders", SettingLayers.NONE, "consistent-hash.key"))
                .isEqualTo("zk-lb.consistent-hash.key");
        assertThat(binder.of("my-orders", SettingLayers.NONE, "consistent-hash.virtual-nodes"))
                .isEqualTo("zk-lb.services.my-orders.consistent-hash.virtual-nodes");
        assertThat(binder.of("my.service", SettingLayers.NONE, "consistent-hash.key"))
                .isEqualTo("zk-lb.services[my.service].consistent-hash.key");
        assertThat(binder.of("orders", SettingLayers.NONE, "consistent-hash.algorithm"))
                .isNull();
    }

    @Test
    void whatOperatorsSetLiesAboveAndBelowWhatIsSaidOfTheService() {
        set(Map.of(
                "zk-lb.strategy", "random",
                "zk-lb.consistent-hash.virtual-nodes", "320",
                "zk-lb.consistent-hash.key[0]", "header:A",
                "zk-lb.consistent-hash.key[1]", "header:B",
                "zk-lb.zone.min-endpoints", "9",
                "zk-lb.services[my.orders].strategy", "weighted",
                "zk-lb.services[my.orders].least-request.choice-count", "3",
                "zk-lb.services[my.orders].consistent-hash.replicas", "1"));
        Layer policy = new Layer(
                Map.of(
                        "strategy", "consistent-hash",
                        "least-request.choice-count", "4",
                        "consistent-hash.key[0]", "path",
                        "consistent-hash.replicas", "2",
                        "routes[0].name", "policy",
                        "routes[0].to[app.x/version]", "2.10",
                        "routes[1].name", "second"),
                "the policy");
        Layer first = new Layer(Map.of("strategy", "peak-ewma"), "the first overlay");
        Layer second =
                new Layer(Map.of("strategy", "round-robin", "consistent-hash.algorithm", "maglev"), "the second");
        SettingLayers layers = new SettingLayers(List.of(first, second), policy);
        ConfigurationPropertySources.attach(environment);
        ServicePropertiesBinder binder = new ServicePropertiesBinder(environment);
        ServiceProperties bound = binder.bind("my.orders", layers);
        assertThat(bound.strategy()).isEqualTo("peak-ewma");
        assertThat(bound.consistentHash().algorithm()).isEqualTo(ConsistentHashSettings.Algorithm.MAGLEV);
        assertThat(bound.leastRequest().choiceCount()).isEqualTo(3);
        assertThat(bound.consistentHash().replicas()).isEqualTo(1);
        assertThat(bound.consistentHash().key()).as("a list is one value").containsExactly("path");
        assertThat(bound.consistentHash().virtualNodes()).isEqualTo(320);
        assertThat(bound.routes()).extracting(RouteProperties::name).containsExactly("policy", "second");
        assertThat(bound.routes().get(0).to()).isEqualTo(Map.of("app.x/version", "2.10"));
        assertThat(bound.zone().minEndpoints()).isEqualTo(9);
        assertThat(binder.of("my.orders", layers, "strategy")).isEqualTo("the first overlay");
        assertThat(binder.of("my.orders", layers, "consistent-hash.algorithm")).isEqualTo("the second");
        assertThat(binder.of("my.orders", layers, "least-request.choice-count"))
                .isEqualTo("zk-lb.services[my.orders].least-request.choice-count");
        assertThat(binder.of("my.orders", layers, "consistent-hash.key")).isEqualTo("the policy");
        assertThat(binder.of("my.orders", layers, "routes")).isEqualTo("the policy");
        assertThat(binder.of("my.orders", layers, "consistent-hash.virtual-nodes"))
                .isEqualTo("zk-lb.consistent-hash.virtual-nodes");
        assertThat(binder.of("my.orders", layers, "weight.max-ratio")).isNull();
        assertThat(binder.bind("other", new SettingLayers(List.of(), policy)).strategy())
                .isEqualTo("consistent-hash");
        assertThat(binder.bind("other").strategy()).isEqualTo("random");
    }

    private void set(Map<String, Object> properties) {
        environment.getPropertySources().addLast(new MapPropertySource("test", properties));
    }

    private ServiceProperties bind(String serviceId) {
        ConfigurationPropertySources.attach(environment);
        return new ServicePropertiesBinder(environment).bind(serviceId);
    }
}

package io.github.zklb.autoconfigure.properties;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.RequestRoutes;
import io.github.zklb.strategy.StrategyCatalogue;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeSettingsCheckTest {

    /** As an application without strategies and key sources of its own has it. */
    static final NodeSettingsCheck CHECK = new NodeSettingsCheck(settings -> {
        new StrategyCatalogue(List.of()).requireKnown(settings.strategy(), settings.strategySettings());
        KeySources sources = new KeySources(name -> request -> name);
        sources.firstOf(settings.keySources());
        new RequestRoutes(settings.routes(), sources);
    });

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "strategy | consistent-hash",
                "consistent-hash.key[0] | header:X",
                "consistent-hash.key | header:X, path",
                "consistent-hash.bounded-load | 1.25",
                "least-request.choice-count | 4",
                "weight.max-ratio | 10",
                "load.error-statuses[0] | 500-599",
                "load-report.use | true",
                "slow-start.window | 30s",
                "outlier-ejection.enabled | true",
                "zone.mode | prefer-local",
                "zone.caller-shares[eu-west.1] | 2.5",
                "zone.caller-shares.a | 1"
            })
    void whatConcernsTheChoiceOfAnInstanceCanBe(String name, String value) {
        assertThat(problem(name, value)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stategy | random | stategy is unknown (the nearest is strategy)",
                "consistentHash.replicas | 2 | consistentHash.replicas is unknown (the nearest is consistent-hash.replicas)",
                "consistent-hash.replica | 2 | consistent-hash.replica is unknown (the nearest is consistent-hash.replicas)",
                "consistent-hash | x | consistent-hash is unknown",
                "consistent-hash.replicas | 3 | zk-lb.consistent-hash.replicas must be 1..2 but was 3",
                "consistent-hash.replicas | many | zk-lb.consistent-hash.replicas cannot be 'many'",
                "consistent-hash.algorithm | rng | zk-lb.consistent-hash.algorithm cannot be 'rng'",
                "consistent-hash.key[0] | headre:X | zk-lb.consistent-hash.key must be",
                "consistent-hash.when-missing | ranbom | zk-lb.consistent-hash.when-missing must be 'fail' or one of",
                "strategy | wieghted | zk-lb.strategy must be one of",
                "strategy[0] | random | these have no place: [zk-lb.strategy[0]]",
                "routes | x | zk-lb.routes",
                "routes[0].name | x | zk-lb.routes[0].to must be",
                "routes[1].name | x | these have no place: [zk-lb.routes[1].name]",
                "slow-start.window | 99h | zk-lb.slow-start.window must be 0s..1h but was 99h",
                "zone.name | a | zone.name is for the application's own configuration",
                "load.error-types | java.io.IOException | load.error-types is for the application's own configuration",
                "membership.removal-delay | 0s | membership.removal-delay is for the application's own configuration",
                "policy.enabled | false | policy.enabled is for the application's own configuration",
                "enabled | false | enabled is for the application's own configuration",
                "source | zookeeper | source is for the application's own configuration",
                "eager | x | eager is for the application's own configuration",
                "zookeeper.auth | x | zookeeper.auth is for the application's own configuration"
            })
    void whatCannotBeIsRefusedWithTheReason(String name, String value, String problem) {
        assertThat(problem(name, value)).startsWith(problem).matches("[ -~]+");
    }

    @Test
    void theRestOfARouteIsLookedAtToo() {
        assertThat(CHECK.problem(Map.of("routes[0].name", "a", "routes[0].to[x.y]", "2")))
                .isNull();
        assertThat(CHECK.problem(Map.of("routes[0].name", "a", "routes[0].to.x", "2", "routes[0].when[0]", "haeder:A")))
                .contains("routes[0].when");
    }

    private static @Nullable String problem(String name, String value) {
        return CHECK.problem(Map.of(name, value));
    }
}

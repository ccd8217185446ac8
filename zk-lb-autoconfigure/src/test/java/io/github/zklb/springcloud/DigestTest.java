package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.engine.Digest;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Clients that would pick differently are found by comparing their digests. */
class DigestTest {

    private static final HostSet HOSTS = HostSet.of(IntStream.range(0, 8)
            .mapToObj(i -> Endpoint.of("10.0.0." + i, 8080).withWeight(1 + i))
            .toList());

    /** What a client picks for some keys, and its digest. */
    private record Client(Digest digest, List<String> picks) {

        static Client of(HostSet hosts, Algorithm algorithm, int virtualNodes, int maxWeightRatio) {
            return of(hosts, algorithm, virtualNodes, maxWeightRatio, null);
        }

        static Client of(
                HostSet hosts, Algorithm algorithm, int virtualNodes, int maxWeightRatio, @Nullable Integer tableSize) {
            EngineSettings settings = FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS)
                    .with(
                            "consistent-hash",
                            new StrategySettings(
                                    new ConsistentHashSettings(
                                            algorithm, virtualNodes, tableSize, null, Identity.ADDRESS, "weighted"),
                                    2,
                                    maxWeightRatio));
            try (FedEngine fed = new FedEngine(settings)) {
                fed.publish(hosts);
                Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
                return new Client(
                        fed.engine.snapshots().published().digest(),
                        IntStream.range(0, 2_000)
                                .mapToObj(i -> Objects.requireNonNull(snapshot.pick(PickContext.ofKey("key-" + i)))
                                        .address())
                                .toList());
            }
        }
    }

    private static final Client ONE = Client.of(HOSTS, Algorithm.RING, 160, 100);

    @Test
    void clientsThatPickAlikeHaveEqualDigests() {
        HostSet registeredAnew = HostSet.of(HOSTS.endpoints().stream()
                .map(each -> each.withId("other-" + each.port()))
                .toList());
        assertThat(Client.of(registeredAnew, Algorithm.RING, 160, 100)).isEqualTo(ONE);
        assertThat(Client.of(HOSTS, Algorithm.RING, 160, 100, 2_000))
                .as("a ring has no table")
                .isEqualTo(ONE);
        assertThat(Client.of(HOSTS, Algorithm.MAGLEV, 160, 100, 2_000).digest())
                .isNotEqualTo(Client.of(HOSTS, Algorithm.MAGLEV, 160, 100).digest());
    }

    @Test
    void otherEndpointsOrWeightsShowInTheOneAndOtherSettingsInTheOther() {
        Endpoint first = HOSTS.get(0);
        HostSet fewer = HOSTS.filter(each -> !each.equals(first));
        HostSet heavier = HostSet.of(HOSTS.endpoints().stream()
                .map(each -> each.equals(first) ? each.withWeight(3) : each)
                .toList());
        for (Client other :
                List.of(Client.of(fewer, Algorithm.RING, 160, 100), Client.of(heavier, Algorithm.RING, 160, 100))) {
            assertThat(other.picks()).isNotEqualTo(ONE.picks());
            assertThat(other.digest().endpoints()).isNotEqualTo(ONE.digest().endpoints());
            assertThat(other.digest().placement()).isEqualTo(ONE.digest().placement());
        }
        for (Client other : List.of(
                Client.of(HOSTS, Algorithm.MAGLEV, 160, 100),
                Client.of(HOSTS, Algorithm.RING, 200, 100),
                Client.of(HOSTS, Algorithm.RING, 160, 1))) {
            assertThat(other.picks()).isNotEqualTo(ONE.picks());
            assertThat(other.digest().endpoints()).isEqualTo(ONE.digest().endpoints());
            assertThat(other.digest().placement()).isNotEqualTo(ONE.digest().placement());
        }
    }
}

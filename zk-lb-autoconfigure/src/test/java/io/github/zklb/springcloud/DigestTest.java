package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.Digest;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.SlowStartSettings;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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
            return of(hosts, settings);
        }

        static Client of(HostSet hosts, EngineSettings settings) {
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

    private static EngineSettings with(String strategy, Algorithm algorithm, int virtualNodes) {
        return FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS)
                .with(
                        strategy,
                        new StrategySettings(new ConsistentHashSettings(
                                algorithm, virtualNodes, null, null, Identity.ADDRESS, "weighted")));
    }

    @ParameterizedTest
    @CsvSource({"weighted, RING", "consistent-hash, MAGLEV", "consistent-hash, RENDEZVOUS"})
    void virtualNodesShowOnlyWithARing(String strategy, Algorithm algorithm) {
        assertThat(Client.of(HOSTS, with(strategy, algorithm, 200)).digest())
                .isEqualTo(Client.of(HOSTS, with(strategy, algorithm, 160)).digest());
    }

    @Test
    void theSettingsOfHashingShowOnlyWhereKeysAreHashed() {
        assertThat(Client.of(HOSTS, with("weighted", Algorithm.MAGLEV, 160)).digest())
                .isEqualTo(
                        Client.of(HOSTS, with("weighted", Algorithm.RING, 160)).digest());
    }

    private static EngineSettings hashing(Identity identity) {
        return FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS)
                .with(
                        "consistent-hash",
                        new StrategySettings(
                                new ConsistentHashSettings(Algorithm.RING, 160, null, null, identity, "weighted")));
    }

    private static EngineSettings routed() {
        Route canary =
                new Route("canary", List.of("header:X"), Map.of("version", "2"), List.of(), List.of(), Otherwise.BASE);
        return DefaultSettings.with(hashing(Identity.ADDRESS), Map.of("routes", List.of(canary)));
    }

    private static EngineSettings zoned(@Nullable String own) {
        EngineSettings weighted = FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS);
        return DefaultSettings.with(
                weighted, Map.of("zone", new ZoneSettings(Mode.PREFER_LOCAL, own, "rack", Map.of(), 6)));
    }

    private static HostSet withFirst(UnaryOperator<Endpoint> change) {
        return HostSet.of(IntStream.range(0, HOSTS.size())
                .mapToObj(i -> i == 0 ? change.apply(HOSTS.get(i)) : HOSTS.get(i))
                .toList());
    }

    private static HostSet withFirst(String key, String value) {
        return withFirst(each -> each.withMetadata(Map.of(key, value)));
    }

    /** What a registration says besides its address and weight, the settings that look at it, and those that do not. */
    private static Stream<Arguments> registrations() {
        EngineSettings plain = hashing(Identity.ADDRESS);
        return Stream.of(
                Arguments.of("status", withFirst("instance_status", "OUT_OF_SERVICE"), plain, null),
                Arguments.of("version", withFirst("version", "2"), routed(), plain),
                Arguments.of("zone", withFirst("rack", "r7"), zoned("r1"), plain),
                Arguments.of("id", withFirst(each -> each.withId("z")), hashing(Identity.INSTANCE_ID), plain));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("registrations")
    void whatElseOfARegistrationCountsShowsWhereItCounts(
            String what, HostSet other, EngineSettings looking, @Nullable EngineSettings notLooking) {
        Digest before = Client.of(HOSTS, looking).digest();
        Digest after = Client.of(other, looking).digest();
        assertThat(after.endpoints()).as(what).isNotEqualTo(before.endpoints());
        assertThat(after.placement()).isEqualTo(before.placement());
        if (notLooking != null) {
            assertThat(Client.of(other, notLooking)).isEqualTo(Client.of(HOSTS, notLooking));
        }
    }

    @Test
    void anEndpointThatIsNotUpIsPickedByNobodyAndItsStatusIsReadAsTheStagesReadIt() {
        HostSet down = withFirst("instance_status", "OUT_OF_SERVICE");
        assertThat(Client.of(down, hashing(Identity.ADDRESS)).picks()).isNotEqualTo(ONE.picks());
        assertThat(Client.of(withFirst("instance_status", "up"), hashing(Identity.ADDRESS)))
                .isEqualTo(ONE);
    }

    @Test
    void zonesShowInTheSettingsAndACallersOwnZoneInNeither() {
        Digest here = Client.of(HOSTS, zoned("r1")).digest();
        assertThat(Client.of(HOSTS, zoned("r2")).digest()).isEqualTo(here);
        assertThat(Client.of(HOSTS, FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS))
                        .digest()
                        .placement())
                .isNotEqualTo(here.placement());
    }
}

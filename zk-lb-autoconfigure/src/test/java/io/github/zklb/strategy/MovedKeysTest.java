package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.Fleets.Fleet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which keys move when one endpoint goes or comes, or changes its weight. */
class MovedKeysTest {

    private static final List<String> KEYS =
            IntStream.range(0, 10_000).mapToObj(i -> "key-" + i).toList();

    /** How an endpoint has less of the keys. Seen backwards, it has more of them. */
    private enum Loss {
        REMOVED,
        DRAINED,
        LIGHTER;

        HostSet of(HostSet hosts, Endpoint endpoint, Random random) {
            return switch (this) {
                case REMOVED -> Fleets.without(hosts, endpoint);
                case DRAINED -> Fleets.with(hosts, endpoint.withWeight(0));
                case LIGHTER -> Fleets.with(hosts, endpoint.withWeight(Fleets.spread(random, endpoint.weight())));
            };
        }
    }

    private record Case(Algorithm algorithm, Loss loss, Fleet fleet) {}

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void onlyTheEndpointsOwnKeysMoveAndTheyComeBack(Case of) {
        Random random = of.fleet().random();
        while (true) {
            HostSet hosts = Fleets.spreadOf(random, of.fleet().size());
            Strategy strategy = Fleets.strategy("consistent-hash", of.fleet().settings(of.algorithm()), 1);
            List<String> with = owners(strategy.newPicker(hosts));
            String endpoint = with.get(random.nextInt(KEYS.size()));
            HostSet less = of.loss().of(hosts, at(hosts, endpoint), random);
            if (of.algorithm() != Algorithm.RING || unit(hosts) == unit(less)) {
                List<String> without = owners(strategy.newPicker(less));
                assertThat(moved(with, without, endpoint::equals)).isZero();
                assertThat(of.loss() != Loss.LIGHTER && without.contains(endpoint))
                        .isFalse();
                assertThat(owners(strategy.newPicker(hosts))).isEqualTo(with);
                return;
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("minimal")
    void anEndpointOfTwiceTheWeightHasMoreKeysAndAllThatMovedGoToIt(Algorithm algorithm, long seed) {
        Random random = new Random(seed);
        HostSet hosts = Fleets.ofWeights(random.ints(50, 40, 60).toArray()); // The mean stays between 32 and 64.
        Endpoint light = hosts.get(random.nextInt(50));
        Strategy strategy = Fleets.consistentHash(algorithm);
        List<String> was = owners(strategy.newPicker(hosts));
        List<String> is = owners(strategy.newPicker(Fleets.with(hosts, light.withWeight(2 * light.weight()))));
        assertThat(moved(is, was, light.address()::equals)).isZero();
        assertThat(is.stream().filter(light.address()::equals).count())
                .isGreaterThan(was.stream().filter(light.address()::equals).count());
    }

    static Stream<Arguments> minimal() {
        return Stream.of(Algorithm.RING, Algorithm.RENDEZVOUS)
                .flatMap(algorithm -> Fleets.seeds().limit(15).mapToObj(seed -> Arguments.of(algorithm, seed)));
    }

    static Stream<Case> cases() {
        return Stream.of(Algorithm.RING, Algorithm.RENDEZVOUS)
                .flatMap(algorithm -> Fleets.fleets()
                        .filter(fleet -> fleet.size() > 1)
                        .flatMap(fleet -> Stream.of(Loss.values()).map(loss -> new Case(algorithm, loss, fleet))));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void maglevMovesAtMostThreeInAHundredOfTheOthersKeys(long seed) {
        Random random = new Random(seed);
        HostSet hosts = HostSet.of(Fleets.spreadOf(random, 100).endpoints().stream()
                .map(endpoint -> endpoint.withWeight(1))
                .toList());
        Strategy strategy = Fleets.consistentHash(Algorithm.MAGLEV);
        List<String> with = owners(strategy.newPicker(hosts));
        String endpoint = with.get(random.nextInt(KEYS.size()));
        List<String> without = owners(strategy.newPicker(Fleets.without(hosts, at(hosts, endpoint))));
        long others = with.stream().filter(owner -> !owner.equals(endpoint)).count();
        assertThat(moved(with, without, endpoint::equals)).isLessThanOrEqualTo(others * 3 / 100);
        assertThat(owners(strategy.newPicker(hosts))).isEqualTo(with);
    }

    /** The largest power of two not above the mean weight. */
    private static long unit(HostSet hosts) {
        return Long.highestOneBit((long) hosts.endpoints().stream()
                .mapToInt(Endpoint::weight)
                .filter(weight -> weight > 0)
                .average()
                .orElse(0));
    }

    private static Endpoint at(HostSet hosts, String address) {
        return hosts.filter(endpoint -> endpoint.address().equals(address)).get(0);
    }

    private static List<String> owners(Picker picker) {
        Map<Endpoint, String> addresses = new IdentityHashMap<>();
        return KEYS.stream()
                .map(key -> Objects.requireNonNull(picker.pick(PickContext.ofKey(key))))
                .map(owner -> addresses.computeIfAbsent(owner, Endpoint::address))
                .toList();
    }

    private static long moved(List<String> was, List<String> is, Predicate<String> excepted) {
        return IntStream.range(0, was.size())
                .filter(i -> !excepted.test(was.get(i)) && !was.get(i).equals(is.get(i)))
                .count();
    }
}

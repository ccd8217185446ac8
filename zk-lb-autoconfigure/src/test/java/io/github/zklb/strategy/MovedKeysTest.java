package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import io.github.zklb.strategy.Fleets.Fleet;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
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
        HostSet hosts = Fleets.spreadOf(random, of.fleet().size());
        Strategy strategy = Fleets.strategy("consistent-hash", of.fleet().settings(of.algorithm()), 1);
        List<String> with = owners(strategy.newPicker(hosts));
        String endpoint = with.get(random.nextInt(KEYS.size()));
        HostSet less = of.loss().of(hosts, at(hosts, endpoint), random);
        List<String> without = owners(strategy.newPicker(less));
        if (of.algorithm() == Algorithm.RING && unit(hosts) != unit(less)) {
            assertThat(ConsistentHashSettings.DEFAULTS.isNearBorder(hosts) || hosts.size() == 2)
                    .isTrue();
        } else {
            assertThat(moved(with, without, endpoint::equals)).isZero();
        }
        assertThat(of.loss() != Loss.LIGHTER && without.contains(endpoint)).isFalse();
        assertThat(owners(strategy.newPicker(hosts))).isEqualTo(with);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("minimal")
    void anEndpointOfTwiceTheWeightHasMoreKeysAndAllThatMovedGoToIt(Algorithm algorithm, long seed) {
        Random random = new Random(seed);
        HostSet hosts = Fleets.ofWeights(random.ints(50, 40, 60).toArray()); // The median stays between 8 and 128.
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

    /** Fault 61. */
    @ParameterizedTest
    @EnumSource(names = {"RING", "RENDEZVOUS"})
    void aSmallChangeOfOneWeightOrTheLossOfOneEndpointMovesNoThirdKey(Algorithm algorithm) {
        HostSet equal = Fleets.ofWeights(IntStream.generate(() -> 128).limit(20).toArray());
        assertOnlyItsKeysMove(algorithm, equal, Fleets.with(equal, equal.get(7).withWeight(127)), equal.get(7));
        HostSet four = Fleets.ofWeights(1, 1, 3, 3);
        four.endpoints().forEach(gone -> assertOnlyItsKeysMove(algorithm, four, Fleets.without(four, gone), gone));
    }

    private static void assertOnlyItsKeysMove(Algorithm algorithm, HostSet before, HostSet after, Endpoint changed) {
        Strategy strategy = Fleets.consistentHash(algorithm);
        List<String> was = owners(strategy.newPicker(before));
        List<String> is = owners(strategy.newPicker(after));
        assertThat(moved(was, is, changed.address()::equals)).isZero();
        assertThat(moved(was, is, owner -> false)).isLessThan(KEYS.size() / 2);
    }

    /** With the settings as they are by default: any change of one endpoint of any fleet. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void noThirdKeyMovesButAtTheNamedBordersWhichAreWarnedOf(long seed) {
        Random random = new Random(seed);
        HostSet before = Fleets.fractions(random, 3 + random.nextInt(60));
        Endpoint changed = before.get(random.nextInt(before.size()));
        HostSet after = changed(before, changed, random);
        ConsistentHashSettings ring = ConsistentHashSettings.DEFAULTS;
        if (unit(before) != unit(after)) {
            assertThat(ring.isNearBorder(before)).isTrue();
            return;
        }
        Set<String> cut = Stream.of(before, after)
                .flatMap(hosts -> hosts.endpoints().stream()
                        .filter(endpoint -> endpoint.weight() > hosts.weightLimit(100))
                        .map(Endpoint::address))
                .collect(Collectors.toSet());
        cut = before.weightLimit(100) == after.weightLimit(100) ? Set.of() : cut;
        for (Algorithm algorithm : List.of(Algorithm.RING, Algorithm.RENDEZVOUS)) {
            StrategySettings settings = new StrategySettings(
                    new ConsistentHashSettings(algorithm, 160, 4_096, null, Identity.ADDRESS, "weighted"));
            Strategy strategy = Fleets.strategy("consistent-hash", settings, 1);
            List<String> was = owners(strategy.newPicker(before));
            List<String> is = owners(strategy.newPicker(after));
            for (int i = 0; i < KEYS.size(); i++) {
                Set<String> both = Set.of(was.get(i), is.get(i) + (was.get(i).equals(is.get(i)) ? "'" : ""));
                assertThat(was.get(i).equals(is.get(i))
                                || both.contains(changed.address())
                                || !Collections.disjoint(both, cut))
                        .as("%s: %s", algorithm, both)
                        .isTrue();
            }
        }
    }

    private static HostSet changed(HostSet hosts, Endpoint endpoint, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> Fleets.without(hosts, endpoint);
            case 1 -> Fleets.with(hosts, endpoint.withWeight(0));
            default -> Fleets.with(hosts, endpoint.withWeight(endpoint.weight() * random.nextDouble(2)));
        };
    }

    /** Weights within a factor of ten, as operators set them: at most one change in fifty. */
    @Test
    void theBordersOfTheUnitAreRare() {
        int borders = 0;
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            double least = Math.pow(10, random.nextDouble(4) - 2);
            HostSet hosts = HostSet.of(IntStream.range(0, 10 + random.nextInt(190))
                    .mapToObj(i -> Fleets.endpoint(i, 1).withWeight(least * (1 + random.nextInt(10))))
                    .toList());
            HostSet after = changed(hosts, hosts.get(random.nextInt(hosts.size())), random);
            borders += unit(hosts) == unit(after) ? 0 : 1;
        }
        assertThat(borders).isBetween(1, 100);
    }

    @Test
    void aStepOfTheUnitMovesKeysOfAllAndIsWarnedOf() {
        HostSet before = Fleets.ofWeights(7, 7, 7, 8, 8);
        HostSet after = Fleets.with(before, before.get(0).withWeight(8));
        assertThat(ConsistentHashSettings.DEFAULTS.isNearBorder(before)).isTrue();
        Strategy strategy = Fleets.consistentHash(Algorithm.RING);
        List<String> was = owners(strategy.newPicker(before));
        List<String> is = owners(strategy.newPicker(after));
        assertThat(moved(was, is, before.get(0).address()::equals)).isGreaterThan(KEYS.size() / 4);
        assertThat(ConsistentHashSettings.DEFAULTS.isNearBorder(Fleets.ofWeights(7, 7, 7, 7, 8)))
                .isFalse();
    }

    @Test
    void aThirdEndpointMayMoveKeysBetweenTwoAndThatIsWarnedOf() {
        HostSet two = Fleets.ofWeights(7, 8);
        HostSet three = Fleets.ofWeights(7, 8, 8);
        assertThat(unit(two)).isNotEqualTo(unit(three));
        assertThat(ConsistentHashSettings.DEFAULTS.isNearBorder(two)).isTrue();
        Strategy strategy = Fleets.consistentHash(Algorithm.RING);
        List<String> was = owners(strategy.newPicker(two));
        List<String> is = owners(strategy.newPicker(three));
        assertThat(moved(is, was, three.get(2).address()::equals)).isGreaterThan(KEYS.size() / 20);
    }

    /** As docs/configuration.md has it; with a lower maximum, as it takes less time to fill. */
    @Test
    void theHalvingOfARingThatIsFullMovesAboutHalfOfTheKeys() {
        assertThat(Stream.of(26_051, 26_052)
                        .map(size -> Arrays.stream(Ring.counts(weighed(Fleets.equal(size)), 160, Ring.MAX_POINTS))
                                .max()
                                .orElseThrow()))
                .containsExactly(160L, 80L);
        WeightedEndpoints fewer = weighed(Fleets.equal(100));
        WeightedEndpoints more = weighed(Fleets.equal(101));
        int most = 100 * 161;
        Ring whole = Ring.of(fewer, Ring.counts(fewer, 160, most));
        Ring halved = whole.next(more, Ring.counts(more, 160, most));
        assertThat(List.of(whole.size(), halved.size())).containsExactly(16_000, 8_080);
        assertThat(movedShare(fewer, whole, more, halved)).isBetween(0.4, 0.6);
    }

    @ParameterizedTest
    @EnumSource(names = {"RENDEZVOUS", "MAGLEV"})
    void aStepOfTheTablesSizeMovesMostKeys(Algorithm algorithm) {
        WeightedEndpoints fewer = weighed(Fleets.equal(655));
        WeightedEndpoints more = weighed(Fleets.equal(656));
        int small = KeyTable.slots(655, null);
        int large = KeyTable.slots(656, null);
        assertThat(List.of(small, large / small)).containsExactly(65_537, 2);
        boolean rendezvous = algorithm == Algorithm.RENDEZVOUS;
        KeyTable was = rendezvous ? Rendezvous.of(fewer, small).table() : Maglev.table(fewer, small);
        KeyTable is = rendezvous ? Rendezvous.of(more, large).table() : Maglev.table(more, large);
        assertThat(movedShare(fewer, was, more, is)).isBetween(rendezvous ? 0.5 : 0.9, rendezvous ? 0.7 : 1.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "RENDEZVOUS"})
    void aMedianThatChangesMovesKeysOfAnEndpointWhoseWeightIsCutAndOfNoOther(Algorithm algorithm) {
        HostSet before = Fleets.ofWeights(1, 1, 1, 2, 2, 2, 1_000);
        HostSet after = Fleets.with(before, before.get(3).withWeight(1));
        String changed = before.get(3).address();
        String cut = before.get(6).address();
        Strategy strategy = Fleets.strategy(
                "consistent-hash",
                new StrategySettings(
                        new ConsistentHashSettings(algorithm, 160, 65_537, null, Identity.ADDRESS, "weighted")),
                1);
        List<String> was = owners(strategy.newPicker(before));
        List<String> is = owners(strategy.newPicker(after));
        assertThat(moved(was, is, Set.of(changed, cut)::contains)).isZero();
        assertThat(moved(was, is, owner -> !owner.equals(cut))).isBetween(1L, KEYS.size() / 10L);
    }

    private static WeightedEndpoints weighed(HostSet hosts) {
        return WeightedEndpoints.distinct(hosts, Endpoint::address, 100);
    }

    private static double movedShare(WeightedEndpoints before, KeyTable was, WeightedEndpoints after, KeyTable is) {
        long moved = KEYS.stream()
                .mapToLong(Hashing::ofText)
                .filter(hash -> !before.endpoints()[was.owner(was.find(hash))].equals(
                        after.endpoints()[is.owner(is.find(hash))]))
                .count();
        return (double) moved / KEYS.size();
    }

    /** The largest power of 16 not above twice the lower median of the weights. */
    private static double unit(HostSet hosts) {
        return WeightedEndpoints.unit(hosts.weightLimit(1));
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

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the catalogue tells of strategies and pickers without a pick. */
class SharesTest {

    private static final HostSet HOSTS = Fleets.ofWeights(1, 3, 4);
    private static final Picker OF_A_USER = request -> null;

    private static ConsistentHashSettings whenMissing(String name) {
        return new ConsistentHashSettings(Algorithm.RING, 160, null, null, Identity.ADDRESS, name);
    }

    private static Picker keyed(String whenMissing) {
        return Fleets.strategy("consistent-hash", Fleets.unlimited(whenMissing(whenMissing)), 1)
                .newPicker(HOSTS);
    }

    private static Map<String, Double> shares(Picker picker) {
        return Objects.requireNonNull(StrategyCatalogue.shares(picker));
    }

    @ParameterizedTest
    @CsvSource({
        "round-robin, 0.3333333333, 0.3333333333, 0.3333333333",
        "random, 0.3333333333, 0.3333333333, 0.3333333333",
        "weighted, 0.125, 0.375, 0.5",
        "weighted-random, 0.125, 0.375, 0.5",
        "least-request, 0.125, 0.375, 0.5",
        "peak-ewma, 0.125, 0.375, 0.5"
    })
    void theSharesFollowFromTheWeightsWhereTheseCount(String name, double first, double second, double third) {
        Picker picker = Fleets.strategy(name, 1).newPicker(HOSTS);
        assertThat(shares(picker).keySet())
                .containsExactlyInAnyOrder("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080");
        assertThat(shares(picker).get("10.0.0.1:8080")).isCloseTo(first, within(1e-9));
        assertThat(shares(picker).get("10.0.0.2:8080")).isCloseTo(second, within(1e-9));
        assertThat(shares(picker).get("10.0.0.3:8080")).isCloseTo(third, within(1e-9));
        assertThat(StrategyCatalogue.sharesWithoutKey(picker)).isEqualTo(shares(picker));
    }

    @Test
    void twoRegistrationsOfOneAddressHaveTheSumOfTheirShares() {
        Endpoint again = HOSTS.get(0).withId("again");
        Picker picker = Fleets.strategy("weighted", 1)
                .newPicker(HostSet.of(HOSTS.get(0), again, HOSTS.get(1)), Acceptance.FULL);
        assertThat(shares(picker)).isEqualTo(Map.of("10.0.0.1:8080", 0.4, "10.0.0.2:8080", 0.6));
    }

    @Test
    void whoAcceptsAPartHasThePartOfItsShare() {
        Acceptance half = endpoint -> endpoint.equals(HOSTS.get(2)) ? 0.5 : 1;
        Picker picker = Fleets.strategy("weighted", 1).newPicker(HOSTS, half);
        assertThat(shares(picker).get("10.0.0.1:8080")).isCloseTo(1 / 6.0, within(1e-9));
        assertThat(shares(picker).get("10.0.0.2:8080")).isCloseTo(3 / 6.0, within(1e-9));
        assertThat(shares(picker).get("10.0.0.3:8080")).isCloseTo(2 / 6.0, within(1e-9));
    }

    @Test
    void whereKeysMatterTheSharesAreThoseOfKeysAndThoseWithoutKeyAreApart() {
        Picker picker = keyed("weighted");
        assertThat(shares(picker))
                .isEqualTo(Objects.requireNonNull(KeyMap.of(picker)).shares());
        assertThat(StrategyCatalogue.sharesWithoutKey(picker))
                .isEqualTo(shares(Fleets.strategy("weighted", 1).newPicker(HOSTS)));
        assertThat(StrategyCatalogue.sharesWithoutKey(keyed("fail"))).isNull();
    }

    @Test
    void nothingIsToldOfAPickerThatIsAUsersOrHasNoEndpoint() {
        Picker empty = Fleets.strategy("weighted", 1).newPicker(HostSet.EMPTY);
        for (Picker picker : List.of(OF_A_USER, empty)) {
            assertThat(StrategyCatalogue.shares(picker)).isNull();
            assertThat(StrategyCatalogue.sharesWithoutKey(picker)).isNull();
            assertThat(StrategyCatalogue.isByLoad(picker)).isFalse();
            assertThat(KeyMap.of(picker)).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "round-robin, false, false",
        "random, false, false",
        "weighted, false, true",
        "weighted-random, false, true",
        "least-request, true, true",
        "peak-ewma, true, true"
    })
    void whetherThePicksDependOnLoadsOrWeights(String name, boolean byLoad, boolean weighted) {
        assertThat(StrategyCatalogue.isByLoad(Fleets.strategy(name, 1).newPicker(HOSTS)))
                .isEqualTo(byLoad);
        assertThat(StrategyCatalogue.isByLoad(keyed(name))).isEqualTo(byLoad);
        assertThat(StrategyCatalogue.isWeighted(name)).isEqualTo(weighted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"consistent-hash", "a-users-own"})
    void weightsCountForKeysAndAreLeftToAUsersOwn(String name) {
        assertThat(StrategyCatalogue.isWeighted(name)).isTrue();
    }

    @Test
    void aNameIsRefusedWithoutMakingTheStrategy() {
        StrategyCatalogue catalogue = new StrategyCatalogue(List.of());
        catalogue.requireKnown("weighted", StrategySettings.DEFAULTS);
        catalogue.requireKnown("consistent-hash", new StrategySettings(whenMissing("fail")));
        assertThatThrownBy(() -> catalogue.requireKnown("nearest", StrategySettings.DEFAULTS))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("zk-lb.strategy must be one of ");
        assertThatThrownBy(() -> catalogue.requireKnown("weighted", new StrategySettings(whenMissing("nearest"))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("zk-lb.consistent-hash.when-missing must be 'fail' or one of ");
    }

    /** A third of the known name's letters may be wrong. */
    @Test
    void theClosestNameIsToldIfItIsCloseEnough() {
        StrategyCatalogue catalogue = new StrategyCatalogue(List.of());
        assertMessage(catalogue, "ramdon", "(did you mean 'random'?)");
        assertMessage(catalogue, "ran", "peak-ewma, random, round-robin, weighted, weighted-random but was");
        assertMessage(catalogue, "rand", "(did you mean 'random'?)");
        assertMessage(catalogue, "randomly", "(did you mean 'random'?)");
        assertMessage(catalogue, "weighted-rand", "(did you mean 'weighted-random'?)");
        assertMessage(catalogue, "weigh", "weighted-random but was");
        StrategyCatalogue alike =
                new StrategyCatalogue(List.of(new Own("abcdef"), new Own("abcdeg"), new Own("abcdeh")));
        assertMessage(alike, "abcdegg", "(did you mean 'abcdeg'?)");
    }

    private static void assertMessage(StrategyCatalogue catalogue, String name, String part) {
        assertThatThrownBy(() -> catalogue.requireKnown(name, StrategySettings.DEFAULTS))
                .hasMessageContaining(part);
    }

    @Test
    void aCatalogueThatStandsApartHasTheSameStrategies() {
        StrategyCatalogue catalogue = new StrategyCatalogue(List.of(new Own("own")));
        assertThat(catalogue.apart()).isNotSameAs(catalogue);
        assertThat(catalogue.apart().names()).isEqualTo(catalogue.names()).contains("own");
        assertThat(catalogue.isShortOfPoints()).isFalse();
    }

    @Test
    void ringsAreShortOfPointsWhenMoreThanThreeQuartersAreGranted() {
        Ring.Budget budget = new Ring.Budget(100);
        Object owner = new Object();
        Object another = new Object();
        assertThat(budget.isShort()).isFalse();
        assertThat(budget.grant(owner, 1_000)).isEqualTo(50);
        assertThat(budget.grant(another, 25)).isEqualTo(25);
        assertThat(budget.isShort()).isFalse();
        assertThat(budget.grant(another, 26)).isEqualTo(25); // half of 50
        assertThat(budget.grant(new Object(), 1)).isEqualTo(1);
        assertThat(budget.isShort()).isTrue();
        assertThat(budget.grant(owner, 10)).isEqualTo(10);
        assertThat(budget.isShort()).isFalse();
        assertThat(List.of(owner, another)).hasSize(2); // held until here
    }

    private record Own(String name) implements StrategyFactory {

        @Override
        public Strategy create(StrategyContext context) {
            return hosts -> OF_A_USER;
        }
    }
}

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrategyCatalogueTest {

    private final StrategyCatalogue catalogue = new StrategyCatalogue(List.of(new First("first")));

    @Test
    void hasTheBuiltInStrategiesAndTheUsersOwn() {
        assertThat(catalogue.names())
                .contains("consistent-hash", "first", "random", "round-robin", "weighted", "weighted-random");
    }

    @Test
    void createsAUsersStrategy() {
        assertThat(create("first").newPicker(Fleets.equal(3)).pick(PickContext.NONE))
                .isEqualTo(Fleets.endpoint(0, 1));
    }

    @Test
    void anUnknownNameIsRefusedWithTheKnownOnesAndTheClosest() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create("wieghted"))
                .withMessageStartingWith("zk-lb.strategy must be one of consistent-hash, first, ")
                .withMessageEndingWith(" (did you mean 'weighted'?) but was 'wieghted'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create("fastest"))
                .withMessageStartingWith("zk-lb.strategy must be one of ")
                .withMessageEndingWith("weighted-random but was 'fastest'");
    }

    @Test
    void anUnknownStrategyForMissingKeysIsRefusedByTheNameOfItsProperty() {
        StrategySettings settings = whenMissing("wieghted");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> catalogue.create("consistent-hash", settings, Fleets.context(1)))
                .withMessageStartingWith(
                        "zk-lb.consistent-hash.when-missing must be 'fail' or one of consistent-hash, ")
                .withMessageEndingWith(" (did you mean 'weighted'?) but was 'wieghted'");
    }

    @Test
    void twoStrategiesOfOneNameAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StrategyCatalogue(List.of(new First("weighted"))))
                .withMessage(
                        "There is already a built-in strategy named 'weighted': give %s another name"
                                + " [zk-lb messages#a-strategy-with-a-name-that-is-taken]",
                        First.class.getName());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StrategyCatalogue(List.of(new First("a"), new First("a"))))
                .withMessageStartingWith("There is already a custom strategy named 'a'");
    }

    @Test
    void requestsWithoutAKeyGoToTheStrategyForThem() {
        Strategy strategy = catalogue.create("consistent-hash", whenMissing("first"), Fleets.context(1));
        assertThat(strategy.newPicker(Fleets.equal(9)).pick(PickContext.NONE)).isEqualTo(Fleets.endpoint(0, 1));
    }

    @Test
    void requestsWithoutAKeyGetNoEndpointWhenTheyAreToFail() {
        Strategy strategy = catalogue.create("consistent-hash", whenMissing("fail"), Fleets.context(1));
        assertThat(strategy.newPicker(Fleets.equal(9)).pick(PickContext.NONE)).isNull();
        assertThat(strategy.newPicker(Fleets.equal(9)).pick(PickContext.ofKey("a")))
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"consistent-hash", "", " "})
    void theStrategyForMissingKeysIsAnother(String whenMissing) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> whenMissing(whenMissing))
                .withMessage(
                        "zk-lb.consistent-hash.when-missing must be 'fail' or the name of another strategy but was '"
                                + whenMissing + "'");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 4097})
    void virtualNodesOutOfRangeAreRefused(int virtualNodes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConsistentHashSettings(
                        Algorithm.RING, virtualNodes, null, null, Identity.ADDRESS, "weighted"))
                .withMessage("zk-lb.consistent-hash.virtual-nodes must be 1..4096 but was " + virtualNodes);
    }

    @Test
    void aStrategyFollowsItsSettings() {
        AtomicReference<StrategySettings> settings = new AtomicReference<>(Fleets.settings(Algorithm.RING));
        Strategy strategy = catalogue.create("consistent-hash", settings::get, Fleets.context(1));
        HostSet hosts = Fleets.equal(9);
        for (Algorithm algorithm : Algorithm.values()) {
            settings.set(Fleets.settings(algorithm));
            Picker afresh = Fleets.consistentHash(algorithm).newPicker(hosts);
            Picker picker = strategy.newPicker(hosts);
            for (int i = 0; i < 100; i++) {
                PickContext context = PickContext.ofKey("key-" + i);
                assertThat(picker.pick(context)).isEqualTo(afresh.pick(context));
            }
        }
        settings.set(whenMissing("first"));
        assertThat(strategy.newPicker(hosts).pick(PickContext.NONE)).isEqualTo(Fleets.endpoint(0, 1));
    }

    @Test
    void aChangeOfSettingsKeepsTheCursorOfTheStrategyForMissingKeys() {
        AtomicReference<StrategySettings> settings = new AtomicReference<>(Fleets.settings(Algorithm.RING));
        Strategy strategy = catalogue.create("consistent-hash", settings::get, Fleets.context(1));
        HostSet hosts = Fleets.equal(4);
        Set<Endpoint> picked = new HashSet<>();
        for (Algorithm algorithm : Algorithm.values()) {
            settings.set(Fleets.settings(algorithm));
            picked.add(Objects.requireNonNull(strategy.newPicker(hosts).pick(PickContext.NONE)));
        }
        assertThat(picked).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 999, 2_000_001})
    void aTableSizeOutOfRangeIsRefused(int tableSize) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConsistentHashSettings(
                        Algorithm.MAGLEV, 160, tableSize, null, Identity.ADDRESS, "weighted"))
                .withMessage("zk-lb.consistent-hash.table-size must be 1000..2000000 but was " + tableSize);
    }

    @Test
    void aTableSizeIsRoundedUpToAPrime() {
        assertThat(Maglev.table(Fleets.candidates(Fleets.equal(3)), KeyTable.slots(3, 1_000))
                        .size())
                .isEqualTo(1_009);
    }

    private Strategy create(String name) {
        return catalogue.create(name, StrategySettings.DEFAULTS, Fleets.context(1));
    }

    private static StrategySettings whenMissing(String name) {
        return new StrategySettings(
                new ConsistentHashSettings(Algorithm.RING, 160, null, null, Identity.ADDRESS, name));
    }

    private record First(String name) implements StrategyFactory {
        @Override
        public Strategy create(StrategyContext context) {
            return hosts -> pick -> hosts.get(0);
        }
    }
}

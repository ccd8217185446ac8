package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConsistentHashStrategyTest {

    private static final List<String> KEYS =
            IntStream.range(0, 5_000).mapToObj(i -> "key-" + i).toList();

    @Test
    void anEndpointThatReturnsUnderAnotherIdHasItsKeysBack() {
        HostSet hosts = Fleets.equal(5);
        Endpoint returned = hosts.get(2).withId("another");
        HostSet after = Fleets.with(Fleets.without(hosts, hosts.get(2)), returned);
        Picker was = picker(hosts, Identity.ADDRESS);
        Picker is = picker(after, Identity.ADDRESS);
        assertThat(KEYS).allSatisfy(key -> assertThat(address(is, key)).isEqualTo(address(was, key)));
    }

    @Test
    void theIdCanBeTheIdentity() {
        HostSet hosts = Fleets.equal(5);
        HostSet moved = HostSet.of(hosts.endpoints().stream()
                .map(e -> new Endpoint(e.id(), "moved-" + e.host(), 9_000, false, 1, e.metadata()))
                .toList());
        Picker was = picker(hosts, Identity.INSTANCE_ID);
        Picker is = picker(moved, Identity.INSTANCE_ID);
        assertThat(KEYS)
                .allSatisfy(key ->
                        assertThat(pick(is, key).id()).isEqualTo(pick(was, key).id()));
    }

    @Test
    void twoRegistrationsOfOneAddressHaveOneShare() {
        HostSet hosts = Fleets.equal(5);
        Endpoint twin = hosts.get(2).withId("zz-twin");
        Picker was = picker(hosts, Identity.ADDRESS);
        Picker is = picker(Fleets.with(hosts, twin), Identity.ADDRESS);
        assertThat(KEYS).allSatisfy(key -> assertThat(address(is, key)).isEqualTo(address(was, key)));
    }

    @Test
    void aHugeKeyCountsByItsBeginning() {
        Picker picker = picker(Fleets.equal(50), Identity.ADDRESS);
        String beginning = "x".repeat(Hashing.MAX_LENGTH);
        assertThat(pick(picker, beginning + "a".repeat(1_000_000))).isEqualTo(pick(picker, beginning));
    }

    @ParameterizedTest
    @EnumSource
    void aStrategyGoesOnFromTheTableOfAnotherOne(Algorithm algorithm) {
        StrategyCatalogue catalogue = new StrategyCatalogue(List.of());
        HostSet hosts = Fleets.random(new Random(7), 50);
        HostSet fewer = Fleets.without(hosts, hosts.get(3));
        Picker its = Fleets.consistentHash(algorithm).newPicker(hosts);
        Strategy next = catalogue.create(
                ConsistentHashSettings.STRATEGY, () -> Fleets.settings(algorithm), Fleets.context(1), its);
        assertThat(((KeyPicker) next.newPicker(hosts)).table()).isSameAs(((KeyPicker) its).table());
        Picker anew = Fleets.consistentHash(algorithm).newPicker(fewer);
        Picker is = next.newPicker(fewer);
        assertThat(KEYS).allSatisfy(key -> assertThat(address(is, key)).isEqualTo(address(anew, key)));
    }

    @Test
    void butNotFromARingThatHadToBeCut() {
        HostSet hosts = Fleets.equal(50);
        Supplier<StrategySettings> settings = () -> Fleets.settings(Algorithm.RING);
        Picker cut = new ConsistentHashStrategy(
                        settings, name -> Fleets.strategy("weighted", 1), Fleets.context(1), new Ring.Budget(200))
                .newPicker(hosts);
        Strategy next = new StrategyCatalogue(List.of())
                .create(ConsistentHashSettings.STRATEGY, settings, Fleets.context(1), cut);
        assertThat(KeyMap.of(next.newPicker(hosts)))
                .extracting(KeyMap::points)
                .isEqualTo(Objects.requireNonNull(
                                KeyMap.of(Fleets.consistentHash(Algorithm.RING).newPicker(hosts)))
                        .points());
    }

    private static Picker picker(HostSet hosts, Identity identity) {
        ConsistentHashSettings settings =
                new ConsistentHashSettings(Algorithm.RING, 160, null, null, identity, "weighted");
        return Fleets.strategy("consistent-hash", new StrategySettings(settings), 1)
                .newPicker(hosts);
    }

    private static Endpoint pick(Picker picker, String key) {
        return Objects.requireNonNull(picker.pick(PickContext.ofKey(key)));
    }

    private static String address(Picker picker, String key) {
        return pick(picker, key).address();
    }
}

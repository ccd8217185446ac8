package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConsistentHashStrategyTest {

    private static final List<String> KEYS =
            IntStream.range(0, 5_000).mapToObj(i -> "key-" + i).toList();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void removalMovesOnlyTheRemovedEndpointsKeys(long seed) {
        Random random = new Random(seed);
        HostSet before = Fleets.ofWeights(
                IntStream.generate(() -> 4).limit(2 + random.nextInt(100)).toArray());
        Endpoint removed = before.get(random.nextInt(before.size()));
        List<Endpoint> was = owners(before);
        List<Endpoint> is = owners(Fleets.without(before, removed));
        for (int i = 0; i < was.size(); i++) {
            if (!was.get(i).equals(removed)) {
                assertThat(is.get(i)).isEqualTo(was.get(i));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void aChangeOfWeightMovesKeysOnlyFromOrToThatEndpoint(long seed) {
        Random random = new Random(seed);
        int[] weights = random.ints(50, 40, 60).toArray(); // The mean stays between the powers 32 and 64.
        HostSet before = Fleets.ofWeights(weights);
        Endpoint changed = before.get(random.nextInt(50));
        boolean heavier = random.nextBoolean();
        Endpoint now = changed.withWeight(heavier ? 2 * changed.weight() : changed.weight() / 2);
        List<Endpoint> was = owners(before);
        List<Endpoint> is = owners(Fleets.with(before, now));
        for (int i = 0; i < was.size(); i++) {
            if (!was.get(i).id().equals(is.get(i).id())) {
                assertThat(heavier ? is.get(i) : was.get(i)).isEqualTo(heavier ? now : changed);
            }
        }
        assertThat(is.stream().filter(now::equals).count()
                        > was.stream().filter(changed::equals).count())
                .isEqualTo(heavier);
    }

    @Test
    void aTriedOwnersKeyGoesWhereItGoesWithoutTheOwner() {
        HostSet hosts = Fleets.ofWeights(3, 3, 3, 3, 3, 3, 3);
        Picker picker = picker(hosts, Identity.ADDRESS);
        for (String key : KEYS) {
            Endpoint owner = Objects.requireNonNull(picker.pick(PickContext.ofKey(key)));
            assertThat(picker.pick(new PickContext(key, Set.of(owner))))
                    .isEqualTo(picker(Fleets.without(hosts, owner), Identity.ADDRESS)
                            .pick(PickContext.ofKey(key)));
            if (key.equals("key-200")) {
                break;
            }
        }
    }

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

    private static Picker picker(HostSet hosts, Identity identity) {
        ConsistentHashSettings settings = new ConsistentHashSettings(Algorithm.RING, 160, identity, "weighted");
        return Fleets.strategy("consistent-hash", new StrategySettings(settings), 1)
                .newPicker(hosts);
    }

    private static List<Endpoint> owners(HostSet hosts) {
        Picker picker = picker(hosts, Identity.ADDRESS);
        return KEYS.stream().map(key -> pick(picker, key)).toList();
    }

    private static Endpoint pick(Picker picker, String key) {
        return Objects.requireNonNull(picker.pick(PickContext.ofKey(key)));
    }

    private static String address(Picker picker, String key) {
        return pick(picker, key).address();
    }
}

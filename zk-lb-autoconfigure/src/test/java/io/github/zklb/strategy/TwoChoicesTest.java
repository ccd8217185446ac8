package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.PickListener;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Consistent hashing with two endpoints for each key. */
class TwoChoicesTest {

    private static final HostSet HOSTS = Fleets.equal(10);

    private final CallLoads loads = new CallLoads(() -> 0, () -> LoadSettings.DEFAULTS);
    private final AtomicInteger spilled = new AtomicInteger();

    @ParameterizedTest
    @EnumSource
    void aHotKeyIsSpreadOverItsFirstTwoEndpoints(Algorithm algorithm) {
        Picker picker = strategy(algorithm, null).newPicker(HOSTS);
        Endpoint owner = pick(picker, "hot");
        Endpoint second = next(algorithm, "hot", Set.of(owner));
        for (int i = 0; i < 100; i++) {
            loads.of(pick(picker, "hot")).start();
        }
        assertThat(loads.of(owner).inFlight()).isEqualTo(50);
        assertThat(loads.of(second).inFlight()).isEqualTo(50);
        assertThat(spilled).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource
    void anIdleFleetServesEachKeyAtItsOwner(Algorithm algorithm) {
        Picker picker = strategy(algorithm, null).newPicker(HOSTS);
        Picker plain = Fleets.consistentHash(algorithm).newPicker(HOSTS);
        for (int i = 0; i < 1_000; i++) {
            assertThat(pick(picker, "key-" + i)).isEqualTo(pick(plain, "key-" + i));
        }
    }

    @ParameterizedTest
    @EnumSource
    void noKeyHasMoreThanTwoEndpoints(Algorithm algorithm) {
        Picker picker = strategy(algorithm, null).newPicker(HOSTS);
        Random random = new Random(1);
        Deque<Call> calls = new ArrayDeque<>();
        List<Set<Endpoint>> footprints = Stream.generate(() -> (Set<Endpoint>) new HashSet<Endpoint>())
                .limit(50)
                .toList();
        for (int i = 0; i < 20_000; i++) {
            int key = (int) (50 * Math.pow(random.nextDouble(), 3)); // the first of them are hot
            Endpoint endpoint = pick(picker, "key-" + key);
            footprints.get(key).add(endpoint);
            calls.add(loads.of(endpoint).start());
            if (calls.size() > 200) {
                calls.remove().succeeded();
            }
        }
        assertThat(footprints).allMatch(footprint -> footprint.size() <= 2);
    }

    @Test
    void loadIsMeasuredByWeight() {
        HostSet two = Fleets.ofWeights(1, 3);
        Picker picker = strategy(Algorithm.RING, null).newPicker(two);
        for (int i = 0; i < 400; i++) {
            loads.of(pick(picker, "hot")).start();
        }
        assertThat(loads.of(two.get(0)).inFlight()).isCloseTo(100, within(1));
    }

    @Test
    void aRetryGoesOnAlongTheSequenceAndAnEjectedEndpointIsPassedOver() {
        Strategy strategy = strategy(Algorithm.RENDEZVOUS, null);
        Picker picker = strategy.newPicker(HOSTS);
        Endpoint owner = pick(picker, "a");
        Endpoint second = next(Algorithm.RENDEZVOUS, "a", Set.of(owner));
        assertThat(picker.pick(new PickContext("a", Set.of(owner)))).isEqualTo(second);
        assertThat(spilled).hasValue(0);
        Acceptance ejected = endpoint -> endpoint.equals(owner) ? 0 : 1;
        Picker without = strategy.newPicker(HOSTS, ejected);
        assertThat(pick(without, "a")).isEqualTo(second);
        assertThat(spilled).hasValue(1);
        loads.of(second).start();
        assertThat(pick(without, "a")).isNotIn(owner, second);
    }

    @Test
    void bothWithinTheBoundAndThenOthers() {
        Picker picker = strategy(Algorithm.RENDEZVOUS, 1.0).newPicker(HOSTS);
        Set<Endpoint> used = new HashSet<>();
        for (int i = 0; i < 2 * BoundedLoad.FLOOR; i++) {
            used.add(pick(picker, "hot"));
        }
        assertThat(used).hasSize(2);
        assertThat(spilled).hasValue(0);
        assertThat(used).doesNotContain(pick(picker, "hot"));
        assertThat(spilled).hasValue(1);
    }

    @Test
    void oneEndpointHasNoSecond() {
        HostSet one = Fleets.equal(1);
        assertThat(pick(strategy(Algorithm.RING, null).newPicker(one), "a")).isEqualTo(one.get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, -1})
    void anotherNumberIsRefused(int replicas) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConsistentHashSettings(
                        Algorithm.RING, 160, null, null, replicas, Identity.ADDRESS, "weighted"))
                .withMessage("zk-lb.consistent-hash.replicas must be 1..2 but was " + replicas);
    }

    private Strategy strategy(Algorithm algorithm, @Nullable Double bound) {
        ConsistentHashSettings settings =
                new ConsistentHashSettings(algorithm, 160, null, bound, 2, Identity.ADDRESS, "weighted");
        PickListener listener = new PickListener() {
            @Override
            public void spilled() {
                spilled.incrementAndGet();
            }
        };
        return new StrategyCatalogue(List.of())
                .create(
                        "consistent-hash",
                        new StrategySettings(settings),
                        new StrategyContext("orders", new Random(1), () -> 0, loads, listener));
    }

    private static Endpoint next(Algorithm algorithm, String key, Set<Endpoint> tried) {
        return Objects.requireNonNull(
                Fleets.consistentHash(algorithm).newPicker(HOSTS).pick(new PickContext(key, tried)));
    }

    private static Endpoint pick(Picker picker, String key) {
        return Objects.requireNonNull(picker.pick(PickContext.ofKey(key)));
    }
}

package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.PickListener;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who listens hears of the picks that are out of the ordinary, of each once, and of no other. */
class PickListenerTest {

    private static final HostSet HOSTS = Fleets.equal(5);
    private static final PickContext KEY = PickContext.ofKey("key");

    private final Heard heard = new Heard();

    @Test
    void aPickWithoutAKeyIsAFallback() {
        Picker picker = hashing(null, "weighted").newPicker(HOSTS);
        assertThat(picker.pick(PickContext.NONE)).isNotNull();
        assertHeard(1, 0);
        assertThat(picker.pick(KEY)).isNotNull();
        assertHeard(1, 0);
    }

    @Test
    void aRefusedPickIsNone() {
        assertThat(hashing(null, "fail").newPicker(HOSTS).pick(PickContext.NONE))
                .isNull();
        assertHeard(0, 0);
    }

    @Test
    void aKeyWhoseOwnerTakesNothingIsSpilled() {
        Endpoint owner = owner();
        Picker picker = hashing(null, "weighted").newPicker(HOSTS, nothingFor(owner));
        assertThat(picker.pick(KEY)).isNotEqualTo(owner);
        assertHeard(0, 1);
    }

    @Test
    void aKeyWhoseOwnerIsFullIsSpilled() {
        Endpoint owner = owner();
        Picker picker = hashing(1.0, "weighted").newPicker(HOSTS);
        for (int i = 0; i < BoundedLoad.FLOOR; i++) {
            assertThat(picker.pick(KEY)).isEqualTo(owner);
        }
        assertHeard(0, 0);
        assertThat(picker.pick(KEY)).isNotEqualTo(owner);
        assertHeard(0, 1);
    }

    @Test
    void aRetryIsNotSpilledUnlessTheOwnerWasNeverTried() {
        Endpoint owner = owner();
        Endpoint other = HOSTS.filter(endpoint -> !endpoint.equals(owner)).get(0);
        Picker picker = hashing(null, "weighted").newPicker(HOSTS);
        assertThat(picker.pick(new PickContext("key", Set.of(owner)))).isNotEqualTo(owner);
        assertThat(picker.pick(new PickContext("key", Set.of(other)))).isEqualTo(owner);
        assertHeard(0, 0);
        Picker spilling = hashing(null, "weighted").newPicker(HOSTS, nothingFor(owner));
        assertThat(spilling.pick(new PickContext("key", Set.of(other)))).isNotEqualTo(owner);
        assertHeard(0, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "random", "weighted", "weighted-random", "least-request", "peak-ewma"})
    void aStrategyWithoutKeysHasOrdinaryPicksOnly(String name) {
        Picker picker = new StrategyCatalogue(List.of())
                .create(name, StrategySettings.DEFAULTS, context())
                .newPicker(HOSTS, nothingFor(HOSTS.get(0)));
        for (int i = 0; i < 100; i++) {
            assertThat(picker.pick(KEY)).isNotNull();
        }
        assertHeard(0, 0);
    }

    private Endpoint owner() {
        return Objects.requireNonNull(
                Fleets.consistentHash(Algorithm.RING).newPicker(HOSTS).pick(KEY));
    }

    private Strategy hashing(@Nullable Double bound, String whenMissing) {
        ConsistentHashSettings settings =
                new ConsistentHashSettings(Algorithm.RING, 160, null, bound, Identity.ADDRESS, whenMissing);
        return new StrategyCatalogue(List.of()).create("consistent-hash", new StrategySettings(settings), context());
    }

    private StrategyContext context() {
        CallLoads loads = new CallLoads(() -> 0, () -> LoadSettings.DEFAULTS);
        return new StrategyContext("orders", new Random(1), () -> 0, loads, heard);
    }

    private static Acceptance nothingFor(Endpoint endpoint) {
        return each -> each.equals(endpoint) ? 0 : 1;
    }

    private void assertHeard(int fallbacks, int spilled) {
        assertThat(List.of(heard.fallbacks, heard.spilled)).containsExactly(fallbacks, spilled);
    }

    private static final class Heard implements PickListener {

        private int fallbacks;
        private int spilled;

        @Override
        public void fallback() {
            fallbacks++;
        }

        @Override
        public void spilled() {
            spilled++;
        }
    }
}

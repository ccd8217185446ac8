package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Candidates;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TieredPickerTest {

    private static final HostSet HOSTS = HostSet.of(IntStream.range(0, 7)
            .mapToObj(i -> Endpoint.of("10.0.0." + i, 8080))
            .toList());
    private static final Endpoint LAST = HOSTS.endpoints().get(2);
    private static final Set<Endpoint> SECOND =
            Set.of(HOSTS.endpoints().get(0), HOSTS.endpoints().get(5));
    private static final Set<Endpoint> FIRST = Set.copyOf(
            HOSTS.filter(each -> !SECOND.contains(each) && each != LAST).endpoints());
    private static final Candidates TIERED =
            Candidates.of(HOSTS).later(SECOND::contains, 1).later(each -> each == LAST, 2);

    private final AtomicInteger reserved = new AtomicInteger();
    private final EndpointLoad load = new EndpointLoad() {
        @Override
        public boolean tryReserve(int limit) {
            reserved.incrementAndGet();
            return true;
        }
    };

    private Picker picker(String strategy, Candidates candidates) {
        ConsistentHashSettings hashing = new ConsistentHashSettings(
                ConsistentHashSettings.Algorithm.RING,
                160,
                null,
                2.0,
                ConsistentHashSettings.Identity.ADDRESS,
                "weighted");
        StrategyContext context = new StrategyContext("orders", new SplittableRandom(1), System::nanoTime, loads());
        return TieredPicker.of(
                candidates,
                tier -> new StrategyCatalogue(List.of()).create(strategy, new StrategySettings(hashing), context));
    }

    private EndpointLoads loads() {
        return new EndpointLoads() {
            @Override
            public EndpointLoad of(Endpoint endpoint) {
                return load;
            }

            @Override
            public long inFlight() {
                return 0;
            }
        };
    }

    static Stream<String> strategies() {
        return new StrategyCatalogue(List.of()).names().stream();
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void aRequestGoesThroughTheTiersAndToNoneTwiceBeforeAllWereTried(String strategy) {
        Picker picker = picker(strategy, TIERED);
        for (int i = 0; i < 200; i++) {
            String key = "key-" + i;
            Set<Endpoint> tried = new HashSet<>();
            for (Set<Endpoint> tier : List.of(FIRST, SECOND, Set.of(LAST))) {
                for (int j = 0; j < tier.size(); j++) {
                    Endpoint picked = picker.pick(new PickContext(key, Set.copyOf(tried)));
                    assertThat(tier).contains(picked);
                    assertThat(tried.add(picked)).isTrue();
                }
            }
            assertThat(HOSTS.endpoints()).contains(picker.pick(new PickContext(key, tried)));
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void anEmptyFirstTierIsPassed(String strategy) {
        Picker picker = picker(
                strategy, Candidates.of(HOSTS).later(each -> each != LAST, 1).later(each -> each == LAST, 3));
        for (int i = 0; i < 200; i++) {
            assertThat(picker.pick(PickContext.ofKey("key-" + i))).isNotNull().isNotSameAs(LAST);
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void aTierThatIsLeftReservesNothing(String strategy) {
        Picker picker = picker(strategy, TIERED);
        picker.pick(PickContext.ofKey("key"));
        int each = reserved.getAndSet(0);
        picker.pick(new PickContext("key", FIRST));
        assertThat(reserved.get()).isLessThanOrEqualTo(each);
    }

    /** An ejected endpoint is given nothing, and is in the last tier for requests that have tried all others. */
    @ParameterizedTest
    @MethodSource("strategies")
    void whoIsGivenNothingIsStillTheLastResort(String strategy) {
        Candidates ejected = new Candidates(
                HOSTS, each -> each.equals(LAST) ? 0 : 1, Map.of(LAST, 3), Map.of(LAST, Set.of(Reason.EJECTED)));
        Picker picker = picker(strategy, ejected);
        Set<Endpoint> others =
                Set.copyOf(HOSTS.filter(each -> !each.equals(LAST)).endpoints());
        for (int i = 0; i < 100; i++) {
            assertThat(picker.pick(PickContext.ofKey("key-" + i))).isIn(others);
            assertThat(picker.pick(new PickContext("key-" + i, others))).isEqualTo(LAST);
        }
    }

    @Test
    void aLaterTierMovesOnlyItsOwnKeys() {
        String strategy = ConsistentHashSettings.STRATEGY;
        Picker all = picker(strategy, Candidates.of(HOSTS));
        Picker tiered = picker(strategy, TIERED);
        for (int i = 0; i < 1_000; i++) {
            Endpoint owner = all.pick(PickContext.ofKey("key-" + i));
            if (FIRST.contains(owner)) {
                assertThat(tiered.pick(PickContext.ofKey("key-" + i))).isSameAs(owner);
            }
        }
    }
}

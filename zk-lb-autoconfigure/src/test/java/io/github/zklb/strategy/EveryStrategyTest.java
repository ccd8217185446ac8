package io.github.zklb.strategy;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every strategy of the catalogue. */
class EveryStrategyTest {

    /** All names, and consistent hashing three times for each algorithm: with a bound, two endpoints a key, and neither. */
    static Stream<Arguments> strategies() {
        Stream<Arguments> algorithms = Arrays.stream(Algorithm.values())
                .map(algorithm -> arguments("consistent-hash", small(algorithm, null)));
        Stream<Arguments> others = new StrategyCatalogue(List.of())
                .names().stream()
                        .filter(name -> !name.equals("consistent-hash"))
                        .map(name -> arguments(name, StrategySettings.DEFAULTS));
        Stream<Arguments> bounded = Arrays.stream(Algorithm.values())
                .map(algorithm -> arguments("consistent-hash", small(algorithm, 1.25)));
        Stream<Arguments> replicated = Arrays.stream(Algorithm.values())
                .map(algorithm -> arguments(
                        "consistent-hash",
                        new StrategySettings(new ConsistentHashSettings(
                                algorithm, 160, 1_009, null, 2, Identity.ADDRESS, "weighted"))));
        return Stream.of(bounded, replicated, algorithms, others).flatMap(strategies -> strategies);
    }

    /** With a table that does not take long to make. */
    private static StrategySettings small(Algorithm algorithm, @Nullable Double bound) {
        return new StrategySettings(
                new ConsistentHashSettings(algorithm, 160, 1_009, bound, Identity.ADDRESS, "weighted"));
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void whatHasNotChangedIsNotBuiltAgain(String name, StrategySettings settings) {
        Strategy strategy = strategy(name, settings);
        HostSet hosts = Fleets.equal(10);
        Picker first = strategy.newPicker(hosts, endpoint -> 0.5);
        assertThat(strategy.newPicker(hosts, endpoint -> 0.5)).isSameAs(first);
        Picker other = strategy.newPicker(hosts, endpoint -> endpoint.equals(hosts.get(3)) ? 0.6 : 0.5);
        assertThat(other).isNotSameAs(first);
        assertThat(strategy.newPicker(hosts)).isNotSameAs(other).isSameAs(strategy.newPicker(hosts));
        assertThat(strategy.newPicker(Fleets.equal(11))).isNotSameAs(strategy.newPicker(hosts));
    }

    @Test
    void otherSettingsGiveAnotherPicker() {
        AtomicReference<StrategySettings> settings = new AtomicReference<>(small(Algorithm.RING, null));
        Strategy strategy =
                new StrategyCatalogue(List.of()).create("consistent-hash", settings::get, Fleets.context(1));
        HostSet hosts = Fleets.equal(10);
        Picker first = strategy.newPicker(hosts);
        settings.set(small(Algorithm.MAGLEV, null));
        assertThat(strategy.newPicker(hosts)).isNotSameAs(first);
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void noHostGivesNothing(String name, StrategySettings settings) {
        assertThat(strategy(name, settings).newPicker(HostSet.EMPTY).pick(PickContext.ofKey("a")))
                .isNull();
        assertThat(strategy(name, settings).newPicker(HostSet.EMPTY).pick(PickContext.NONE))
                .isNull();
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void oneHostGetsEverything(String name, StrategySettings settings) {
        HostSet one = Fleets.ofWeights(7);
        Picker picker = strategy(name, settings).newPicker(one);
        for (PickContext context : contexts(100)) {
            assertThat(picker.pick(context)).isEqualTo(one.get(0));
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void onlyDrainedHostsGiveNothing(String name, StrategySettings settings) {
        Picker picker = strategy(name, settings).newPicker(Fleets.ofWeights(0, 0, 0));
        assertThat(picker.pick(PickContext.ofKey("a"))).isNull();
        assertThat(picker.pick(PickContext.NONE)).isNull();
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void aDrainedHostIsNeverPickedAndEveryOtherIs(String name, StrategySettings settings) {
        HostSet hosts = Fleets.ofWeights(0, 1, 2, 3, 0, 3, 2, 1);
        assertThat(picked(strategy(name, settings).newPicker(hosts), 4_000))
                .containsExactlyInAnyOrderElementsOf(
                        hosts.filter(e -> e.weight() > 0).endpoints());
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void triedHostsAreAvoidedWhileAnotherIsLeft(String name, StrategySettings settings) {
        Fleets.seeds().forEach(seed -> {
            Random random = new Random(seed);
            HostSet hosts = Fleets.random(random, 2 + random.nextInt(8));
            Picker picker = strategy(name, settings).newPicker(hosts);
            for (String key : List.of("a", "b", "c")) {
                Set<Endpoint> tried = new HashSet<>();
                for (int attempt = 0; attempt < hosts.size(); attempt++) {
                    PickContext context = new PickContext(random.nextBoolean() ? key : null, Set.copyOf(tried));
                    assertThat(tried.add(Objects.requireNonNull(picker.pick(context))))
                            .as("seed %d, attempt %d", seed, attempt)
                            .isTrue();
                }
                assertThat(hosts.endpoints()).contains(picker.pick(new PickContext(key, tried)));
                assertThat(hosts.endpoints()).contains(picker.pick(new PickContext(null, tried)));
            }
        });
    }

    /** The least of a few rounds, as a compiler that withdraws its code may allocate what it had left out. */
    @ParameterizedTest
    @MethodSource("strategies")
    void aPickAllocatesNothing(String name, StrategySettings settings) {
        PickContext[] contexts = contexts(1_024).toArray(PickContext[]::new);
        for (HostSet hosts : List.of(Fleets.equal(100), Fleets.random(new Random(5), 100))) {
            Picker picker = strategy(name, settings).newPicker(hosts);
            pickAll(picker, contexts, 50);
            assertThat(LongStream.generate(() -> allocatedByPicks(picker, contexts))
                            .limit(3)
                            .min())
                    .hasValue(0);
        }
    }

    private static long allocatedByPicks(Picker picker, PickContext[] contexts) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        pickAll(picker, contexts, 50);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void picksRacingWithUpdatesNeverFail(String name, StrategySettings settings) throws Exception {
        Strategy strategy = strategy(name, settings);
        Snapshots snapshots = new Snapshots(strategy, 60);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> pickers = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> snapshots.pickUntil(done)))
                    .toList();
            snapshots.publishAll();
            done.set(true);
            for (Future<Integer> picker : pickers) {
                assertThat(picker.get(60, TimeUnit.SECONDS)).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Publishes one host set after the other, each with its picker, while others pick. */
    private static final class Snapshots {

        private record Snapshot(Set<Endpoint> hosts, Picker picker) {}

        private final Strategy strategy;
        private final int updates;
        private volatile Snapshot current;

        Snapshots(Strategy strategy, int updates) {
            this.strategy = strategy;
            this.updates = updates;
            this.current = snapshot(0);
        }

        private Snapshot snapshot(int update) {
            Random random = new Random(update);
            HostSet hosts = Fleets.random(random, 1 + random.nextInt(20));
            return new Snapshot(Set.copyOf(hosts.endpoints()), strategy.newPicker(hosts));
        }

        void publishAll() {
            IntStream.range(0, updates).forEach(update -> current = snapshot(update));
        }

        int pickUntil(AtomicBoolean done) {
            int picks = 0;
            for (boolean last = false; !last; picks++) {
                last = done.get();
                Snapshot snapshot = current;
                for (PickContext context : contexts(16)) {
                    assertThat(snapshot.hosts()).contains(snapshot.picker().pick(context));
                }
            }
            return picks;
        }
    }

    private static Strategy strategy(String name, StrategySettings settings) {
        return Fleets.strategy(name, settings, 42);
    }

    private static List<PickContext> contexts(int size) {
        return IntStream.range(0, size)
                .mapToObj(i -> PickContext.ofKey(i % 4 == 0 ? null : "key-" + i))
                .toList();
    }

    private static Set<Endpoint> picked(Picker picker, int picks) {
        return contexts(picks).stream().map(picker::pick).collect(toSet());
    }

    private static void pickAll(Picker picker, PickContext[] contexts, int times) {
        for (int i = 0; i < times; i++) {
            for (PickContext context : contexts) {
                picker.pick(context);
            }
        }
    }
}

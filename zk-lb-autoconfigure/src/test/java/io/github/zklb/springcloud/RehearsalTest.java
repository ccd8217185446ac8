package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Rehearsal;
import io.github.zklb.engine.explain.Rehearsal.Load;
import io.github.zklb.engine.explain.Rehearsal.Verdict;
import io.github.zklb.engine.explain.Rehearsal.ZoneShare;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rehearsal says of a change, and that it changes nothing. */
class RehearsalTest {

    private final Rehearsals rehearsals = new Rehearsals(Duration.ofSeconds(30));

    private static EngineSettings settings(String strategy) {
        return FedEngine.settings(strategy, Duration.ZERO, SlowStartSettings.DEFAULTS);
    }

    /** Ten endpoints of weight 1, the even ones in zone a, the others in zone b. */
    private static HostSet ten() {
        return HostSet.of(
                IntStream.range(0, 10).mapToObj(RehearsalTest::endpoint).toList());
    }

    private static Endpoint endpoint(int number) {
        return Endpoint.of("10.0.0." + number, 8080).withMetadata(Map.of("zone", number % 2 == 0 ? "a" : "b"));
    }

    private static String address(int number) {
        return endpoint(number).address();
    }

    private static FedEngine fed(EngineSettings settings, HostSet hosts, StrategyFactory... custom) {
        FedEngine fed = new FedEngine(settings, custom);
        fed.publish(hosts);
        return fed;
    }

    private Rehearsal rehearse(
            FedEngine fed, Set<String> remove, List<Endpoint> add, Map<String, Double> weight, @Nullable String zone) {
        return rehearsals.rehearse(fed.engine, new Change(remove, add, weight, zone, fed.engine.settings()));
    }

    private Rehearsal remove(FedEngine fed, int... numbers) {
        Set<String> addresses =
                IntStream.of(numbers).mapToObj(RehearsalTest::address).collect(Collectors.toSet());
        return rehearse(fed, addresses, List.of(), Map.of(), null);
    }

    private Rehearsal by(FedEngine fed, EngineSettings settings) {
        return rehearsals.rehearse(fed.engine, new Change(Set.of(), List.of(), Map.of(), null, settings));
    }

    @Test
    void onARingOnlyTheKeysOfWhoLeavesMove() {
        try (FedEngine fed = fed(settings("consistent-hash"), ten())) {
            Rehearsal rehearsal = remove(fed, 3);
            assertThat(rehearsal.exact()).isTrue();
            assertThat(rehearsal.movedPercent())
                    .isCloseTo(rehearsal.idealPercent(), within(1e-6))
                    .isBetween(5.0, 15.0);
            assertThat(rehearsal.moves())
                    .hasSize(9)
                    .allSatisfy(move -> assertThat(move.from()).isEqualTo(address(3)));
            assertThat(rehearsal.moves().stream()
                            .mapToDouble(Rehearsal.Move::percent)
                            .sum())
                    .isCloseTo(rehearsal.movedPercent(), within(1e-6));
            assertThat(rehearsal.endpoints().get(0).address()).isEqualTo(address(3));
            assertThat(rehearsal.endpoints().get(0).before()).isCloseTo(rehearsal.movedPercent() / 100, within(1e-6));
            assertThat(rehearsal.endpoints().get(0).after()).isZero();
            assertThat(rehearsal.verdict()).isEqualTo(Verdict.SAFE);
            assertThat(rehearsal.because()).isEmpty();
        }
    }

    @Test
    void withoutKeysTheTrafficMovesThatTheSharesLose() {
        try (FedEngine fed = fed(settings("weighted"), ten())) {
            Rehearsal rehearsal = rehearse(
                    fed, Set.of(), List.of(Endpoint.of("10.0.9.9", 80).withWeight(2)), Map.of(address(0), 4.0), null);
            // before: 1/10 each; after: 4/15, 2/15 and nine times 1/15
            assertThat(rehearsal.movedPercent()).isCloseTo(100 * 9 * (1 / 10.0 - 1 / 15.0), within(1e-6));
            assertThat(rehearsal.idealPercent()).isEqualTo(rehearsal.movedPercent());
            assertThat(rehearsal.exact()).isTrue();
            assertThat(rehearsal.endpoints())
                    .contains(new Rehearsal.EndpointShare("10.0.9.9:80", 0, 0.133333333, new Load(0, 0.666666667)));
            assertThat(rehearsal.moves()).hasSize(18);
            assertThat(rehearsal.verdict()).isEqualTo(Verdict.SAFE);
            assertThat(rehearsal.zones())
                    .containsExactly(
                            new ZoneShare("a", 0.5, 0.533333333, new Load(1, 1.066666667)),
                            new ZoneShare("b", 0.5, 0.333333333, new Load(1, 0.666666667)),
                            new ZoneShare(null, 0, 0.133333333, new Load(0, 0.666666667)));
        }
    }

    @Test
    void theHoldIsNamedWhenMostVanishAtOnceAndNotWhenTheyAreDrained() {
        try (FedEngine fed = fed(settings("weighted"), ten())) {
            Rehearsal most = remove(fed, 0, 1, 2, 3, 4, 5);
            assertThat(most.verdict()).isEqualTo(Verdict.WARN);
            assertThat(most.because())
                    .anySatisfy(each -> assertThat(each).startsWith("hold: 6 endpoints vanish at once"))
                    .contains("60.0 % of the capacity goes, by weight")
                    .anySatisfy(each -> assertThat(each).contains("4 endpoints that stay get at least twice"));
            assertThat(remove(fed, 0, 1, 2).verdict()).isEqualTo(Verdict.SAFE);

            Rehearsal zone = rehearse(fed, Set.of(), List.of(), Map.of(), "a");
            assertThat(zone.zones())
                    .containsExactly(
                            new ZoneShare("a", 0.5, 0, new Load(1, 0)), new ZoneShare("b", 0.5, 1, new Load(1, 2)));
            assertThat(zone.verdict()).isEqualTo(Verdict.WARN);
            assertThat(zone.because()).noneSatisfy(each -> assertThat(each).startsWith("hold"));
        }
    }

    @Test
    void aChangeThatLeavesNothingIsRefused() {
        try (FedEngine fed = fed(settings("consistent-hash"), ten())) {
            Rehearsal all = remove(fed, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
            assertThat(all.verdict()).isEqualTo(Verdict.REFUSED);
            assertThat(all.movedPercent()).isEqualTo(100);
            assertThat(all.because().get(0)).startsWith("nothing would serve");
            assertThat(all.because().get(1)).startsWith("hold: 10 endpoints").contains("as long as they do");
            Map<String, Double> zeros =
                    IntStream.range(0, 10).boxed().collect(Collectors.toMap(RehearsalTest::address, number -> 0.0));
            assertThat(rehearse(fed, Set.of(), List.of(), zeros, null).verdict())
                    .isEqualTo(Verdict.REFUSED);
        }
    }

    @Test
    void anAbsurdWeightIsToldToBeCut() {
        try (FedEngine fed = fed(settings("weighted"), ten())) {
            Rehearsal rehearsal = rehearse(fed, Set.of(), List.of(), Map.of(address(1), 50_000.0), null);
            assertThat(rehearsal.verdict()).isEqualTo(Verdict.WARN);
            assertThat(rehearsal.because())
                    .anySatisfy(each -> assertThat(each)
                            .contains("weight 50000.0 of 10.0.0.1:8080")
                            .contains("zk-lb.weight.max-ratio"));
            assertThat(rehearsal.endpoints().get(0))
                    .isEqualTo(new Rehearsal.EndpointShare(
                            address(1), 0.1, 0.917431193, new Load(1, 9.174311927))); // 100 of 109
        }
    }

    @Test
    void whatEjectedEndpointsMakeOfAChangeIsRehearsedToo() {
        EngineSettings plain = settings("weighted");
        OutlierEjectionSettings ejecting = new OutlierEjectionSettings(
                5,
                true,
                5,
                50,
                0,
                0,
                Duration.ofHours(1),
                20,
                Duration.ofHours(1),
                Duration.ofHours(1),
                Duration.ofHours(1),
                30,
                50);
        EngineSettings settings = DefaultSettings.with(plain, Map.of("outlierEjection", ejecting));
        try (FedEngine fed = fed(settings, ten())) {
            for (int number : new int[] {0, 1, 2}) {
                for (int i = 0; i < 5; i++) {
                    Objects.requireNonNull(fed.engine.start(address(number)))
                            .call()
                            .failed();
                }
            }
            await().until(() -> fed.engine.snapshots().candidates().reasons().size() == 3);
            Rehearsal few = remove(fed, 3);
            assertThat(few.endpoints()).contains(new Rehearsal.EndpointShare(address(0), 0, 0, new Load(0, 0)));
            assertThat(few.endpoints())
                    .contains(new Rehearsal.EndpointShare(address(3), 0.142857143, 0, new Load(1, 0)));
            assertThat(few.because()).isEmpty();
            Rehearsal many = remove(fed, 3, 4, 5, 6, 7);
            assertThat(many.because()).anySatisfy(each -> assertThat(each).startsWith("panic"));
            assertThat(many.endpoints()).contains(new Rehearsal.EndpointShare(address(0), 0, 0.2, new Load(0, 1.4)));
        }
    }

    @Test
    void anotherAlgorithmOrStrategyMovesKeysThatNeedNotMove() {
        try (FedEngine fed = fed(settings("consistent-hash"), ten())) {
            EngineSettings now = fed.engine.settings();
            assertThat(by(fed, now).movedPercent()).isZero();
            ConsistentHashSettings hashing = now.strategySettings().consistentHash();
            Rehearsal maglev = by(
                    fed,
                    now.with(
                            now.strategy(),
                            new StrategySettings(new ConsistentHashSettings(
                                    Algorithm.MAGLEV,
                                    hashing.virtualNodes(),
                                    null,
                                    null,
                                    hashing.identity(),
                                    hashing.whenMissing()))));
            assertThat(maglev.exact()).isTrue();
            assertThat(maglev.movedPercent()).isBetween(80.0, 95.0);
            assertThat(maglev.idealPercent()).isLessThan(15);
            assertThat(maglev.verdict()).isEqualTo(Verdict.WARN);

            Rehearsal weighted = by(fed, now.with("weighted", now.strategySettings()));
            assertThat(weighted.movedPercent()).isCloseTo(90, within(0.001));
            assertThat(weighted.because()).containsExactly("no key has an endpoint of its own any more");
            assertThatThrownBy(() -> by(fed, now.with("wieghted", now.strategySettings())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("did you mean 'weighted'?");
        }
    }

    @Test
    void theSharesOfLoadAndOfStrategiesOfOnesOwnAreNotCalledExact() {
        StrategyFactory first = new StrategyFactory() {
            @Override
            public String name() {
                return "first";
            }

            @Override
            public Strategy create(StrategyContext context) {
                return hosts -> request -> hosts.isEmpty() ? null : hosts.get(0);
            }
        };
        try (FedEngine fed = fed(settings("first"), ten(), first)) {
            Rehearsal own = remove(fed, 0);
            assertThat(own.exact()).isFalse();
            assertThat(own.movedPercent()).isEqualTo(100);
            Rehearsal least = by(fed, fed.engine.settings().with("least-request", StrategySettings.DEFAULTS));
            assertThat(least.exact()).isFalse();
            assertThat(least.movedPercent()).isCloseTo(90, within(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"remove", "add", "weight", "zone"})
    void whatIsNotThereIsNamed(String change) {
        try (FedEngine fed = fed(settings("weighted"), ten())) {
            assertThatThrownBy(() -> rehearse(
                            fed,
                            change.equals("remove") ? Set.of("10.9.9.9:1") : Set.of(),
                            change.equals("add") ? List.of(endpoint(3)) : List.of(),
                            change.equals("weight") ? Map.of("10.9.9.9:1", 2.0) : Map.of(),
                            change.equals("zone") ? "nowhere" : null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            change.equals("add") ? address(3) : change.equals("zone") ? "nowhere" : "10.9.9.9:1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "consistent-hash"})
    void aRehearsalChangesNothing(String strategy) {
        try (FedEngine fed = fed(settings(strategy), ten())) {
            Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
            List<String> inTurn = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                remove(fed, i % 10);
                inTurn.add(
                        Objects.requireNonNull(snapshot.pick(PickContext.NONE)).address());
            }
            assertThat(inTurn.subList(10, 20)).isEqualTo(inTurn.subList(0, 10)).doesNotHaveDuplicates();
            assertThat(fed.engine.snapshot()).isSameAs(snapshot);
            assertThat(fed.engine.snapshots().rebuilds().count()).isEqualTo(1);
            assertThat(fed.engine.loads().inFlight()).isZero();
        }
    }

    @Test
    void oneChangeIsRehearsedAtATimeAndNotForEver() throws InterruptedException {
        CountDownLatch building = new CountDownLatch(1);
        AtomicReference<CountDownLatch> hangs = new AtomicReference<>(new CountDownLatch(1));
        StrategyFactory hanging = new StrategyFactory() {
            @Override
            public String name() {
                return "hanging";
            }

            @Override
            public Strategy create(StrategyContext context) {
                return hosts -> {
                    building.countDown();
                    try {
                        hangs.get().await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return request -> null;
                };
            }
        };
        try (FedEngine fed = fed(settings("weighted"), ten(), hanging)) {
            EngineSettings hangs1 = fed.engine.settings().with("hanging", StrategySettings.DEFAULTS);
            Change change = new Change(Set.of(), List.of(), Map.of(), null, hangs1);
            Rehearsals patient = new Rehearsals(Duration.ofMinutes(1));
            Thread first = new Thread(() -> patient.rehearse(fed.engine, change));
            first.start();
            building.await();
            assertThatThrownBy(() -> patient.rehearse(fed.engine, change))
                    .isInstanceOf(Rehearsals.Unavailable.class)
                    .hasMessageContaining("another change");
            hangs.get().countDown();
            first.join();
            hangs.set(new CountDownLatch(1)); // who gives up interrupts it
            Rehearsals hasty = new Rehearsals(Duration.ZERO);
            assertThatThrownBy(() -> hasty.rehearse(fed.engine, change))
                    .isInstanceOf(Rehearsals.Unavailable.class)
                    .hasMessageContaining("more than 0 ms");
        }
    }

    @Test
    void aLargeFleetIsRehearsedAndOneThatIsTooLargeIsNot() {
        HostSet many = HostSet.of(IntStream.range(0, Rehearsals.MOST_ENDPOINTS)
                .mapToObj(i -> Endpoint.of("10.1." + i / 250 + "." + i % 250, 8080))
                .toList());
        try (FedEngine fed = fed(settings("consistent-hash"), many)) {
            Rehearsal rehearsal = rehearse(fed, Set.of(many.get(7).address()), List.of(), Map.of(), null);
            assertThat(rehearsal.movedPercent()).isBetween(0.005, 0.5);
            assertThat(rehearsal.endpoints()).hasSize(Rehearsals.MOST_ENDPOINTS);
            assertThatThrownBy(() -> rehearse(fed, Set.of(), List.of(endpoint(3)), Map.of(), null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("10000");
        }
    }
}

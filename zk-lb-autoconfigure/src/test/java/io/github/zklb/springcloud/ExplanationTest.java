package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.calls.PickCounts;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.engine.explain.Explanation.Step;
import io.github.zklb.engine.explain.Explanation.Verdict;
import io.github.zklb.engine.explain.Explanations;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.engine.explain.Scenario;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.testing.ChiSquare;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An explanation says what the pick then does, over fleets in which every stage has something to say. */
class ExplanationTest {

    private static final int FLEETS = Integer.getInteger("zk-lb.explain.fleets", 3);
    private static final int KEYS = Integer.getInteger("zk-lb.explain.keys", 12);

    /** So many keys are explained and picked. */
    private static final int MANY = Integer.getInteger("zklb.keys", 3_000);

    /** So many picks an explanation draws where it cannot compute the shares. */
    private static final int DRAWS = 10_000;

    private static EngineSettings settings(String strategy, Algorithm algorithm) {
        EngineSettings plain =
                FedEngine.settings(strategy, Duration.ZERO, new SlowStartSettings(Duration.ofHours(1), 1, 10));
        ConsistentHashSettings hashing = ConsistentHashSettings.DEFAULTS;
        StrategySettings strategies = new StrategySettings(new ConsistentHashSettings(
                algorithm, hashing.virtualNodes(), null, 2.0, hashing.identity(), hashing.whenMissing()));
        return DefaultSettings.with(plain, Map.of("strategySettings", strategies));
    }

    private static Endpoint endpoint(int number, Random random) {
        Endpoint plain = Endpoint.of("10.0.0." + number, 8080).withWeight(random.nextInt(4));
        return random.nextInt(6) == 0 ? plain.withMetadata(Map.of("instance_status", "DOWN")) : plain;
    }

    /** A fleet with drained endpoints, such that are not UP, and newcomers that warm up. */
    private static FedEngine fleet(EngineSettings settings, Random random) {
        FedEngine fed = new FedEngine(settings);
        List<Endpoint> all = new ArrayList<>(
                IntStream.range(1, 8).mapToObj(i -> endpoint(i, random)).toList());
        fed.publish(HostSet.of(all));
        await().until(() -> fed.engine.snapshot() != null);
        all.add(Endpoint.of("10.0.1.1", 8080));
        all.add(endpoint(20, random));
        fed.publish(HostSet.of(all));
        await().until(() -> fed.engine.snapshots().known().size() == 9);
        return fed;
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void aKeyGoesWhereItIsSaidToGoAndOnFromThere(Algorithm algorithm) {
        Random random = new Random(7);
        Set<String> reasons = new HashSet<>();
        for (int i = 0; i < FLEETS; i++) {
            try (FedEngine fed = fleet(settings("consistent-hash", algorithm), random)) {
                Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
                for (int j = 0; j < KEYS; j++) {
                    String key = "key-" + i + "-" + j;
                    Explanation explained = Explanations.of(fed.engine, PickContext.ofKey(key), 20);
                    assertThat(explained.deterministic()).isTrue();
                    Set<Endpoint> tried = new HashSet<>();
                    for (Step step : explained.sequence()) {
                        if (step.verdict() == Verdict.SKIPPED) {
                            reasons.add(Objects.requireNonNull(step.reason()));
                            continue;
                        }
                        Endpoint picked = Objects.requireNonNull(snapshot.pick(new PickContext(key, tried)));
                        assertThat(step.address()).isEqualTo(picked.address());
                        assertThat(tried.add(picked)).isTrue();
                        // the pick has reserved a place, which the next one is not to find taken
                        Objects.requireNonNull(fed.engine.start(picked.address()))
                                .call()
                                .cancelled();
                    }
                    assertThat(tried)
                            .hasSameSizeAs(snapshot.candidates().hosts().endpoints());
                }
            }
        }
        assertThat(reasons).contains("WARMING");
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void anyKeyAndItsHashAreExplainedAsTheKeyIsPicked(Algorithm algorithm) {
        EngineSettings bounded = settings("consistent-hash", algorithm);
        ConsistentHashSettings unbounded = new ConsistentHashSettings(
                algorithm, 160, null, null, ConsistentHashSettings.Identity.ADDRESS, "weighted");
        EngineSettings settings = bounded.with("consistent-hash", new StrategySettings(unbounded));
        try (FedEngine fed = fleet(settings, new Random(3))) {
            Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
            Scenario present = Objects.requireNonNull(
                    Scenario.present(fed.engine, fed.engine.snapshots().published()));
            Map<String, Double> expected =
                    Objects.requireNonNull(KeyMap.of(snapshot.first())).shares();
            Map<String, Long> counted = new HashMap<>();
            for (int i = 0; i < MANY; i++) {
                String key = "key-" + i;
                String picked = Objects.requireNonNull(snapshot.pick(PickContext.ofKey(key)))
                        .address();
                counted.merge(picked, 1L, Long::sum);
                assertThat(chosen(present.explain(PickContext.ofKey(key), 20))).isEqualTo(picked);
                assertThat(chosen(present.explain(KeyMap.hash(key), Set.of(), 20)))
                        .isEqualTo(picked);
            }
            ChiSquare.assertFollows(expected, counted);
        }
    }

    private static String chosen(Explanation explained) {
        return explained.sequence().stream()
                .filter(step -> step.verdict() == Verdict.CHOSEN)
                .findFirst()
                .map(Step::address)
                .orElse("none of " + explained.sequence());
    }

    @ParameterizedTest
    @ValueSource(strings = {"weighted", "weighted-random", "round-robin", "random", "least-request", "peak-ewma"})
    void theSharesAreThoseOfThePicks(String strategy) {
        Random random = new Random(11);
        for (int i = 0; i < FLEETS; i++) {
            try (FedEngine fed = fleet(settings(strategy, Algorithm.RING), random)) {
                Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
                Explanation explained = Explanations.of(fed.engine, PickContext.NONE, 20);
                Map<String, Double> picked = new HashMap<>();
                Map<String, Long> counted = new HashMap<>();
                int picks = 10_000;
                for (int j = 0; j < picks; j++) {
                    String address = Objects.requireNonNull(snapshot.pick(PickContext.NONE))
                            .address();
                    picked.merge(address, 1.0 / picks, Double::sum);
                    counted.merge(address, 1L, Long::sum);
                }
                assertThat(explained.exact())
                        .isEqualTo(!Set.of("least-request", "peak-ewma").contains(strategy));
                if (explained.exact()) {
                    Map<String, Double> shares = explained.shares().stream()
                            .collect(Collectors.toMap(Explanation.Share::address, Explanation.Share::share));
                    ChiSquare.assertFollows(shares, counted);
                }
                // what a rehearsal and the page say of those that look at the loads, which are equal here
                ChiSquare.assertFollows(Objects.requireNonNull(StrategyCatalogue.shares(snapshot.first())), counted);
                assertThat(explained.deterministic()).isFalse();
                assertThat(explained.shares())
                        .allSatisfy(share -> assertThat(share.share())
                                .as(share.address())
                                .isCloseTo(picked.getOrDefault(share.address(), 0.0), within(0.03)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-request", "peak-ewma"})
    void theSharesAreThoseOfThePicksAsLongAsTheLoadsStayAsTheyAre(String strategy) {
        Random random = new Random(13);
        for (int i = 0; i < FLEETS; i++) {
            try (FedEngine fed = fleet(settings(strategy, Algorithm.RING), random)) {
                Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
                for (Endpoint each : snapshot.candidates().hosts().endpoints()) {
                    Objects.requireNonNull(fed.engine.start(each.address()))
                            .call()
                            .succeeded();
                    for (int calls = random.nextInt(4); calls > 0; calls--) {
                        fed.engine.start(each.address());
                    }
                }
                Explanation explained = Explanations.of(fed.engine, PickContext.NONE, 20);
                Map<String, Long> drawn = explained.shares().stream()
                        .collect(Collectors.toMap(
                                Explanation.Share::address, share -> Math.round(share.share() * DRAWS)));
                Map<String, Long> counted = new HashMap<>();
                for (int j = 0; j < DRAWS; j++) {
                    counted.merge(
                            Objects.requireNonNull(snapshot.pick(PickContext.NONE))
                                    .address(),
                            1L,
                            Long::sum);
                }
                ChiSquare.assertAlike(drawn, counted);
            }
        }
    }

    @Test
    void anExplanationMovesNoCursorAndTakesNoPlace() {
        HostSet hosts = HostSet.of(IntStream.range(0, 5)
                .mapToObj(i -> Endpoint.of("10.0.0." + i, 8080))
                .toList());
        try (FedEngine asked = new FedEngine(settings("round-robin", Algorithm.RING))) {
            asked.publish(hosts);
            await().until(() -> asked.engine.snapshot() != null);
            Snapshot snapshot = Objects.requireNonNull(asked.engine.snapshot());
            int serving = snapshot.candidates().hosts().size();
            List<String> inTurn = new ArrayList<>();
            for (int i = 0; i < 3 * serving; i++) {
                Explanations.of(asked.engine, PickContext.NONE, 20);
                inTurn.add(
                        Objects.requireNonNull(snapshot.pick(PickContext.NONE)).address());
            }
            assertThat(inTurn.subList(serving, 2 * serving)).isEqualTo(inTurn.subList(0, serving));
            assertThat(new HashSet<>(inTurn.subList(0, serving))).hasSize(serving);
            assertThat(asked.engine.loads().inFlight()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"consistent-hash", "least-request", "peak-ewma"})
    void whatIsExplainedAndRehearsedReservesNothingAndCountsForNothing(String strategy) {
        try (FedEngine asked = fleet(settings(strategy, Algorithm.RING), new Random(7))) {
            Snapshot snapshot = Objects.requireNonNull(asked.engine.snapshot());
            List<Endpoint> hosts = snapshot.candidates().hosts().endpoints();
            for (int i = 0; i < hosts.size(); i++) {
                for (int calls = 0; calls < i; calls++) {
                    asked.engine.start(hosts.get(i).address());
                }
            }
            asked.engine.picks().begin();
            List<Object> before = loads(asked, hosts);
            Rehearsals rehearsals = new Rehearsals(Duration.ofSeconds(20));
            for (int i = 0; i < 50; i++) {
                Explanations.of(asked.engine, PickContext.ofKey("key-" + i), 20);
                Explanations.of(asked.engine, new PickContext(null, Set.of(hosts.get(0))), 20);
            }
            for (Endpoint each : hosts) {
                rehearsals.rehearse(
                        asked.engine,
                        new Change(Set.of(each.address()), List.of(), Map.of(), null, asked.engine.settings()));
            }
            assertThat(loads(asked, hosts)).isEqualTo(before);
        }
    }

    private static List<Object> loads(FedEngine fed, List<Endpoint> hosts) {
        List<Object> loads = new ArrayList<>(List.of(fed.engine.loads().inFlight()));
        hosts.forEach(each -> loads.add(fed.engine.loads().of(each).inFlight()));
        for (PickCounts.Outcome outcome : PickCounts.Outcome.values()) {
            loads.add(fed.engine.picks().of(outcome));
        }
        return loads;
    }

    @Test
    void anOwnerThatIsFullIsSkippedAndSaidToBe() {
        try (FedEngine fed = fleet(settings("consistent-hash", Algorithm.RING), new Random(5))) {
            Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
            String key = "hot";
            String owner = Objects.requireNonNull(snapshot.pick(PickContext.ofKey(key)))
                    .address();
            for (int i = 0; i < 50; i++) {
                fed.engine.start(owner);
            }
            Explanation explained = Explanations.of(fed.engine, PickContext.ofKey(key), 20);
            assertThat(explained.sequence().get(0)).isEqualTo(new Step(owner, 0, Verdict.SKIPPED, "FULL"));
            assertThat(explained.sequence())
                    .anySatisfy(step -> assertThat(step.verdict()).isEqualTo(Verdict.CHOSEN));
        }
    }

    private static HostSet alike(int size) {
        return HostSet.of(IntStream.range(0, size)
                .mapToObj(i -> Endpoint.of("10.0.0." + i, 8080))
                .toList());
    }

    private static EngineSettings hashing(@Nullable Double bound, int replicas) {
        EngineSettings plain = FedEngine.settings("consistent-hash", Duration.ZERO, SlowStartSettings.DEFAULTS);
        ConsistentHashSettings hashing = new ConsistentHashSettings(
                Algorithm.RING, 160, null, bound, replicas, ConsistentHashSettings.Identity.ADDRESS, "weighted");
        return plain.with("consistent-hash", new StrategySettings(hashing));
    }

    private static Explanation explained(FedEngine fed, int most) {
        return Explanations.of(fed.engine, PickContext.ofKey("key"), most);
    }

    @Test
    void theChosenEndpointIsToldHoweverManyAreSkippedBeforeIt() {
        try (FedEngine fed = new FedEngine(hashing(1.0, 1))) {
            fed.publish(alike(20));
            List<String> inOrder =
                    explained(fed, 20).sequence().stream().map(Step::address).toList();
            assertThat(inOrder).hasSize(20);
            for (String full : inOrder.subList(0, 19)) {
                IntStream.range(0, 10).forEach(i -> fed.engine.start(full));
            }
            for (int most : new int[] {1, 10, 20, 30}) {
                Explanation explained = explained(fed, most);
                assertThat(explained.sequence()).hasSizeLessThanOrEqualTo(most);
                assertThat(chosen(explained)).isEqualTo(inOrder.get(19));
                List<String> skipped = explained.sequence().stream()
                        .filter(each -> each.verdict() == Verdict.SKIPPED)
                        .map(Step::address)
                        .toList();
                assertThat(skipped).isEqualTo(inOrder.subList(0, Math.min(most - 1, 19)));
                assertThat(explained.leftOut()).isEqualTo(19 - skipped.size());
            }
            assertThat(explained(fed, 20).sequence().subList(0, 19))
                    .allMatch(each -> "FULL".equals(each.reason()), "is said to be full");
            assertThat(Objects.requireNonNull(fed.engine.snapshot()).pick(PickContext.ofKey("key")))
                    .extracting(Endpoint::address)
                    .isEqualTo(inOrder.get(19));
        }
    }

    @Test
    void theFirstOfAKeysTwoEndpointsIsSaidToBeBusierAndNotFull() {
        try (FedEngine fed = new FedEngine(hashing(null, 2))) {
            fed.publish(alike(5));
            List<String> inOrder =
                    explained(fed, 5).sequence().stream().map(Step::address).toList();
            IntStream.range(0, 5).forEach(i -> fed.engine.start(inOrder.get(0)));
            fed.engine.start(inOrder.get(1));
            assertThat(explained(fed, 3).sequence())
                    .containsExactly(
                            new Step(inOrder.get(0), 0, Verdict.SKIPPED, "BUSIER"),
                            new Step(inOrder.get(1), 0, Verdict.CHOSEN, null),
                            new Step(inOrder.get(2), 0, Verdict.NEXT, null));
            assertThat(Objects.requireNonNull(fed.engine.snapshot()).pick(PickContext.ofKey("key")))
                    .extracting(Endpoint::address)
                    .isEqualTo(inOrder.get(1));
        }
    }

    @Test
    void howManyHaveAShareIsToldWhereNotAllAreShown() {
        try (FedEngine fed = new FedEngine(FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS))) {
            fed.publish(alike(20));
            Explanation explained = Explanations.of(fed.engine, PickContext.NONE, 8);
            assertThat(explained.shares()).hasSize(8);
            assertThat(explained.leftOut()).isEqualTo(12);
        }
    }
}

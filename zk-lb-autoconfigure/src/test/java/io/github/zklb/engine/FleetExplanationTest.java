package io.github.zklb.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.engine.explain.Explanation.Note;
import io.github.zklb.engine.explain.Explanation.Share;
import io.github.zklb.engine.explain.Explanation.Stage;
import io.github.zklb.engine.explain.Explanation.Step;
import io.github.zklb.engine.explain.Explanation.Verdict;
import io.github.zklb.engine.explain.Scenario;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.testing.ChiSquare;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Route.Group;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests go where they are said to go, over random fleets in which every stage has something to say. */
class FleetExplanationTest {

    private static final int FLEETS = Integer.getInteger("zklb.fleets", 4);

    /** So many keys are explained and picked, in each fleet and by each of the settings. */
    private static final int KEYS = Integer.getInteger("zklb.keys", 400);

    /** So many picks an explanation draws where it cannot compute the shares. */
    private static final int DRAWS = 10_000;

    private static final int ALL = 100;
    private static final int SOME = 12;
    private static final List<RandomFleet> fleets = new ArrayList<>();

    @BeforeAll
    static void live() {
        // they wait for the reading of their reports, once a second: all of them at the same time
        LongStream.rangeClosed(1, FLEETS)
                .parallel()
                .mapToObj(seed -> new RandomFleet(seed).live())
                .toList()
                .forEach(fleets::add);
    }

    @AfterAll
    static void close() {
        fleets.forEach(RandomFleet::close);
    }

    private static Scenario present(RandomFleet fleet) {
        return requireNonNull(
                Scenario.present(fleet.engine, fleet.engine.snapshots().published()));
    }

    private static Stream<Reason> reasons(Explanation explained) {
        return explained.stages().stream()
                .flatMap(each -> each.because().stream())
                .map(Note::reason);
    }

    static Stream<ConsistentHashSettings> hashings() {
        return Stream.of(Algorithm.values())
                .flatMap(algorithm -> Stream.of(
                        hashing(algorithm, null, 1), hashing(algorithm, null, 2), hashing(algorithm, 1.25, 1)));
    }

    private static ConsistentHashSettings hashing(Algorithm algorithm, @Nullable Double boundedLoad, int replicas) {
        return new ConsistentHashSettings(algorithm, 160, null, boundedLoad, replicas, Identity.ADDRESS, "weighted");
    }

    @ParameterizedTest
    @MethodSource("hashings")
    void aKeyGoesWhereItIsSaidToGoAndOnFromThere(ConsistentHashSettings hashing) {
        Set<String> verdicts = new HashSet<>();
        // the others differ in their zones, which do not count with keys
        for (RandomFleet fleet : fleets.subList(0, Math.max(1, FLEETS / 2))) {
            fleet.retune(ConsistentHashSettings.STRATEGY, hashing);
            Scenario present = present(fleet);
            Set<Reason> noted = EnumSet.noneOf(Reason.class);
            for (Group group : fleet.groups()) {
                present.of(null, group);
                int keys = KEYS / fleet.groups().size();
                for (int i = 0; i < keys; i++) {
                    String key = "key-" + i;
                    boolean whole = i % 100 == 0;
                    Explanation explained = present.explain(PickContext.ofKey(key), whole ? ALL : SOME);
                    List<String> said = going(explained);
                    assertThat(said).isNotEmpty();
                    assertThat(picked(fleet, group, key, said.size())).isEqualTo(said);
                    explained.sequence().forEach(step -> {
                        verdicts.add(step.verdict() + " " + step.reason());
                        assertThat(step.tier())
                                .isEqualTo("EJECTED".equals(step.reason()) ? Candidates.EJECTED : step.tier());
                    });
                    if (i == 0) {
                        assertThat(going(present.explain(KeyMap.hash(key), Set.of(), ALL)))
                                .isEqualTo(said);
                    }
                    if (whole) {
                        assertThat(said)
                                .hasSameSizeAs(
                                        fleet.snapshot().candidates().hosts().endpoints());
                        assertPassed(fleet, explained);
                        reasons(explained).forEach(noted::add);
                    }
                }
            }
            assertThat(noted).isEqualTo(fleet.reasons());
        }
        assertThat(verdicts)
                .contains("CHOSEN null", "NEXT EJECTED", "NEXT HELD_DEMOTED", "NEXT OTHER_GROUP", "NEXT PANIC");
        if (hashing.boundedLoad() != null) {
            assertThat(verdicts).contains("SKIPPED FULL");
        }
    }

    private static List<String> going(Explanation explained) {
        return explained.sequence().stream()
                .filter(step -> step.verdict() != Verdict.SKIPPED)
                .map(Step::address)
                .toList();
    }

    private static List<String> picked(RandomFleet fleet, Group group, String key, int attempts) {
        Set<Endpoint> tried = new HashSet<>();
        List<String> picked = new ArrayList<>();
        while (picked.size() < attempts) {
            Endpoint next = requireNonNull(fleet.snapshot().pick(new PickContext(key, tried), group));
            tried.add(next);
            picked.add(next.address());
            // where loads are bounded the pick has reserved a place, which the next one is not to find taken
            CountedCall call = requireNonNull(fleet.engine.start(next.address()));
            call.call().cancelled();
        }
        return picked;
    }

    /** Behind the last stage are those that picks go to. */
    private static void assertPassed(RandomFleet fleet, Explanation explained) {
        List<Stage> stages = explained.stages();
        assertThat(stages.get(0).in())
                .isEqualTo(fleet.engine.snapshots().known().size());
        assertThat(stages.get(stages.size() - 1).out())
                .isEqualTo(fleet.snapshot().candidates().hosts().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"weighted", "weighted-random", "round-robin", "random", "least-request", "peak-ewma"})
    void theSharesAreThoseOfThePicksAndOfRetries(String strategy) {
        Random random = new Random(17);
        for (RandomFleet fleet : fleets) {
            fleet.retune(strategy, ConsistentHashSettings.DEFAULTS);
            Scenario present = present(fleet);
            Set<Reason> noted = EnumSet.noneOf(Reason.class);
            for (Group group : fleet.groups()) {
                present.of(null, group);
                for (int tried : List.of(0, 1, 5)) {
                    List<Endpoint> hosts = new ArrayList<>(
                            fleet.snapshot().candidates().hosts().endpoints());
                    Collections.shuffle(hosts, random);
                    PickContext request = new PickContext(null, Set.copyOf(hosts.subList(0, tried)));
                    Explanation explained = present.explain(request, ALL);
                    assertPassed(fleet, explained);
                    reasons(explained).forEach(noted::add);
                    Map<String, Double> shares =
                            explained.shares().stream().collect(Collectors.toMap(Share::address, Share::share));
                    if (explained.exact()) {
                        ChiSquare.assertFollows(shares, picked(fleet, group, request, Math.max(DRAWS, KEYS)));
                    } else {
                        Map<String, Long> drawn = new HashMap<>();
                        shares.forEach((address, share) -> drawn.put(address, Math.round(share * DRAWS)));
                        ChiSquare.assertAlike(drawn, picked(fleet, group, request, DRAWS));
                    }
                }
            }
            assertThat(noted).isEqualTo(fleet.reasons());
        }
    }

    private static Map<String, Long> picked(RandomFleet fleet, Group group, PickContext request, int picks) {
        Map<String, Long> counted = new HashMap<>();
        Snapshot snapshot = fleet.snapshot();
        for (int i = 0; i < picks; i++) {
            counted.merge(requireNonNull(snapshot.pick(request, group)).address(), 1L, Long::sum);
        }
        return counted;
    }
}

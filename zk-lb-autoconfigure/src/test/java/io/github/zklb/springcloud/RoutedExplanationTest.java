package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.engine.explain.Explanation.Verdict;
import io.github.zklb.engine.explain.Rehearsal;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.engine.explain.Scenario;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.Route.Part;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;

/** What is explained and rehearsed of a service with routes, against what requests do: four of version 1, two of version 2. */
class RoutedExplanationTest {

    private static final int KEYS = Integer.getInteger("zklb.routes.keys", 20_000);
    private static final Map<String, String> V2 = Map.of("version", "2");
    private static final Request<?> UNKNOWN = new DefaultRequest<>();
    private static final KeySources SOURCES = new KeySources(name -> request -> name);

    private final Rehearsals rehearsals = new Rehearsals(Duration.ofSeconds(30));

    private static EngineSettings settings(String strategy, Route... routes) {
        EngineSettings plain = FedEngine.settings(strategy, Duration.ZERO, SlowStartSettings.DEFAULTS);
        return DefaultSettings.with(plain, Map.of("routes", List.of(routes)));
    }

    private static Route testers() {
        return new Route("testers", List.of("header:X-Tester"), V2, List.of(), List.of(), Otherwise.BASE);
    }

    private static Route ramp(double percent) {
        return new Route("ramp", List.of(), Map.of(), List.of(new Part(V2, percent)), List.of(), Otherwise.BASE);
    }

    private static Endpoint endpoint(int number, String version) {
        return Endpoint.of("10.0.0." + number, 80).withMetadata(Map.of("version", version));
    }

    private static HostSet fleet() {
        return HostSet.of(IntStream.range(0, 6)
                .mapToObj(i -> endpoint(i, i < 4 ? "1" : "2"))
                .toList());
    }

    private static FedEngine fed(EngineSettings settings) {
        FedEngine fed = new FedEngine(settings);
        fed.publish(fleet());
        return fed;
    }

    private static Endpoint pick(FedEngine fed, RequestRoutes routes, String key, Set<Endpoint> tried) {
        Group group = routes.group(UNKNOWN, key, true, Set.of());
        Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
        return Objects.requireNonNull(snapshot.pick(new PickContext(key, tried), group));
    }

    @Test
    void aKeysAttemptsAreExplainedAsTheyGo() {
        try (FedEngine fed = fed(settings("consistent-hash", testers(), ramp(30)))) {
            RequestRoutes routes = new RequestRoutes(fed.engine.settings().routes(), SOURCES);
            for (int i = 0; i < 20; i++) {
                String key = "key-" + i;
                RequestRoutes.Found found = routes.explain(UNKNOWN, KeyMap.hash(key), Set.of());
                Scenario present = Objects.requireNonNull(Scenario.present(
                                fed.engine, fed.engine.snapshots().published()))
                        .of(found.route(), found.group());
                Explanation byKey = present.explain(PickContext.ofKey(key), 10);
                Explanation byHash = present.explain(KeyMap.hash(key), Set.of(), 10);
                List<String> went = new ArrayList<>();
                Set<Endpoint> tried = new HashSet<>();
                while (tried.size() < 6) {
                    Endpoint picked = pick(fed, routes, key, Set.copyOf(tried));
                    tried.add(picked);
                    went.add(picked.address());
                }
                assertThat(byKey.sequence())
                        .extracting(Explanation.Step::address)
                        .isEqualTo(went);
                assertThat(byHash.sequence()).isEqualTo(byKey.sequence());
                boolean canary = !Objects.requireNonNull(found.group()).isBase();
                assertThat(byKey.sequence().subList(0, canary ? 2 : 4)).allMatch(step -> step.reason() == null);
                assertThat(byKey.sequence().subList(canary ? 2 : 4, 6))
                        .allMatch(step ->
                                Reason.OTHER_GROUP.name().equals(step.reason()) && step.verdict() == Verdict.NEXT);
                assertThat(byKey.stages())
                        .filteredOn(stage -> stage.stage().equals("route"))
                        .singleElement()
                        .satisfies(stage -> assertThat(stage.noted()).isEqualTo(canary ? 4 : 2));
            }
        }
    }

    @Test
    void aRequestThatIsLeftToChanceHasTheSharesOfAllGroups() {
        try (FedEngine fed = fed(settings("round-robin", ramp(30)))) {
            RequestRoutes.Found found =
                    new RequestRoutes(fed.engine.settings().routes(), SOURCES).explain(UNKNOWN, null, Set.of());
            assertThat(found.group()).isNull();
            assertThat(found.because()).contains("chance decides");
            Explanation explained = Objects.requireNonNull(
                            Scenario.present(fed.engine, fed.engine.snapshots().published()))
                    .of(found.route(), null)
                    .explain(PickContext.NONE, 10);
            assertThat(explained.exact()).isTrue();
            assertThat(explained.shares())
                    .allSatisfy(share -> assertThat(share.share())
                            .isCloseTo(share.address().compareTo("10.0.0.4") < 0 ? 0.175 : 0.15, within(1e-9)));
            assertThat(Objects.requireNonNull(
                            Explanation.expectedShares(fed.engine.snapshots().published())))
                    .hasSize(6)
                    .hasEntrySatisfying(
                            "10.0.0.5:80", share -> assertThat(share).isCloseTo(0.15, within(1e-9)));
        }
    }

    @Test
    void aKeyWhoseGroupIsLeftToChanceHasAnEndpointInEachGroup() {
        Route ramp = new Route(
                "ramp", List.of(), Map.of(), List.of(new Part(V2, 30)), List.of("cookie:SESSION"), Otherwise.BASE);
        try (FedEngine fed = fed(settings("consistent-hash", ramp))) {
            RequestRoutes routes = new RequestRoutes(fed.engine.settings().routes(), SOURCES);
            RequestRoutes.Found found = routes.explain(UNKNOWN, KeyMap.hash("key"), Set.of());
            Explanation explained = Objects.requireNonNull(
                            Scenario.present(fed.engine, fed.engine.snapshots().published()))
                    .of(found.route(), found.group())
                    .explain(PickContext.ofKey("key"), 10);
            Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
            Map<String, Double> expected = new HashMap<>();
            ramp.groups()
                    .forEach(group -> expected.put(
                            Objects.requireNonNull(snapshot.pick(PickContext.ofKey("key"), group))
                                    .address(),
                            group.isBase() ? 0.7 : 0.3));
            assertThat(explained.deterministic()).isFalse();
            assertThat(explained.shares())
                    .hasSize(2)
                    .allSatisfy(each -> assertThat(each.share())
                            .isCloseTo(Objects.requireNonNull(expected.get(each.address())), within(1e-9)));
        }
    }

    @Test
    void aRetryWithoutAKeyStaysInTheGroupThatChanceHasSentItTo() {
        try (FedEngine fed = fed(settings("round-robin", ramp(30)))) {
            RequestRoutes routes = new RequestRoutes(fed.engine.settings().routes(), SOURCES);
            for (Endpoint tried : fleet().endpoints()) {
                RequestRoutes.Found found = routes.explain(UNKNOWN, null, Set.of(tried));
                assertThat(found.group()).isEqualTo(routes.group(UNKNOWN, null, false, Set.of(tried)));
                assertThat(Objects.requireNonNull(found.group()).isBase())
                        .isEqualTo(tried.metadata().containsValue("1"));
            }
        }
    }

    @Test
    void aGroupThatFailsSaysSo() {
        Route nobody = new Route("nobody", List.of(), Map.of("version", "9"), List.of(), List.of(), Otherwise.FAIL);
        try (FedEngine fed = fed(settings("round-robin", nobody))) {
            Explanation explained = Objects.requireNonNull(
                            Scenario.present(fed.engine, fed.engine.snapshots().published()))
                    .of(nobody, nobody.groups().get(0))
                    .explain(PickContext.NONE, 10);
            assertThat(explained.none()).contains("none with the metadata {version=9} serves");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"leave-base", "leave-canary", "join-canary", "grow", "shrink", "end"})
    void whatIsRehearsedIsWhatThenMoves(String change) {
        EngineSettings before = settings("consistent-hash", testers(), ramp(30));
        try (FedEngine fed = fed(before)) {
            EngineSettings after = switch (change) {
                case "grow" -> settings("consistent-hash", testers(), ramp(60));
                case "shrink" -> settings("consistent-hash", testers(), ramp(10));
                case "end" -> settings("consistent-hash");
                default -> before;
            };
            Set<String> leave = change.equals("leave-base")
                    ? Set.of("10.0.0.0:80")
                    : change.equals("leave-canary") ? Set.of("10.0.0.4:80") : Set.of();
            List<Endpoint> join = change.equals("join-canary") ? List.of(endpoint(9, "2")) : List.of();
            Rehearsal rehearsal = rehearsals.rehearse(fed.engine, new Change(leave, join, Map.of(), null, after));
            Map<String, String> were = owners(fed);
            if (after.equals(before)) {
                List<Endpoint> next = new ArrayList<>(fleet().endpoints());
                next.removeIf(each -> leave.contains(each.address()));
                next.addAll(join);
                fed.publish(HostSet.of(next));
            } else {
                fed.retune(after);
            }
            Map<String, String> are = owners(fed);
            double moved = were.entrySet().stream()
                            .filter(each -> !each.getValue().equals(are.get(each.getKey())))
                            .count()
                    / (double) KEYS;
            assertThat(rehearsal.movedPercent() / 100).isCloseTo(moved, within(5 / Math.sqrt(KEYS)));
            Map<String, Double> shares = new HashMap<>();
            are.values().forEach(address -> shares.merge(address, 1.0 / KEYS, Double::sum));
            assertThat(rehearsal.endpoints())
                    .allSatisfy(each -> assertThat(each.after())
                            .isCloseTo(shares.getOrDefault(each.address(), 0.0), within(5 / Math.sqrt(KEYS))));
        }
    }

    private static Map<String, String> owners(FedEngine fed) {
        RequestRoutes routes = new RequestRoutes(fed.engine.settings().routes(), SOURCES);
        Map<String, String> owners = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            String key = "key-" + i;
            owners.put(key, pick(fed, routes, key, Set.of()).address());
        }
        return owners;
    }
}

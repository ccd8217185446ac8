package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.actuate.OverlayDescription;
import io.github.zklb.actuate.OverlayDescription.Setting;
import io.github.zklb.engine.Digest;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.EventLog.Event;
import io.github.zklb.engine.EventLog.Kind;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.engine.explain.Explanations;
import io.github.zklb.engine.explain.Rehearsal;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.policy.KnownOverlays;
import io.github.zklb.policy.KnownOverlays.Overview;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySettings;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What overlays do to the picks of a service, and where one sees it. */
class SteeredServiceTest {

    private static final Set<String> EVERYBODY = Set.of();

    private final List<OverlayNode> nodes = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final OverlaySource source = new OverlaySource() {

        @Override
        public String application() {
            return "shop";
        }

        @Override
        public Watched watch(String serviceId, Runnable changed) {
            listeners.add(changed);
            return new Watched() {

                @Override
                public List<OverlayNode> nodes() {
                    asked.incrementAndGet();
                    List<OverlayNode> now = read ? List.copyOf(nodes) : List.of();
                    whileReading.run();
                    return now;
                }

                @Override
                public boolean areRead() {
                    return read;
                }
            };
        }
    };
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean read = true;
    private volatile Runnable whileReading = () -> {};
    private long zxid;

    private static HostSet fleet(int size) {
        return HostSet.of(IntStream.range(0, size)
                .mapToObj(i -> Endpoint.of("10.0.0." + i, 80).withMetadata(Map.of("zone", i < size / 2 ? "a" : "b")))
                .toList());
    }

    private FedEngine fed(int size, Duration slowStart) {
        EngineSettings settings =
                FedEngine.settings("weighted", Duration.ZERO, new SlowStartSettings(slowStart, 1, 10));
        FedEngine fed = new FedEngine(settings, source);
        fed.publish(fleet(size));
        return fed;
    }

    private static Overlay overlay(Overlay.Target target, @Nullable Integer percent, Duration lasting) {
        return new Overlay(
                target, percent, percent == null, Map.of(), Instant.now().plus(lasting), "ops", null, EVERYBODY, false);
    }

    private void write(FedEngine fed, String name, Overlay overlay) {
        zxid++;
        nodes.removeIf(each -> each.name().equals(name));
        nodes.add(new OverlayNode(false, name, zxid, zxid, Instant.now(), overlay));
        tell(fed);
    }

    /** Waits for a snapshot that was begun after what is told now was worked in: there may be one under way that knows less. */
    private void tell(FedEngine fed) {
        if (read) {
            listeners.forEach(Runnable::run);
            await().until(fed.engine::overlaysAreKnown);
        }
        long rebuilds = fed.engine.snapshots().rebuilds().count();
        listeners.forEach(Runnable::run);
        await().until(() -> fed.engine.snapshots().rebuilds().count() > rebuilds);
    }

    private static Map<String, Integer> picks(FedEngine fed, int number) {
        Map<String, Integer> picks = new HashMap<>();
        Snapshot snapshot = Objects.requireNonNull(fed.engine.snapshot());
        for (int i = 0; i < number; i++) {
            picks.merge(Objects.requireNonNull(snapshot.pick(PickContext.NONE)).address(), 1, Integer::sum);
        }
        return picks;
    }

    @Test
    void overlaysAreKnownWhenTheyHaveBeenReadAndWorkedIn() {
        read = false;
        try (FedEngine fed = fed(4, Duration.ZERO)) {
            assertThat(fed.engine.overlaysAreKnown()).isFalse();
            read = true;
            assertThat(fed.engine.overlaysAreKnown()).as("none").isTrue();
            Overlay overlay = overlay(new Overlay.InZone("a"), 50, Duration.ofHours(1));
            nodes.add(new OverlayNode(false, "slow", 1, 1, Instant.now(), overlay));
            assertThat(fed.engine.overlaysAreKnown()).isFalse();
            tell(fed);
            await().until(fed.engine::overlaysAreKnown);
        }
    }

    @Test
    void whatOperatorsChangeWhileARunLooksAtItIsWorkedInAllTheSame() {
        try (FedEngine fed = fed(4, Duration.ZERO)) {
            Overlay drain = overlay(new Overlay.AtAddress("10.0.0.0:80", null), null, Duration.ofHours(1));
            AtomicBoolean changed = new AtomicBoolean();
            whileReading = () -> {
                if (changed.compareAndSet(false, true)) {
                    nodes.add(new OverlayNode(false, "late", 1, 1, Instant.now(), drain));
                    listeners.forEach(Runnable::run);
                }
            };
            listeners.forEach(Runnable::run);
            await().until(() -> fed.engine.snapshots().count(Reason.OVERLAY_DRAINED) == 1);
        }
    }

    /** An engine that knows its endpoints, but not yet what operators have set. */
    private FedEngine starting(Duration firstLoad) {
        read = false;
        Overlay drain = overlay(new Overlay.AtAddress("10.0.0.0:80", null), null, Duration.ofHours(1));
        nodes.add(new OverlayNode(false, "away", 1, 1, Instant.now(), drain));
        FedEngine fed = new FedEngine(
                FedEngine.settings("weighted", firstLoad, new SlowStartSettings(Duration.ZERO, 1, 10)), source);
        fed.tell(fleet(4));
        for (int i = 0; i < 2; i++) { // the second run begins when the first has ended
            int before = asked.get();
            listeners.forEach(Runnable::run);
            await().until(() -> asked.get() > before);
        }
        return fed;
    }

    @Test
    void theFirstPicksWaitForWhatOperatorsHaveSet() {
        try (FedEngine fed = starting(Duration.ofMinutes(1))) {
            assertThat(fed.engine.snapshot()).isNull();
            CompletableFuture<Snapshot> first = fed.engine.snapshots().first().toCompletableFuture();
            read = true;
            listeners.forEach(Runnable::run);
            Snapshot snapshot = first.orTimeout(20, TimeUnit.SECONDS).join();
            assertThat(snapshot.candidates().hosts().endpoints())
                    .extracting(Endpoint::address)
                    .hasSize(3)
                    .doesNotContain("10.0.0.0:80");
        }
    }

    @Test
    void theFirstPicksWaitForOperatorsNoLongerThanForZooKeeper() {
        try (FedEngine fed = starting(Duration.ofSeconds(4))) {
            assertThat(ZkReactorLoadBalancer.loaded(fed.engine).blockOptional())
                    .as("a call that has waited since then")
                    .isPresent();
            assertThat(picks(fed, 40)).hasSize(4);
        }
    }

    @Test
    void aWeightAndADrainAreInThePicksAndEverywhereShown() {
        try (FedEngine fed = fed(4, Duration.ofHours(1))) {
            Digest before = fed.engine.snapshots().published().digest();
            assertThat(Setting.of(overlay(new Overlay.WholeService(), 50, Duration.ofHours(1)))
                            .settings())
                    .isNull();
            write(fed, "slow", overlay(new Overlay.AtAddress("10.0.0.0:80", null), 50, Duration.ofHours(1)));
            assertThat(picks(fed, 700)).containsEntry("10.0.0.0:80", 100).containsEntry("10.0.0.1:80", 200);
            write(fed, "away", overlay(new Overlay.AtAddress("10.0.0.1:80", null), null, Duration.ofHours(1)));
            assertThat(picks(fed, 500)).containsEntry("10.0.0.0:80", 100).doesNotContainKey("10.0.0.1:80");
            assertThat(fed.engine.snapshots().count(Reason.OVERLAY_DRAINED)).isOne();
            assertThat(fed.engine.snapshots().count(Reason.OVERLAY_WEIGHT)).isOne();
            assertThat(fed.engine.snapshots().count(Reason.WARMING))
                    .as("starts no slow start")
                    .isZero();
            assertThat(fed.engine.snapshots().published().digest().endpoints()).isNotEqualTo(before.endpoints());
            assertThat(fed.engine.snapshots().published().digest().placement()).isEqualTo(before.placement());
            Explanation explanation = Explanations.of(fed.engine, PickContext.NONE, 10);
            assertThat(explanation.stages())
                    .filteredOn(each -> each.stage().equals("overlay"))
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.in()).isEqualTo(4);
                        assertThat(each.out()).isEqualTo(3);
                        assertThat(each.noted()).isEqualTo(2);
                    });
            assertThat(fed.engine.events().since(0))
                    .filteredOn(each -> each.kind() == Kind.OVERLAY_ON)
                    .extracting(Event::detail)
                    .satisfiesExactly(
                            slow -> assertThat(slow).startsWith("slow: weight 50 % of 10.0.0.0:80 until "),
                            away -> assertThat(away).contains("away: drain of 10.0.0.1:80", "by ops as the node says"));
            nodes.clear();
            tell(fed);
            Map<String, Integer> picks = picks(fed, 400);
            assertThat(picks.get("10.0.0.0:80")).isCloseTo(picks.get("10.0.0.2:80"), within(1));
            assertThat(fed.engine.snapshots().count(Reason.WARMING))
                    .as("who comes back from a drain")
                    .isOne();
            assertThat(fed.engine.snapshots().published().digest()).isEqualTo(before);
            assertThat(fed.engine.events().count(Kind.OVERLAY_OFF)).isEqualTo(2);
        }
    }

    @Test
    void whatIsDrainedAndThenStoppedIsNotHeld() {
        try (FedEngine fed = fed(4, Duration.ZERO)) {
            write(fed, "zone-a", overlay(new Overlay.InZone("a"), null, Duration.ofHours(1)));
            assertThat(picks(fed, 100)).containsOnlyKeys("10.0.0.2:80", "10.0.0.3:80");
            HostSet left = fleet(4).filter(each -> each.zone().orElse("").equals("b"));
            fed.publish(left);
            assertThat(Objects.requireNonNull(fed.engine.known()).state()).isEqualTo(State.SYNCED);
            assertThat(fed.engine.snapshots().known()).isEqualTo(left);
            assertThat(fed.engine.snapshots().count(Reason.HELD)).isZero();
        }
    }

    @Test
    void oneThatNoInstanceMatchesSaysSo() {
        try (FedEngine fed = fed(4, Duration.ZERO)) {
            write(fed, "evacuated", overlay(new Overlay.InZone("A"), null, Duration.ofHours(1)));
            assertThat(OverlayDescription.of(fed.engine.snapshots().published()))
                    .extracting(OverlayDescription::state, OverlayDescription::because)
                    .containsExactly(tuple(OverlayDescription.State.APPLIED, "no instance matches it now"));
            write(fed, "evacuated", overlay(new Overlay.InZone("a"), null, Duration.ofHours(1)));
            assertThat(OverlayDescription.of(fed.engine.snapshots().published()))
                    .extracting(OverlayDescription::because)
                    .containsOnlyNulls();
        }
    }

    @Test
    void anOverlayEndsByItself() {
        try (FedEngine fed = fed(4, Duration.ZERO)) {
            write(fed, "soon", overlay(new Overlay.AtAddress("10.0.0.1:80", null), null, Duration.ofMillis(1_500)));
            assertThat(picks(fed, 100)).doesNotContainKey("10.0.0.1:80");
            await().atMost(Duration.ofSeconds(20)).until(() -> picks(fed, 100).containsKey("10.0.0.1:80"));
            assertThat(fed.engine.snapshots().published().overlays().nodes())
                    .singleElement()
                    .satisfies(each -> assertThat(each.because()).isEqualTo("its time is over"));
        }
    }

    @Test
    void whatWouldLeaveTooLittleIsRefusedAndSaid() {
        try (FedEngine fed = fed(4, Duration.ZERO)) {
            write(fed, "all", overlay(new Overlay.WholeService(), 10, Duration.ofHours(1)));
            assertThat(picks(fed, 400)).hasSize(4);
            assertThat(fed.engine.snapshots().published().steering().refused().values())
                    .singleElement()
                    .asString()
                    .startsWith("90 % of the weight would be drained, more than zk-lb.policy.max-drained-percent (50)");
        }
    }

    private void write(FedEngine fed, boolean ofAll, String name, String strategy, Duration lasting) {
        zxid++;
        Overlay overlay = new Overlay(
                new Overlay.WholeService(),
                null,
                false,
                Map.of("strategy", strategy),
                Instant.now().plus(lasting),
                "ops",
                null,
                EVERYBODY,
                false);
        nodes.add(new OverlayNode(ofAll, name, zxid, zxid, Instant.now(), overlay));
        tell(fed);
    }

    @Test
    void aStrategyIsInEffectUntilItEndsAndThenWhatIsBehindIt() {
        EngineSettings own = FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS);
        try (FedEngine fed = new FedEngine(
                own,
                source,
                (present, layers) -> layers.above().isEmpty()
                        ? present
                        : present.with(
                                Objects.requireNonNull(
                                        layers.above().get(0).settings().get("strategy")),
                                present.strategySettings()))) {
            fed.publish(fleet(4));
            Digest before = fed.engine.snapshots().published().digest();
            write(fed, false, "evening", "consistent-hash", Duration.ofMillis(1_500));
            assertThat(fed.engine.snapshots().published().settings().strategy()).isEqualTo("consistent-hash");
            assertThat(fed.engine.snapshots().published().digest().placement()).isNotEqualTo(before.placement());
            assertThat(fed.engine.snapshots().published().overlays().layers().above())
                    .singleElement()
                    .satisfies(layer -> assertThat(layer.origin())
                            .startsWith("the overlay evening, by ops as the node says, until "));
            write(fed, true, "all", "round-robin", Duration.ofHours(1));
            assertThat(fed.engine.settings().strategy()).as("of all services").isEqualTo("consistent-hash");
            assertThat(fed.engine.events().since(0))
                    .filteredOn(each -> each.kind() == Kind.OVERLAY_ON)
                    .extracting(Event::detail)
                    .first()
                    .asString()
                    .startsWith("evening: strategy=consistent-hash of the service until ");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> fed.engine
                            .snapshots()
                            .published()
                            .settings()
                            .strategy()
                            .equals("round-robin"));
            nodes.clear();
            tell(fed);
            assertThat(fed.engine.settings()).isEqualTo(own);
            assertThat(fed.engine.snapshots().published().digest()).isEqualTo(before);
            assertThat(picks(fed, 400).values()).containsOnly(100);
        }
    }

    private static EngineSettings switchedOff(EngineSettings of) {
        OverlaySettings off =
                new OverlaySettings(false, of.overlays().maxTtl(), of.overlays().maxDrainedPercent());
        return new EngineSettings(
                of.source(),
                of.strategy(),
                of.strategySettings(),
                of.keySources(),
                of.firstLoadTimeout(),
                of.load(),
                of.failures(),
                of.slowStart(),
                of.hold(),
                of.outlierEjection(),
                of.zone(),
                of.routes(),
                off);
    }

    @Test
    void whatCannotBeIsRefusedAndWhatEndsEndsWhateverTheConfigurationSays() {
        EngineSettings own = FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS);
        AtomicBoolean isWrong = new AtomicBoolean();
        try (FedEngine fed = new FedEngine(own, source, (present, layers) -> {
            if (isWrong.get()) {
                throw new IllegalStateException("zone.mode cannot be 'far'");
            }
            return layers.above().isEmpty()
                    ? present
                    : present.with(
                            Objects.requireNonNull(
                                    layers.above().get(0).settings().get("strategy")),
                            present.strategySettings());
        })) {
            fed.publish(fleet(4));
            write(fed, false, "wrong", "no-such", Duration.ofHours(1));
            assertThat(fed.engine.settings()).isEqualTo(own);
            write(fed, true, "all", "round-robin", Duration.ofHours(1));
            assertThat(fed.engine.settings().strategy()).isEqualTo("round-robin");
            assertThat(fed.engine.refusal()).as("of the application").isNull();
            Overview shown = fed.engine.snapshots().published().overlays();
            assertThat(shown.layers().above())
                    .singleElement()
                    .satisfies(each -> assertThat(each.origin()).startsWith("the overlay _all/all"));
            assertThat(shown.nodes())
                    .filteredOn(each -> each.state() == KnownOverlays.State.REFUSED)
                    .singleElement()
                    .satisfies(each -> assertThat(each.because())
                            .startsWith("it cannot be with the other settings: ")
                            .contains("no-such"));
            assertThat(fed.engine.events().since(0))
                    .filteredOn(each -> each.kind() == Kind.OVERLAY_ON)
                    .extracting(Event::detail)
                    .singleElement()
                    .asString()
                    .startsWith("_all/all: ");
            isWrong.set(true);
            fed.retune(fed.engine.settings());
            assertThat(fed.engine.refusal()).isEqualTo("zone.mode cannot be 'far'");
            assertThat(fed.engine.settings().strategy()).as("did not end").isEqualTo("round-robin");
            nodes.clear();
            tell(fed);
            assertThat(fed.engine.settings()).as("ended").isEqualTo(own);
            isWrong.set(false);
            write(fed, false, "wrong", "no-such", Duration.ofHours(1));
            assertThat(fed.engine.refusal()).isNull();
            EngineSettings off = switchedOff(own.with("random", own.strategySettings()));
            fed.retune(off);
            assertThat(fed.engine.settings()).isEqualTo(off);
            await().until(() ->
                    fed.engine.snapshots().published().overlays().nodes().isEmpty());
        }
    }

    @Test
    void aRehearsalKnowsTheOverlays() {
        try (FedEngine fed = fed(10, Duration.ZERO)) {
            write(fed, "slow", overlay(new Overlay.AtAddress("10.0.0.0:80", null), 50, Duration.ofHours(1)));
            Rehearsal removal = new Rehearsals(Duration.ofSeconds(20))
                    .rehearse(
                            fed.engine,
                            new Change(Set.of("10.0.0.9:80"), List.of(), Map.of(), null, fed.engine.settings()));
            assertThat(removal.endpoints())
                    .filteredOn(each -> each.address().equals("10.0.0.0:80"))
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.before()).isCloseTo(0.5 / 9.5, within(1e-9));
                        assertThat(each.after()).isCloseTo(0.5 / 8.5, within(1e-9));
                    });
        }
    }

    @Test
    void anOwnerWithAnotherWeightThatIsFullIsSkippedForBeingFull() {
        ConsistentHashSettings bounded = new ConsistentHashSettings(
                Algorithm.RING, 160, null, 1.0, ConsistentHashSettings.Identity.ADDRESS, "weighted");
        EngineSettings settings = FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS)
                .with("consistent-hash", new StrategySettings(bounded));
        try (FedEngine fed = new FedEngine(settings, source)) {
            fed.publish(fleet(4));
            write(fed, "more", overlay(new Overlay.InZone("a"), 150, Duration.ofHours(1)));
            String key = IntStream.range(0, 100)
                    .mapToObj(i -> "key-" + i)
                    .filter(each -> Explanations.of(fed.engine, PickContext.ofKey(each), 1)
                            .sequence()
                            .get(0)
                            .address()
                            .equals("10.0.0.0:80"))
                    .findFirst()
                    .orElseThrow();
            IntStream.range(0, 200).forEach(i -> fed.engine.start("10.0.0.0:80"));
            assertThat(Explanations.of(fed.engine, PickContext.ofKey(key), 10)
                            .sequence()
                            .get(0))
                    .isEqualTo(new Explanation.Step("10.0.0.0:80", 0, Explanation.Verdict.SKIPPED, "FULL"));
        }
    }
}

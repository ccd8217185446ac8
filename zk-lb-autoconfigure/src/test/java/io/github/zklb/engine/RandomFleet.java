package io.github.zklb.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.engine.EngineSettings.Source;
import io.github.zklb.engine.probes.Probes.Verdict;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.reports.Capacities;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Clock;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.Route.Part;
import io.github.zklb.traffic.SlowStartSettings;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A service in which every stage has something to say. Its endpoints are in three zones, of two versions and of some weights;
 * some are not UP, drained, warming up, ejected, steered by overlays, held with evidence or without, or gone; those that serve
 * report their loads and have requests in flight. The clock stands still. Every other fleet is in panic, and without routes.
 */
final class RandomFleet implements AutoCloseable {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Map<String, String> CANARY = Map.of("version", "2");
    private static final List<Route> ROUTES = List.of(
            new Route("testers", List.of("header:X-Tester"), CANARY, List.of(), List.of(), Otherwise.ALL),
            new Route("ramp", List.of(), Map.of(), List.of(new Part(CANARY, 20)), List.of(), Otherwise.BASE));

    private final Random random;
    private final boolean panics;
    private final Clock clock = new Clock();
    private final FedMembership registry = new FedMembership("orders");
    private final Map<String, Verdict> verdicts = new ConcurrentHashMap<>();
    private final List<OverlayNode> overlays;
    private final ServiceEngines engines;
    private volatile EngineSettings settings;
    final ServiceEngine engine;

    /** Endpoints that nothing was decided of yet; what follows takes some of them. */
    private final List<Endpoint> undecided;

    private final List<Endpoint> down;
    private final List<Endpoint> drained;
    private final List<Endpoint> lost;
    private final List<Endpoint> newcomers;
    private final List<Endpoint> unreached;
    private final List<Endpoint> failing;
    private final List<Endpoint> steered;

    /** The same for the same seed, but for what chance does within the engine. */
    RandomFleet(long seed) {
        random = new Random(seed);
        panics = seed % 2 == 1;
        settings = settings(seed % 4 == 0 ? Mode.BALANCED : Mode.PREFER_LOCAL);
        undecided = new ArrayList<>(IntStream.range(0, 24 + random.nextInt(12))
                .mapToObj(i -> endpoint(i, "UP"))
                .toList());
        down = List.of(endpoint(101, "DOWN"), endpoint(102, "OUT_OF_SERVICE"));
        drained = List.of(endpoint(103, "UP").withWeight(0));
        lost = take(4);
        newcomers = take(3);
        unreached = take(2);
        failing = take(panics ? 2 : 0);
        steered = take(1);
        overlays = List.of(
                overlay(1, new Overlay.AtAddress(steered.get(0).address(), null), null),
                overlay(2, new Overlay.InZone("c"), 50));
        engines = new ServiceEngines(
                id -> registry.membership(),
                new StrategyCatalogue(List.of()),
                id -> settings,
                any -> {},
                (id, hosts) -> hosts,
                (endpoint, delay, told) -> {
                    Verdict verdict = verdicts.remove(endpoint.address());
                    if (verdict != null) {
                        told.accept(verdict);
                    }
                },
                clock);
        engines.steeredBy(new Overlays(), (id, layers) -> settings);
        engine = engines.engine("orders");
    }

    private final class Overlays implements OverlaySource {

        @Override
        public String application() {
            return "shop";
        }

        @Override
        public Watched watch(String serviceId, Runnable changed) {
            return () -> overlays;
        }
    }

    private EngineSettings settings(Mode zones) {
        LoadSettings load = LoadSettings.DEFAULTS;
        return DefaultSettings.with(
                DefaultSettings.of(Source.ZOOKEEPER, "weighted", Duration.ZERO, new SlowStartSettings(HOUR, 1, 10)),
                Map.of(
                        "load",
                        new LoadSettings(load.decay(), load.failurePenalty(), true),
                        "hold", // of whatever goes
                        new HoldSettings(true, 1, HOUR, HOUR, HOUR, HoldSettings.WhenEmpty.UNTIL_DEAD, true),
                        "outlierEjection",
                        new OutlierEjectionSettings(
                                5, panics, 6, 0, 0, 0, HOUR, 1_000, HOUR, HOUR, HOUR, 50, panics ? 100 : 0),
                        "zone",
                        new ZoneSettings(zones, "a", "zone", Map.of("a", 3.0, "b", 1.0, "c", 1.0), 1),
                        "routes",
                        panics ? List.of() : ROUTES));
    }

    private Endpoint endpoint(int number, String status) {
        return Endpoint.of("10.0.0." + number, 8080)
                .withWeight(1 + random.nextInt(3))
                .withMetadata(Map.of(
                        "instance_status",
                        status,
                        "zone",
                        List.of("a", "b", "c").get(random.nextInt(3)),
                        "version",
                        random.nextInt(3) == 0 ? "2" : "1"));
    }

    private List<Endpoint> take(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> undecided.remove(random.nextInt(undecided.size())))
                .toList();
    }

    private static OverlayNode overlay(long zxid, Overlay.Target target, @Nullable Integer percent) {
        Instant now = Instant.now();
        return new OverlayNode(
                false,
                "overlay-" + zxid,
                zxid,
                zxid,
                now,
                new Overlay(target, percent, percent == null, Map.of(), now.plus(HOUR), "ops", null, Set.of(), false));
    }

    /** Lives through what each stage is there for; waits until all of it is in the picks. */
    RandomFleet live() {
        publish(undecided, down, drained, lost, unreached, failing, steered);
        verdicts.put(lost.get(0).address(), Verdict.CONNECTED);
        verdicts.put(lost.get(1).address(), Verdict.TIMED_OUT);
        verdicts.put(lost.get(2).address(), Verdict.REFUSED);
        publish(undecided, down, drained, newcomers, unreached, failing, steered);
        for (Endpoint each : undecided) {
            CountedCall call = start(each);
            call.reported("TEXT cpu_utilization=0.5,rps_fractional=" + (20 + random.nextInt(200)));
            call.end(200);
        }
        unreached.forEach(each -> start(each).end(new ConnectException("Connection refused")));
        clock.pass(Duration.ofMillis(1)); // another answer is to come after that
        undecided.forEach(each -> start(each).end(200));
        for (int i = 0; i < 4; i++) {
            unreached.forEach(each -> start(each).end(new ConnectException("Connection refused")));
        }
        for (int i = 0; i < 6; i++) {
            failing.forEach(each -> start(each).end(500));
        }
        for (Endpoint each : undecided) {
            for (int calls = random.nextInt(9); calls > 0; calls--) {
                start(each);
            }
        }
        await().until(() -> engine.reporting() == undecided.size());
        clock.pass(Capacities.BLACKOUT);
        await().untilAsserted(() -> assertThat(EnumSet.allOf(Reason.class).stream()
                        .filter(each -> snapshot().candidates().isNoted(each)))
                .containsAll(reasons().stream()
                        .filter(each -> each != Reason.OTHER_GROUP)
                        .toList()));
        return this;
    }

    @SafeVarargs
    private void publish(List<Endpoint>... endpoints) {
        registry.publish(HostSet.of(Stream.of(endpoints).flatMap(List::stream).toList()));
        long version = registry.membership().current().version();
        await().until(() -> engine.snapshot() != null && snapshot().membership().version() == version);
    }

    private CountedCall start(Endpoint endpoint) {
        return requireNonNull(engine.start(endpoint.address()));
    }

    /** Has another strategy, and waits until it picks. */
    void retune(String strategy, ConsistentHashSettings hashing) {
        settings = settings.with(strategy, new StrategySettings(hashing));
        engines.refresh();
        await().until(() -> engine.snapshots().published().settings().equals(settings));
    }

    /** What requests read now. */
    Snapshot snapshot() {
        return requireNonNull(engine.snapshot());
    }

    /** The groups that requests belong to. */
    Collection<Group> groups() {
        Set<Group> groups = new LinkedHashSet<>(List.of(Group.BASE));
        settings.routes().forEach(each -> groups.addAll(each.groups()));
        return groups;
    }

    /** What the stages have to say by the present settings. */
    Set<Reason> reasons() {
        Set<Reason> reasons = EnumSet.allOf(Reason.class);
        reasons.removeAll(panics ? Set.of(Reason.OTHER_GROUP, Reason.OTHER_ZONE) : Set.of(Reason.PANIC));
        if (settings.strategy().equals(ConsistentHashSettings.STRATEGY)) {
            reasons.remove(Reason.OTHER_ZONE);
        }
        if (!settings.goesByReports()) {
            reasons.remove(Reason.REPORTED);
        }
        return reasons;
    }

    @Override
    public void close() {
        engines.close();
    }
}

package io.github.zklb.engine.explain;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.core.env.MapPropertySource;

/** What was rehearsed is what happens, key by key, when the change is made in a real ZooKeeper or in the settings. */
class RehearsedChangesTest {

    /** Of each kind, or half as many, for each algorithm. */
    private static final int CHANGES = Integer.getInteger("zklb.rehearsals", 6);

    private static final int KEYS = 3_000;
    private static final List<String> ZONES = List.of("a", "b", "c");
    private static final Duration HOUR = Duration.ofHours(1);

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final Map<String, Object> refreshed = new HashMap<>();
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        List<String> properties = new ArrayList<>(List.of(
                "zk-lb.strategy=consistent-hash",
                "zk-lb.membership.hold.enabled=false",
                "zk-lb.membership.removal-delay=0ms",
                "zk-lb.services.kept.membership.hold.enabled=true"));
        for (String kind : List.of("registrations", "zones", "overlays")) {
            for (Algorithm algorithm : Algorithm.values()) {
                properties.add(
                        "zk-lb.services." + serviceId(kind, algorithm) + ".consistent-hash.algorithm=" + algorithm);
            }
        }
        consumer = Consumer.start(zookeeper.connectString(), properties.toArray(String[]::new));
        consumer.context()
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource("refreshed", refreshed));
    }

    @AfterAll
    static void stop() {
        consumer.close();
        zookeeper.close();
    }

    /** A service, and what is registered of it. */
    private static final class Shards {

        private final String serviceId;
        private final Random random;
        private final ServiceEngine engine;
        private final Map<String, Endpoint> registered = new HashMap<>();

        Shards(String serviceId, int size) {
            this.serviceId = serviceId;
            this.random = new Random(serviceId.hashCode() + CHANGES);
            this.engine = consumer.context().getBean(ServiceEngines.class).engine(serviceId);
            IntStream.range(0, size).mapToObj(this::endpoint).forEach(this::register);
        }

        Endpoint endpoint(int number) {
            return Endpoint.of("10.0.0." + number, 5432)
                    .withWeight(1 + random.nextInt(3))
                    .withMetadata(Map.of("zone", ZONES.get(number % ZONES.size())));
        }

        void register(Endpoint endpoint) {
            consumer.registry().register(serviceId, endpoint).join();
            registered.put(endpoint.address(), endpoint);
        }

        void deregister(String address) {
            consumer.registry()
                    .deregister(
                            serviceId,
                            requireNonNull(registered.remove(address)).id())
                    .join();
        }

        void reweigh(String address, double weight) {
            Endpoint endpoint = requireNonNull(registered.get(address));
            consumer.registry().setWeight(serviceId, endpoint.id(), weight).join();
            registered.put(address, endpoint.withWeight(weight));
        }

        /** Waits until what is registered is in the picks. */
        void settle() {
            Map<String, Double> wanted = weights(registered.values());
            await().pollInterval(Duration.ofMillis(5)).until(() -> {
                Snapshot now = engine.snapshot();
                return now != null
                        && weights(now.membership().hosts().endpoints()).equals(wanted);
            });
        }

        private static Map<String, Double> weights(Iterable<Endpoint> endpoints) {
            Map<String, Double> weights = new HashMap<>();
            endpoints.forEach(each -> weights.put(each.address(), each.weight()));
            return weights;
        }

        void set(String property, String value) {
            String name = "zk-lb.services." + serviceId + "." + property;
            refreshed.put(name, value);
            consumer.propertiesChanged(name);
        }

        Map<String, Double> weightsOf(String zone) {
            return registered.values().stream()
                    .filter(each -> each.zone().orElse("").equals(zone))
                    .collect(Collectors.toMap(Endpoint::address, Endpoint::weight));
        }

        Change change(Map<String, Double> weight, @Nullable String drainZone) {
            return new Change(Set.of(), List.of(), weight, drainZone, engine.settings());
        }

        Change change(EngineSettings settings) {
            return new Change(Set.of(), List.of(), Map.of(), null, settings);
        }

        /** Rehearses a change, makes it, and compares. */
        Rehearsal rehearseAndMake(Change change, Runnable really) {
            HostSet declared = engine.snapshots().published().declared();
            KeyMap before =
                    Scenario.supposed(engine, declared, engine.settings()).keys();
            KeyMap after = Scenario.supposed(engine, declared, engine.settings())
                    .then(change.applied(declared), change.settings(), change.overlays())
                    .keys();
            Rehearsal rehearsed = new Rehearsals(Duration.ofSeconds(20)).rehearse(engine, change);
            List<String> were = picks();
            if (before != null) {
                assertThat(were).isEqualTo(owners(before));
            }
            really.run();
            assertThat(engine.settings()).isEqualTo(change.settings());
            List<String> are = picks();
            if (after != null) {
                assertThat(are).as("%s", change).isEqualTo(owners(after));
            }
            compare(rehearsed, were, are, before != null && after != null);
            return rehearsed;
        }

        private List<String> picks() {
            Snapshot now = requireNonNull(engine.snapshot());
            return IntStream.range(0, KEYS)
                    .mapToObj(i -> requireNonNull(now.pick(PickContext.ofKey("key-" + i)))
                            .address())
                    .toList();
        }
    }

    private static List<String> owners(KeyMap keys) {
        return IntStream.range(0, KEYS)
                .mapToObj(i -> keys.pick(KeyMap.hash("key-" + i), Set.of()).address())
                .toList();
    }

    private static void compare(Rehearsal rehearsed, List<String> were, List<String> are, boolean keyed) {
        Set<KeyMap.Move> moves = new HashSet<>();
        Map<String, Double> shares = new HashMap<>();
        int moved = 0;
        for (int i = 0; i < KEYS; i++) {
            shares.merge(are.get(i), 1.0 / KEYS, Double::sum);
            if (!were.get(i).equals(are.get(i))) {
                moved++;
                moves.add(new KeyMap.Move(were.get(i), are.get(i)));
            }
        }
        assertThat(rehearsed.exact()).isTrue();
        assertThat(rehearsed.movedPercent())
                .isGreaterThanOrEqualTo(rehearsed.idealPercent() - 1e-6)
                .isCloseTo(100.0 * moved / KEYS, within(250 / Math.sqrt(KEYS)));
        if (keyed && rehearsed.moves().size() < 20) {
            assertThat(rehearsed.moves().stream().map(each -> new KeyMap.Move(each.from(), each.to())))
                    .containsAll(moves);
        }
        assertThat(rehearsed.endpoints().stream().map(Rehearsal.EndpointShare::address))
                .containsAll(shares.keySet());
        assertThat(rehearsed.endpoints())
                .allSatisfy(each -> assertThat(shares.getOrDefault(each.address(), 0.0))
                        .as(each.address())
                        .isCloseTo(each.after(), within(5 * Math.sqrt(each.after() / KEYS) + 1e-9)));
    }

    private static String serviceId(String kind, Algorithm algorithm) {
        return kind + "-" + algorithm.name().toLowerCase(Locale.ROOT);
    }

    private static Shards shards(String kind, Algorithm algorithm) {
        Shards shards = new Shards(serviceId(kind, algorithm), 9);
        shards.settle();
        return shards;
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void eachKeyGoesWhereItWasRehearsedToGoWhenRegistrationsChange(Algorithm algorithm) {
        Shards shards = shards("registrations", algorithm);
        for (int i = 0; i < CHANGES; i++) {
            Change change = change(shards);
            shards.rehearseAndMake(change, () -> {
                change.remove().forEach(shards::deregister);
                change.add().forEach(shards::register);
                change.weight().forEach(shards::reweigh);
                shards.settle();
            });
        }
    }

    private static Change change(Shards shards) {
        Random random = shards.random;
        List<Endpoint> present = new ArrayList<>(shards.registered.values());
        Collections.shuffle(present, random);
        int removed = present.size() > 4 ? random.nextInt(3) : 0;
        int added = present.size() < 12 ? random.nextInt(3) : 0;
        Set<String> taken = present.stream().map(Endpoint::address).collect(Collectors.toSet());
        Map<String, Double> weights = removed + added == 0 || random.nextInt(4) == 0
                ? Map.of(present.get(present.size() - 1).address(), (double) random.nextInt(5))
                : Map.of();
        return new Change(
                present.stream().limit(removed).map(Endpoint::address).collect(Collectors.toSet()),
                IntStream.generate(() -> random.nextInt(250))
                        .mapToObj(shards::endpoint)
                        .filter(each -> taken.add(each.address()))
                        .limit(added)
                        .toList(),
                weights,
                null,
                shards.engine.settings());
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void eachKeyGoesWhereItWasRehearsedToGoWhenAZoneIsDrainedAndReturns(Algorithm algorithm) {
        Shards shards = shards("zones", algorithm);
        for (int i = 0; i < CHANGES / 2; i++) {
            String zone = ZONES.get(i % ZONES.size());
            Map<String, Double> weights = shards.weightsOf(zone);
            Rehearsal drained = shards.rehearseAndMake(shards.change(Map.of(), zone), () -> {
                weights.keySet().forEach(each -> shards.reweigh(each, 0));
                shards.settle();
            });
            assertThat(drained.zones())
                    .filteredOn(each -> zone.equals(each.zone()))
                    .singleElement()
                    .satisfies(each -> assertThat(each.after()).isZero());
            shards.rehearseAndMake(shards.change(weights, null), () -> {
                weights.forEach(shards::reweigh);
                shards.settle();
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void eachKeyGoesWhereItWasRehearsedToGoWhenAnOverlayIsWritten(Algorithm algorithm) throws Exception {
        Shards shards = shards("overlays", algorithm);
        CuratorFramework operator = consumer.context().getBean(CuratorFramework.class);
        String path = "/zk-lb/overlays/" + shards.serviceId + "/rehearsed";
        for (int i = 0; i < CHANGES / 2; i++) {
            boolean drains = i % 2 == 0;
            String zone = ZONES.get(i % ZONES.size());
            Instant until = Instant.now().plus(HOUR);
            Overlay overlay = new Overlay(
                    new Overlay.InZone(zone), drains ? null : 40, drains, Map.of(), until, null, null, Set.of(), true);
            OverlayNode node =
                    new OverlayNode(false, "rehearsed", Long.MAX_VALUE, Long.MAX_VALUE, Instant.now(), overlay);
            Change change = new Change(
                    Set.of(),
                    List.of(),
                    Map.of(),
                    null,
                    List.of(new OverlayNode.Counting(node, overlay)),
                    shards.engine.settings());
            Reason noted = drains ? Reason.OVERLAY_DRAINED : Reason.OVERLAY_WEIGHT;
            int steered = shards.weightsOf(zone).size();
            shards.rehearseAndMake(change, () -> {
                write(operator, path, zone, drains, until);
                await().until(() -> shards.engine.snapshots().count(noted) == steered);
            });
            operator.delete().forPath(path);
            await().until(() -> shards.engine.snapshots().count(noted) == 0);
        }
    }

    private static void write(CuratorFramework operator, String path, String zone, boolean drains, Instant until) {
        String json = """
                {"v": 1, "target": {"zone": "%s"}, "set": {%s}, "expires": "%s", "overrideCap": true}""".formatted(zone, drains ? "\"drain\": true" : "\"weight-percent\": 40", until);
        try {
            operator.create().creatingParentsIfNeeded().forPath(path, json.getBytes(StandardCharsets.UTF_8));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void eachKeyGoesWhereItWasRehearsedToGoWhenSettingsChange() {
        Shards shards = shards("settings", Algorithm.RING);
        for (int i = 0; i < CHANGES; i++) {
            ConsistentHashSettings hashing =
                    shards.engine.settings().strategySettings().consistentHash();
            boolean algorithms = i % 2 == 0;
            Algorithm algorithm = Algorithm.values()[(hashing.algorithm().ordinal() + 1) % 3];
            int virtualNodes = 40 + shards.random.nextInt(200);
            EngineSettings next = algorithms
                    ? with(shards.engine.settings(), algorithm, hashing.virtualNodes())
                    : with(shards.engine.settings(), hashing.algorithm(), virtualNodes);
            shards.rehearseAndMake(shards.change(next), () -> {
                if (algorithms) {
                    shards.set("consistent-hash.algorithm", algorithm.name());
                } else {
                    shards.set("consistent-hash.virtual-nodes", String.valueOf(virtualNodes));
                }
            });
        }
    }

    private static EngineSettings with(EngineSettings present, Algorithm algorithm, int virtualNodes) {
        StrategySettings all = present.strategySettings();
        ConsistentHashSettings now = all.consistentHash();
        return present.with(
                present.strategy(),
                new StrategySettings(
                        new ConsistentHashSettings(
                                algorithm,
                                virtualNodes,
                                now.tableSize(),
                                now.boundedLoad(),
                                now.replicas(),
                                now.identity(),
                                now.whenMissing()),
                        all.choiceCount(),
                        all.maxWeightRatio()));
    }

    @Test
    void eachKeyGoesWhereItWasRehearsedToGoWhenTheStrategyChanges() {
        Shards shards = shards("strategies", Algorithm.RING);
        for (String next : List.of("weighted", ConsistentHashSettings.STRATEGY, "round-robin")) {
            EngineSettings present = shards.engine.settings();
            EngineSettings other = present.with(next, present.strategySettings());
            shards.rehearseAndMake(shards.change(other), () -> shards.set("strategy", next));
        }
    }

    @Test
    void whomTheHoldKeepsWasRehearsedAndNoKeyMoves() throws IOException {
        Shards kept = new Shards("kept", 0);
        List<ServerSocket> listeners = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                listeners.add(listener);
                kept.register(Endpoint.of("127.0.0.1", listener.getLocalPort()));
            }
            kept.settle();
            List<String> were = kept.picks();
            Set<String> gone = kept.registered.keySet().stream().limit(4).collect(Collectors.toSet());
            Rehearsal rehearsed = new Rehearsals(Duration.ofSeconds(20))
                    .rehearse(kept.engine, new Change(gone, List.of(), Map.of(), null, kept.engine.settings()));
            assertThat(rehearsed.verdict()).isEqualTo(Rehearsal.Verdict.WARN);
            assertThat(rehearsed.because()).anyMatch(why -> why.startsWith("hold: 4 endpoints vanish at once"));
            gone.forEach(kept::deregister);
            await().until(() -> kept.engine.snapshots().count(Reason.HELD) == 4);
            await().untilAsserted(() -> assertThat(kept.picks()).isEqualTo(were));
        } finally {
            for (ServerSocket each : listeners) {
                each.close();
            }
        }
    }
}

package io.github.zklb.engine.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was rehearsed is what happens, key by key, when the change is made in a real ZooKeeper. */
class RehearsedChangesTest {

    private static final int CHANGES = Integer.getInteger("zklb.rehearsals", 6);
    private static final int KEYS = 3_000;

    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void eachKeyGoesWhereItWasRehearsedToGo(String algorithm) {
        Random random = new Random(CHANGES);
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer consumer = Consumer.start(
                        zookeeper.connectString(),
                        "zk-lb.strategy=consistent-hash",
                        "zk-lb.consistent-hash.algorithm=" + algorithm,
                        "zk-lb.membership.hold.enabled=false",
                        "zk-lb.membership.removal-delay=0ms")) {
            ServiceEngine engine =
                    consumer.context().getBean(ServiceEngines.class).engine("shards");
            Map<String, Endpoint> registered = new HashMap<>();
            IntStream.range(0, 8)
                    .mapToObj(i -> endpoint(i, random))
                    .forEach(each -> register(each, consumer, registered));
            settle(engine, registered);
            for (int i = 0; i < CHANGES; i++) {
                make(change(engine, new ArrayList<>(registered.values()), random), engine, consumer, registered);
            }
        }
    }

    private static Endpoint endpoint(int number, Random random) {
        return Endpoint.of("10.0.0." + number, 5432).withWeight(1 + random.nextInt(3));
    }

    private static Change change(ServiceEngine engine, List<Endpoint> present, Random random) {
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
                        .mapToObj(number -> endpoint(number, random))
                        .filter(each -> taken.add(each.address()))
                        .limit(added)
                        .toList(),
                weights,
                null,
                engine.settings());
    }

    private static void make(Change change, ServiceEngine engine, Consumer consumer, Map<String, Endpoint> registered) {
        HostSet known = engine.snapshots().known();
        KeyMap before = Objects.requireNonNull(
                Scenario.supposed(engine, known, engine.settings()).keys());
        KeyMap after = Objects.requireNonNull(Scenario.supposed(engine, change.applied(known), change.settings())
                .keys());
        Rehearsal rehearsed = new Rehearsals(Duration.ofSeconds(20)).rehearse(engine, change);
        List<String> were = picks(engine);
        assertThat(were).isEqualTo(picks(before));

        EndpointRegistry registry = consumer.registry();
        change.remove()
                .forEach(address -> registry.deregister(
                                "shards",
                                Objects.requireNonNull(registered.remove(address))
                                        .id())
                        .join());
        change.add().forEach(each -> register(each, consumer, registered));
        change.weight().forEach((address, weight) -> {
            registry.setWeight(
                            "shards",
                            Objects.requireNonNull(registered.get(address)).id(),
                            weight)
                    .join();
            registered.computeIfPresent(address, (same, each) -> each.withWeight(weight));
        });
        settle(engine, registered);

        List<String> are = picks(engine);
        assertThat(are).as("%s", change).isEqualTo(picks(after));
        Set<KeyMap.Move> moves = new HashSet<>();
        int moved = 0;
        for (int i = 0; i < KEYS; i++) {
            if (!were.get(i).equals(are.get(i))) {
                moved++;
                moves.add(new KeyMap.Move(were.get(i), are.get(i)));
            }
        }
        assertThat(rehearsed.exact()).isTrue();
        assertThat(rehearsed.movedPercent())
                .isGreaterThanOrEqualTo(rehearsed.idealPercent() - 1e-6)
                .isCloseTo(100.0 * moved / KEYS, within(250 / Math.sqrt(KEYS)));
        if (rehearsed.moves().size() < 20) {
            assertThat(rehearsed.moves().stream().map(each -> new KeyMap.Move(each.from(), each.to())))
                    .containsAll(moves);
        }
    }

    private static void register(Endpoint endpoint, Consumer consumer, Map<String, Endpoint> registered) {
        consumer.registry().register("shards", endpoint).join();
        registered.put(endpoint.address(), endpoint);
    }

    private static void settle(ServiceEngine engine, Map<String, Endpoint> registered) {
        Map<String, Double> wanted = weights(registered.values());
        await().pollInterval(Duration.ofMillis(5)).until(() -> {
            Snapshot now = engine.snapshot();
            return now != null && weights(now.membership().hosts().endpoints()).equals(wanted);
        });
    }

    private static Map<String, Double> weights(Iterable<Endpoint> endpoints) {
        Map<String, Double> weights = new HashMap<>();
        endpoints.forEach(each -> weights.put(each.address(), each.weight()));
        return weights;
    }

    private static List<String> picks(ServiceEngine engine) {
        Snapshot now = Objects.requireNonNull(engine.snapshot());
        return IntStream.range(0, KEYS)
                .mapToObj(i -> Objects.requireNonNull(now.pick(PickContext.ofKey("key-" + i)))
                        .address())
                .toList();
    }

    private static List<String> picks(KeyMap keys) {
        return IntStream.range(0, KEYS)
                .mapToObj(i -> keys.pick(KeyMap.hash("key-" + i), Set.of()).address())
                .toList();
    }
}

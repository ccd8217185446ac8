package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Measures from the write at ZooKeeper to the pick, and of the processor that building takes, on demand:
 * {@code -Dzklb.measure=true}, with {@code zklb.measure.n} for the number of changes. Each prints its figures, and holds
 * that the end is exact.
 */
@EnabledIfSystemProperty(named = "zklb.measure", matches = "true", disabledReason = "measured on demand only")
@SuppressWarnings("NullAway.Init") // set up before each measure
class PickMeasuresTest {

    private static final int N = Integer.getInteger("zklb.measure.n", 100);
    private static final int FIRST_PORT = 1_000;
    private static final int PORTS = 60_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ZooKeeperBench bench;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    /** From before the write, and from its answer; one that is overtaken by the next counts until that is picked. */
    @ParameterizedTest
    @ValueSource(strings = {"weighted", "consistent-hash"})
    void changesTwentyMillisecondsApartArePickedSoon(String strategy) throws Exception {
        int changes = 5 * N;
        long[] sent = new long[changes];
        long[] answered = new long[changes];
        long[] picked = new long[changes];
        CountDownLatch written = new CountDownLatch(changes);
        CountDownLatch seen = new CountDownLatch(changes);
        register(100);
        ServiceEngine engine = follow(strategy, 100);
        engine.snapshots()
                .follow(
                        () -> {
                            int last = change(engine);
                            for (int i = changes - (int) seen.getCount(); i <= last; i++) {
                                picked[i] = System.nanoTime();
                                seen.countDown();
                            }
                        },
                        () -> {});
        long begun = System.nanoTime();
        for (int i = 0; i < changes; i++) {
            int change = i;
            pause(begun + Duration.ofMillis(20L * i).toNanos());
            sent[i] = System.nanoTime();
            bench.provider
                    .setData()
                    .inBackground((client, event) -> {
                        answered[change] = System.nanoTime();
                        written.countDown();
                    })
                    .forPath(ZooKeeperBench.path("orders", "n0"), json(0, FIRST_PORT + i));
        }
        assertThat(written.await(5, TimeUnit.MINUTES)).isTrue();
        assertThat(seen.await(5, TimeUnit.MINUTES)).as("every change is picked").isTrue();
        MeasuresTest.print(strategy + ": a write is answered", between(sent, answered));
        MeasuresTest.print(strategy + ": changes 20 ms apart, from the write to the pick", between(sent, picked));
        MeasuresTest.print(strategy + ": and from its answer", between(answered, picked));
        System.out.printf(
                "%s: %d snapshots for %d changes%n",
                strategy, engine.snapshots().rebuilds().count(), changes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"weighted", "consistent-hash"})
    void aThousandChangesASecondTakeLittleOfAProcessor(String strategy) throws Exception {
        int endpoints = 1_000;
        int changes = 100 * N;
        AtomicIntegerArray ports = new AtomicIntegerArray(endpoints);
        IntStream.range(0, endpoints).forEach(i -> ports.set(i, 80));
        CountDownLatch written = new CountDownLatch(changes);
        register(endpoints);
        ServiceEngine engine = follow(strategy, endpoints);
        Processor building = new Processor("zk-lb-builder");
        Processor reading = new Processor("zk-lb-membership");
        long snapshots = engine.snapshots().rebuilds().count();
        long begun = System.nanoTime();
        for (int i = 0; i < changes; i++) {
            pause(begun + TimeUnit.MILLISECONDS.toNanos(i));
            if (i % 100 == 0) {
                building.look();
                reading.look();
            }
            int node = (int) (i * 7_919L % endpoints);
            ports.set(node, FIRST_PORT + i % PORTS);
            bench.provider
                    .setData()
                    .inBackground((client, event) -> written.countDown())
                    .forPath(ZooKeeperBench.path("orders", "n" + node), json(node, ports.get(node)));
        }
        assertThat(written.await(5, TimeUnit.MINUTES)).isTrue();
        building.look();
        reading.look();
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                "%s: %.0f changes a second for %.1f s at %d endpoints: building %.1f %% of a core in %d snapshots, reading %.1f %%%n",
                strategy,
                changes / seconds,
                seconds,
                endpoints,
                building.seconds() / seconds * 100,
                engine.snapshots().rebuilds().count() - snapshots,
                reading.seconds() / seconds * 100);
        Map<String, Integer> last =
                IntStream.range(0, endpoints).boxed().collect(Collectors.toMap(PickMeasuresTest::host, ports::get));
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(hosts(engine).endpoints().stream()
                                .collect(Collectors.toMap(Endpoint::host, Endpoint::port)))
                        .isEqualTo(last));
    }

    /** What the threads of one name have used since it was made, also of those that end meanwhile, up to the last look. */
    private static final class Processor {

        private final String name;
        private final Map<Long, Long> first = new ConcurrentHashMap<>();
        private final Map<Long, Long> latest = new ConcurrentHashMap<>();

        Processor(String name) {
            this.name = name;
            look();
            first.putAll(latest);
        }

        void look() {
            for (var thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
                if (thread != null && thread.getThreadName().equals(name)) {
                    long used = THREADS.getThreadCpuTime(thread.getThreadId());
                    latest.merge(thread.getThreadId(), used, Math::max);
                }
            }
        }

        double seconds() {
            return latest.entrySet().stream()
                            .mapToLong(each -> each.getValue() - first.getOrDefault(each.getKey(), 0L))
                            .sum()
                    / 1e9;
        }
    }

    /** The number of the last change that a pick gives; -1 before the first. */
    private static int change(ServiceEngine engine) {
        Snapshot snapshot = engine.snapshot();
        if (snapshot == null) {
            return -1;
        }
        int size = snapshot.candidates().hosts().size();
        for (int i = 0; i < 1_000 * size; i++) {
            Endpoint picked = snapshot.picker().pick(PickContext.ofKey("key-" + i));
            if (picked != null && picked.host().equals(host(0))) {
                return picked.port() - FIRST_PORT;
            }
        }
        throw new AssertionError("a registered endpoint is never picked");
    }

    private static HostSet hosts(ServiceEngine engine) {
        return Objects.requireNonNull(engine.snapshot()).candidates().hosts();
    }

    private ServiceEngine follow(String strategy, int endpoints) throws Exception {
        EngineSettings settings = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, strategy);
        ZooKeeperMemberships memberships =
                bench.memberships(bench.client(bench.server.getConnectString()), MembershipSettings.DEFAULTS);
        ServiceEngines engines = bench.opened(new ServiceEngines(
                memberships::service,
                new StrategyCatalogue(List.of()),
                service -> settings,
                any -> {},
                (service, hosts) -> hosts));
        ServiceEngine engine = engines.engine("orders");
        await().atMost(Duration.ofMinutes(1))
                .until(() -> engine.snapshot() != null && hosts(engine).size() == endpoints);
        return engine;
    }

    private void register(int endpoints) throws Exception {
        bench.register("orders", "n0", json(0, 80));
        List<CompletableFuture<Void>> registered = new ArrayList<>();
        for (int i = 1; i < endpoints; i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            bench.provider
                    .create()
                    .inBackground((client, event) -> done.complete(null))
                    .forPath(ZooKeeperBench.path("orders", "n" + i), json(i, 80));
            registered.add(done);
        }
        for (CompletableFuture<?> done : registered) {
            done.get(60, TimeUnit.SECONDS);
        }
    }

    private static void pause(long until) {
        for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static double[] between(long[] from, long[] to) {
        return IntStream.range(0, from.length)
                .mapToDouble(i -> (to[i] - from[i]) / 1e6)
                .toArray();
    }

    private static String host(int i) {
        return "10.0." + i / 250 + '.' + i % 250;
    }

    private static byte[] json(int i, int port) {
        return ZooKeeperBench.json("n" + i, host(i), port, Map.of());
    }
}

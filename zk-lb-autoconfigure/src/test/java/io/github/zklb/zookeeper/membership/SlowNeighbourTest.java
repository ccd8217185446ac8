package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.store.LastGoodStore;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.zookeeper.ClientSecurity;
import io.github.zklb.zookeeper.NodeFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * How soon changes of many services are picked, without and with neighbours that are slow: one whose strategy takes
 * {@link #BUILDING}, one whose stored file does not answer, one that may not be read, and one with a node larger than the
 * client takes. All four are edited all the time, in both cases; only in one does the client follow them. On demand:
 * {@code -Dzklb.measure=true}, with {@code zklb.measure.services}, {@code zklb.measure.n} and {@code zklb.measure.rounds}.
 */
@EnabledIfSystemProperty(named = "zklb.measure", matches = "true", disabledReason = "measured on demand only")
@EnabledOnOs(value = OS.LINUX, disabledReason = "a file that does not answer is a named pipe")
class SlowNeighbourTest {

    private static final int SERVICES = Integer.getInteger("zklb.measure.services", 1_000);
    private static final int CHANGES = 10 * Integer.getInteger("zklb.measure.n", 100);
    private static final int ROUNDS = Integer.getInteger("zklb.measure.rounds", 9);
    private static final int LIMIT = 4_096;
    private static final int FIRST_PORT = 1_000;
    private static final Duration BUILDING = Duration.ofSeconds(2);
    private static final Duration LATE = Duration.ofMinutes(2);
    private static final List<String> SLOW = List.of("slow-strategy", "slow-store", "slow-denied", "slow-oversized");
    private final AtomicLong slowBuilds = new AtomicLong();

    private int firstPort = FIRST_PORT;

    private @TempDir Path directory;

    @Test
    void keepsNoOtherWaiting() throws Exception {
        double[][] without = new double[ROUNDS][];
        double[][] with = new double[ROUNDS][];
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            register(bench);
            measured(bench, SLOW, directory.resolve("first")); // is slower, whoever it is
            for (int round = 0; round < ROUNDS; round++) {
                for (boolean slow : round % 2 == 0 ? List.of(false, true) : List.of(true, false)) {
                    Path files = directory.resolve(round + "-" + slow);
                    (slow ? with : without)[round] = measured(bench, slow ? SLOW : List.of(), files);
                }
            }
        }
        print("changes of %d services are picked".formatted(SERVICES), without);
        print("and beside %s".formatted(SLOW), with);
        assertThat(slowBuilds.get()).isPositive();
    }

    /** The times from the writes to the picks. */
    private double[] measured(ZooKeeperBench bench, List<String> slow, Path files) throws Exception {
        Files.createDirectory(files);
        Path pipe = files.resolve("service-slow-store.hosts");
        try (CuratorFramework client = bench.narrowClient(bench.server.getConnectString(), LIMIT);
                LastGoodStore store = new LastGoodStore(files);
                ZooKeeperMemberships memberships = new ZooKeeperMemberships(
                        client,
                        ZooKeeperBench::path,
                        service -> MembershipSettings.DEFAULTS,
                        store,
                        ClientSecurity.NONE,
                        NodeFormat.JSON);
                ServiceEngines engines = engines(memberships)) {
            assertThat(client.blockUntilConnected(60, TimeUnit.SECONDS)).isTrue();
            List<ServiceEngine> others = IntStream.range(0, SERVICES)
                    .mapToObj(i -> engines.engine("s" + i))
                    .toList();
            await().atMost(LATE).until(() -> others.stream().allMatch(each -> each.snapshot() != null));
            await().atMost(LATE).until(() -> count(files) == SERVICES); // the store is at rest
            if (slow.contains("slow-store")) {
                assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                        .isZero();
            }
            slow.forEach(engines::engine);
            await().atMost(LATE).until(() -> slow.stream().allMatch(each -> isReady(memberships.service(each))));
            await().atMost(LATE)
                    .until(() -> others.stream().allMatch(each -> isReady(memberships.service(each.serviceId()))));
            try (Edits edits = new Edits(bench)) {
                return changed(bench, others, nextPort());
            } finally {
                if (Files.exists(pipe)) {
                    Files.newOutputStream(pipe).close(); // the store goes on
                }
            }
        }
    }

    private double[] changed(ZooKeeperBench bench, List<ServiceEngine> others, int firstPort) throws Exception {
        long[] written = new long[CHANGES];
        double[] millis = new double[CHANGES];
        CountDownLatch seen = new CountDownLatch(CHANGES);
        List<Queue<Integer>> pending = new ArrayList<>();
        for (ServiceEngine each : others) {
            Queue<Integer> changes = new ConcurrentLinkedQueue<>();
            pending.add(changes);
            each.snapshots()
                    .follow(
                            () -> {
                                int last = port(each) - firstPort;
                                for (Integer i = changes.peek(); i != null && i <= last; i = changes.peek()) {
                                    changes.remove();
                                    millis[i] = (System.nanoTime() - written[i]) / 1e6;
                                    seen.countDown();
                                }
                            },
                            () -> {});
        }
        long begun = System.nanoTime();
        for (int i = 0; i < CHANGES; i++) {
            pause(begun + TimeUnit.MILLISECONDS.toNanos(10L * i));
            int service = (int) (i * 7_919L % others.size());
            pending.get(service).add(i);
            written[i] = System.nanoTime();
            bench.provider
                    .setData()
                    .inBackground()
                    .forPath(ZooKeeperBench.path("s" + service, "n0"), json("n0", firstPort + i));
        }
        assertThat(seen.await(2, TimeUnit.MINUTES)).as("every change is picked").isTrue();
        return millis;
    }

    /** Whether it is in the state in which it is measured, or may harm others. */
    private static boolean isReady(ServiceMembership service) {
        return switch (service.serviceId()) {
            case "slow-denied" -> service.current().state() == State.DENIED;
            case "slow-oversized" -> service.invalidNodes() == 1;
            default -> service.current().state() == State.SYNCED;
        };
    }

    private static long count(Path files) throws IOException {
        try (Stream<Path> each = Files.list(files)) {
            return each.filter(file -> file.toString().endsWith(".hosts")).count();
        }
    }

    /** Other ports than those of the case before. */
    private int nextPort() {
        firstPort = firstPort + 2 * CHANGES < 65_536 ? firstPort + CHANGES : FIRST_PORT;
        return firstPort;
    }

    /** What a pick gives of the service's edited endpoint. */
    private static int port(ServiceEngine engine) {
        Snapshot snapshot = engine.snapshot();
        for (int i = 0; snapshot != null && i < 1_000; i++) {
            Endpoint picked = snapshot.picker().pick(PickContext.NONE);
            if (picked != null && picked.host().equals("n0")) {
                return picked.port();
            }
        }
        throw new AssertionError("a registered endpoint is never picked");
    }

    /** Edits the slow services all the time, whoever follows them. */
    private static final class Edits implements AutoCloseable {

        private volatile boolean ended;
        private final Thread thread;

        Edits(ZooKeeperBench bench) {
            thread = new Thread(() -> run(bench), "edits");
            thread.start();
        }

        private void run(ZooKeeperBench bench) {
            for (int i = 0; !ended; i++) {
                try {
                    for (String service : SLOW) {
                        byte[] data = service.endsWith("oversized") ? large(i) : json("n0", FIRST_PORT + i % 60_000);
                        bench.provider.setData().inBackground().forPath(ZooKeeperBench.path(service, "n0"), data);
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                pause(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20));
            }
        }

        @Override
        public void close() throws InterruptedException {
            ended = true;
            thread.join();
        }
    }

    private ServiceEngines engines(ZooKeeperMemberships memberships) {
        return new ServiceEngines(
                memberships::service,
                new StrategyCatalogue(List.of(new Slow())),
                service -> DefaultSettings.of(
                        EngineSettings.Source.ZOOKEEPER, service.equals("slow-strategy") ? "slow" : "weighted"),
                any -> {},
                (service, hosts) -> hosts);
    }

    private final class Slow implements StrategyFactory {

        @Override
        public String name() {
            return "slow";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return hosts -> {
                slowBuilds.incrementAndGet();
                pause(System.nanoTime() + BUILDING.toNanos());
                return request -> hosts.get(0);
            };
        }
    }

    private static void register(ZooKeeperBench bench) throws Exception {
        for (int i = 0; i < SERVICES; i++) {
            register(bench, "s" + i, json("n0", 80));
        }
        for (String service : SLOW) {
            register(bench, service, service.endsWith("oversized") ? large(0) : json("n0", 80));
        }
        bench.protect(ZooKeeperBench.path("slow-denied"), true);
    }

    private static void register(ZooKeeperBench bench, String service, byte[] first) throws Exception {
        bench.register(service, "n0", first);
        bench.register(service, "n1", json("n1", 80));
        bench.register(service, "n2", json("n2", 80));
    }

    /** All rounds together, and the p99 of each, of which the median does not feel what else the machine did in one of them. */
    private static void print(String what, double[][] rounds) {
        MeasuresTest.print(
                what, Arrays.stream(rounds).flatMapToDouble(Arrays::stream).toArray());
        double[] p99 = Arrays.stream(rounds)
                .mapToDouble(each -> Arrays.stream(each).sorted().toArray()[(each.length - 1) * 99 / 100])
                .sorted()
                .toArray();
        System.out.printf(
                "of %d rounds: median p99 %.1f ms, from %.1f to %.1f ms%n",
                p99.length, p99[p99.length / 2], p99[0], p99[p99.length - 1]);
    }

    private static void pause(long until) {
        while (System.nanoTime() < until && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    private static byte[] json(String host, int port) {
        return ZooKeeperBench.json(host, host, port, Map.of());
    }

    private static byte[] large(int port) {
        return ZooKeeperBench.json("n0", "n0", FIRST_PORT + port % 60_000, Map.of("padding", "x".repeat(LIMIT)));
    }
}

package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.TcpProxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEventType;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Measures of the membership, on demand: {@code -Dzklb.measure=true}, with {@code zklb.measure.n} for the number of
 * repetitions. Each prints its figures.
 */
@EnabledIfSystemProperty(named = "zklb.measure", matches = "true", disabledReason = "measured on demand only")
@SuppressWarnings("NullAway.Init") // set up before each measure
class MeasuresTest {

    private static final int N = Integer.getInteger("zklb.measure.n", 100);

    private ZooKeeperBench bench;
    private TcpProxy proxy;
    private CuratorFramework client;
    private ServiceMembership orders;
    private long publishedNanos;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        proxy = bench.proxy();
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void convergenceAfterALiveChange() throws Exception {
        load(100);
        double[] created = new double[N];
        double[] edited = new double[N];
        double[] removed = new double[N];
        for (int i = 0; i < N; i++) {
            String host = "10.9.0." + i % 250;
            created[i] = millis(seen(host), () -> bench.register("orders", "x", host, 81));
            edited[i] = millis(seen("edited"), () -> bench.edit("orders", "x", json("edited")));
            removed[i] = millis(seen("edited").negate(), () -> bench.deregister("orders", "x"));
        }
        print("a new endpoint is published", created);
        print("an edit is published", edited);
        print("a removal is published (delay 250 ms)", removed);
    }

    /** Edits 20 ms apart; one that is overtaken by the next counts until that is published. */
    @Test
    void changesOnEachOthersHeels() throws Exception {
        load(100);
        int changes = 5 * N;
        long[] written = new long[changes];
        double[] millis = new double[changes];
        CountDownLatch seen = new CountDownLatch(changes);
        AtomicInteger next = new AtomicInteger();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        try (AutoCloseable subscription = orders.subscribe(each -> each.hosts().endpoints().stream()
                .filter(endpoint -> endpoint.host().startsWith("edit-"))
                .mapToInt(endpoint -> Integer.parseInt(endpoint.host().substring(5)))
                .forEach(last -> {
                    for (int i = changes - (int) seen.getCount(); i <= last; i++) {
                        millis[i] = (System.nanoTime() - written[i]) / 1e6;
                        seen.countDown();
                    }
                }))) {
            clock.scheduleAtFixedRate(
                    () -> {
                        int change = next.getAndIncrement();
                        if (change < changes) {
                            written[change] = System.nanoTime();
                            edit(change);
                        }
                    },
                    0,
                    20,
                    TimeUnit.MILLISECONDS);
            assertThat(seen.await(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            clock.shutdownNow();
        }
        print("changes 20 ms apart are published", millis);
    }

    private void edit(int change) {
        try {
            bench.edit("orders", "n0", json("edit-" + change));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Twice: from the heal itself, and from the moment at which ZooKeeper's client is connected again. Between the two lie
     * that client's own pauses: up to 1 s before each attempt, and another 1 s whenever it has tried all servers.
     */
    @Test
    void convergenceAfterAHeal() throws Exception {
        load(100);
        AtomicLong connectedNanos = new AtomicLong();
        client.getCuratorListenable().addListener((of, event) -> {
            if (event.getType() == CuratorEventType.WATCHED
                    && event.getWatchedEvent().getType() == EventType.None
                    && event.getWatchedEvent().getState() == KeeperState.SyncConnected) {
                connectedNanos.set(System.nanoTime());
            }
        });
        double[] sinceTheHeal = new double[N];
        double[] sinceTheConnection = new double[N];
        for (int i = 0; i < N; i++) {
            String host = "healed-" + i;
            proxy.cut();
            await().until(() -> orders.current().state() == State.STALE);
            bench.edit("orders", "n0", json(host));
            sinceTheHeal[i] = millis(seen(host), proxy::heal);
            sinceTheConnection[i] = (publishedNanos - connectedNanos.get()) / 1e6;
        }
        print("a change made while cut off is published after the heal", sinceTheHeal);
        print("and after the client is connected again", sinceTheConnection);
    }

    @Test
    void tenThousandEndpoints() throws Exception {
        long heap = usedHeap();
        register(10_000);
        heap = usedHeap() - heap;
        long packets = bench.packetsReceived();
        long before = usedHeap();
        long start = System.nanoTime();
        follow();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "10,000 endpoints: loaded in %.2f s with %d requests and pings, heap %.1f MB (the server's own: %.1f)%n",
                seconds, bench.packetsReceived() - packets, (usedHeap() - before) / 1e6, heap / 1e6);
        double[] changes = new double[Math.min(N, 30)];
        packets = bench.packetsReceived();
        start = System.nanoTime();
        for (int i = 0; i < changes.length; i++) {
            String host = "changed-" + i;
            changes[i] = millis(seen(host), () -> bench.edit("orders", "n5000", json(host)));
        }
        System.out.printf(
                "%d changes: %d packets, of which the edits %1$d, in %.1f s%n",
                changes.length, bench.packetsReceived() - packets, (System.nanoTime() - start) / 1e9);
        print("one change among 10,000 is published", changes);
        assertThat(orders.current().hosts().size()).isEqualTo(10_000);
    }

    private void load(int endpoints) throws Exception {
        register(endpoints);
        follow();
    }

    private void register(int endpoints) throws Exception {
        bench.register("orders", "n0", "10.0.0.0", 80);
        List<CompletableFuture<?>> registered = new ArrayList<>();
        for (int i = 1; i < endpoints; i++) {
            byte[] data = json("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255));
            CompletableFuture<Void> done = new CompletableFuture<>();
            bench.provider
                    .create()
                    .inBackground((client, event) -> done.complete(null))
                    .forPath(ZooKeeperBench.path("orders", "n" + i), data);
            registered.add(done);
        }
        for (CompletableFuture<?> done : registered) {
            done.get(60, TimeUnit.SECONDS);
        }
    }

    private void follow() throws Exception {
        client = bench.client(proxy.connectString());
        assertThat(client.blockUntilConnected(60, TimeUnit.SECONDS)).isTrue();
        orders = bench.memberships(client, MembershipSettings.DEFAULTS).service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
    }

    private interface Change {
        void make() throws Exception;
    }

    /** The time from before a change to the publication in which it shows. */
    private double millis(Predicate<HostSet> shows, Change change) throws Exception {
        CompletableFuture<Long> published = new CompletableFuture<>();
        long start;
        try (AutoCloseable subscription = orders.subscribe(each -> {
            if (shows.test(each.hosts())) {
                published.complete(System.nanoTime());
            }
        })) {
            start = System.nanoTime();
            change.make();
            publishedNanos = published.get(60, TimeUnit.SECONDS);
            return (publishedNanos - start) / 1e6;
        }
    }

    private static Predicate<HostSet> seen(String host) {
        return hosts -> hosts.endpoints().stream().map(Endpoint::host).anyMatch(host::equals);
    }

    private static byte[] json(String host) {
        return ZooKeeperBench.json("x", host, 81, Map.of());
    }

    private static long usedHeap() {
        for (int time = 0; time < 3; time++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    static void print(String what, double[] millis) {
        Arrays.sort(millis);
        int last = millis.length - 1;
        System.out.printf(
                "%s: n %d, p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
                what, millis.length, millis[last / 2], millis[last * 99 / 100], millis[last]);
    }
}

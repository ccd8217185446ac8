package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.registration.ZooKeeperEndpointRegistry;
import io.github.zklb.springcloud.EngineLoadBalancer;
import io.github.zklb.springcloud.FedEngine;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.zookeeper.NodeFormat;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.listen.ListenerManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What memberships cost ZooKeeper and the process, and that they leave nothing behind. */
class FootprintTest {

    /** One reads, one keeps time, and two build; another one helps while those are busy. */
    private static final int OWN_THREADS = 5;

    private static final int ENDPOINTS = 100;
    private static final int PINGS = 8;

    /** The watch, a sync, the node above, the list, and the nodes by 32, as long as none's size is known. */
    private static final long LOADING = 4L + (ENDPOINTS + 31) / 32;

    private ZooKeeperBench bench;
    private CuratorFramework client;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        for (int i = 0; i < ENDPOINTS; i++) {
            bench.register("orders", "n" + i, "10.0.0." + i, 80);
        }
        client = bench.client(bench.server.getConnectString());
        client.blockUntilConnected(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void loadingIsOneListAndAFewBatches() throws Exception {
        long since = System.nanoTime();
        long before = bench.packetsReceived();
        load();
        assertThat(bench.packetsReceived() - before).isBetween(LOADING, LOADING + pings(since));
        assertThat(bench.watches()).isEqualTo(1);
    }

    @Test
    void aChangeIsOneRead() throws Exception {
        ServiceMembership orders = load();
        long since = System.nanoTime();
        long before = bench.packetsReceived();
        bench.register("orders", "late", "10.0.1.1", 80);
        await().until(() -> orders.current().hosts().size() == ENDPOINTS + 1);
        assertThat(bench.packetsReceived() - before).isBetween(2L, 2L + pings(since));
    }

    @Test
    void aSteadyStateIsPingsOnly() throws Exception {
        ServiceMembership orders = load();
        String before = bench.lastRequests();
        assertThat(before).isNotEmpty();
        for (int call = 0; call < 10_000; call++) {
            assertThat(orders.current().state()).isEqualTo(State.SYNCED);
        }
        await().during(Duration.ofSeconds(2)).until(() -> bench.lastRequests().equals(before));
    }

    @Test
    void aThousandFirstPicksAtOnceAreOneLoad() throws Exception {
        long since = System.nanoTime();
        long before = bench.packetsReceived();
        ZooKeeperMemberships memberships = bench.memberships(client, MembershipSettings.DEFAULTS);
        Set<ServiceMembership> given = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
        AtomicInteger picked = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService callers = Executors.newFixedThreadPool(1_000);
        try (ServiceEngines engines = PickLoad.engines(memberships)) {
            ZkLoadBalancer balancers = new EngineLoadBalancer(id -> null, id -> FedEngine.balancer(engines.engine(id)));
            for (int call = 0; call < 1_000; call++) {
                callers.execute(() -> {
                    awaitUninterruptibly(start);
                    balancers.choose("orders").ifPresent(instance -> picked.incrementAndGet());
                    given.add(memberships.service("orders"));
                });
            }
            start.countDown();
            callers.shutdown();
            assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(picked).hasValue(1_000);
        assertThat(given).hasSize(1);
        assertThat(bench.packetsReceived() - before).isLessThanOrEqualTo(LOADING + pings(since));
    }

    @Test
    void aThousandServicesShareFewThreads() throws Exception {
        registerServices(1_000);
        ZooKeeperMemberships memberships = bench.memberships(client, MembershipSettings.DEFAULTS);
        try (ServiceEngines engines = PickLoad.engines(memberships)) {
            ZkLoadBalancer balancers = new EngineLoadBalancer(id -> null, id -> FedEngine.balancer(engines.engine(id)));
            pickFrom(balancers, 10);
            int threads = Thread.getAllStackTraces().size();
            pickFrom(balancers, 1_000);
            // a machine that stalls makes helping threads, which end when they find nothing to do
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(ownThreads()).hasSizeLessThanOrEqualTo(OWN_THREADS);
                assertThat(Thread.getAllStackTraces()).hasSizeLessThan(threads + 10);
            });
            assertThat(bench.watches()).isEqualTo(1_000);
        }
        memberships.close();
        await().until(() -> bench.watches() == 0);
    }

    @Test
    void aHundredCyclesLeaveNothingBehind() throws Exception {
        int listeners = listeners();
        for (int cycle = 0; cycle < 100; cycle++) {
            try (ZooKeeperMemberships memberships = new ZooKeeperMemberships(
                            client, ZooKeeperBench::path, service -> MembershipSettings.DEFAULTS);
                    ZooKeeperEndpointRegistry registry =
                            new ZooKeeperEndpointRegistry(client, ZooKeeperBench::path, NodeFormat.JSON)) {
                ServiceMembership orders = memberships.service("orders");
                registry.register("orders", Endpoint.of("10.9.9.9", 80)).get(60, TimeUnit.SECONDS);
                if (cycle % 2 == 0) {
                    orders.firstAnswer().get(60, TimeUnit.SECONDS);
                }
            }
        }
        await().untilAsserted(() -> {
            assertThat(ownThreads()).isEmpty();
            assertThat(bench.watches()).isZero();
        });
        assertThat(listeners()).isEqualTo(listeners);
        assertThat(bench.provider.getChildren().forPath(ZooKeeperBench.path("orders")))
                .hasSize(ENDPOINTS);
    }

    @Test
    void afterCloseTheLastMembershipStaysAndNoServiceIsOpened() throws Exception {
        ZooKeeperMemberships memberships = bench.memberships(client, MembershipSettings.DEFAULTS);
        ServiceMembership orders = memberships.service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
        memberships.close();
        assertThat(memberships.service("orders")).isSameAs(orders);
        assertThat(orders.current().hosts().size()).isEqualTo(ENDPOINTS);
        assertThatIllegalStateException().isThrownBy(() -> memberships.service("other"));
        assertThat(client.getZookeeperClient().isConnected()).isTrue();
    }

    /** Services with one endpoint each, whose port tells them apart. */
    private void registerServices(int number) throws Exception {
        CountDownLatch written = new CountDownLatch(number);
        for (int service = 0; service < number; service++) {
            String name = "service-" + service;
            bench.provider
                    .create()
                    .creatingParentsIfNeeded()
                    .inBackground((any, event) -> written.countDown())
                    .forPath(ZooKeeperBench.path(name, "a"), ZooKeeperBench.json("a", "h", 1_000 + service, Map.of()));
        }
        assertThat(written.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private static void pickFrom(ZkLoadBalancer balancers, int services) {
        for (int service = 0; service < services; service++) {
            assertThat(balancers.choose("service-" + service).orElseThrow().getPort())
                    .isEqualTo(1_000 + service);
        }
    }

    private ServiceMembership load() throws Exception {
        ServiceMembership orders =
                bench.memberships(client, MembershipSettings.DEFAULTS).service("orders");
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
        return orders;
    }

    /** How many pings there may be since then: the bench has two clients, which ping every 1.3 s each. */
    private static long pings(long sinceNanos) {
        return PINGS + Duration.ofNanos(System.nanoTime() - sinceNanos).toMillis() / 650;
    }

    private int listeners() {
        return ((ListenerManager<?, ?>) client.getConnectionStateListenable()).size();
    }

    private static List<String> ownThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("zk-lb-"))
                .toList();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

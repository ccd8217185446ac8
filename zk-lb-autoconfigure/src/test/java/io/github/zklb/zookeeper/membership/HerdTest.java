package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlaySource.Watched;
import io.github.zklb.testing.FourLetters;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.zookeeper.policy.ZooKeeperOverlays;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many clients of one server that restarts, on demand: {@code -Dzklb.herd=true}, with {@code zklb.herd.clients},
 * {@code zklb.herd.services} and {@code zklb.herd.endpoints}. Prints what they ask of the server after the restart, for
 * memberships, overlays and policies.
 */
@EnabledIfSystemProperty(named = "zklb.herd", matches = "true", disabledReason = "measured on demand only")
class HerdTest {

    private static final int CLIENTS = Integer.getInteger("zklb.herd.clients", 300);
    private static final int SERVICES = Integer.getInteger("zklb.herd.services", 5);
    private static final int ENDPOINTS = Integer.getInteger("zklb.herd.endpoints", 100);

    /** What a service may cost a client after a restart, for the watch, the sync, the list, the contents and an edit; and the rest of a client. */
    private static final int FOR_A_SERVICE = 5;

    private static final int FOR_A_CLIENT = 20;
    private static final int EDITED = 30;
    private static final Duration LATE = Duration.ofMinutes(5);
    private static final Duration SAMPLE = Duration.ofMillis(100);
    private static final Pattern RECEIVED = Pattern.compile("Received: (\\d+)");

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @ParameterizedTest(name = "{0} overlays of each service")
    @ValueSource(ints = {0, 4})
    void aServerThatRestartsIsNotOverrun(int overlays) throws Exception {
        InstanceSpec spec = new InstanceSpec(null, FreePorts.next(), -1, -1, true, -1, -1, 0);
        try {
            TestingServer server = new TestingServer(spec, true);
            opened.push(server);
            register(server.getConnectString(), overlays);
            List<Watched> steered = new ArrayList<>();
            List<ServiceMembership> followed = follow(server.getConnectString(), steered);
            await().atMost(LATE)
                    .until(() ->
                            followed.stream().allMatch(each -> each.current().state() == State.SYNCED));
            await().atMost(LATE).until(() -> steered.stream().allMatch(Watched::areRead));
            CountDownLatch again = new CountDownLatch(followed.size());
            followed.forEach(each -> countWhenHealed(each, again));
            server.stop();
            await().atMost(LATE)
                    .until(() ->
                            followed.stream().allMatch(each -> each.current().state() == State.STALE));
            server.restart();
            List<Sample> received = new CopyOnWriteArrayList<>(List.of(new Sample(0, System.nanoTime())));
            ScheduledExecutorService samples = Executors.newSingleThreadScheduledExecutor();
            opened.push(samples::shutdownNow);
            samples.scheduleAtFixedRate(
                    () -> sample(server.getPort()).ifPresent(received::add),
                    0,
                    SAMPLE.toMillis(),
                    TimeUnit.MILLISECONDS);
            edit(server.getConnectString(), overlays);
            assertThat(again.await(LATE.toMinutes(), TimeUnit.MINUTES)).isTrue();
            for (int client = 0; client < CLIENTS; client++) {
                Watched first = steered.get(client * SERVICES);
                await().atMost(LATE).until(() -> overlays == 0 || isEdited(first));
            }
            samples.shutdown();
            judge(List.copyOf(received), overlays);
            assertThat(followed)
                    .allSatisfy(each -> assertThat(
                                    each.current().hosts().endpoints().stream().map(Endpoint::host))
                            .hasSize(ENDPOINTS)
                            .contains("edited"));
        } finally {
            while (!opened.isEmpty()) {
                opened.pop().close();
            }
        }
    }

    /** Another content of one node of each service and of one overlay, before most clients have come. */
    private static void edit(String connectString, int overlays) throws Exception {
        try (CuratorFramework provider = ZooKeeperBench.started(connectString, 4_000)) {
            for (int service = 0; service < SERVICES; service++) {
                provider.setData().forPath(ZooKeeperBench.path("s" + service, "n0"), json("n0", "edited"));
            }
            if (overlays > 0) {
                provider.setData().forPath("/zk-lb/overlays/s0/o0", overlay(EDITED));
            }
        }
    }

    private static boolean isEdited(Watched service) {
        return service.nodes().stream()
                .anyMatch(each ->
                        each.content() instanceof Overlay overlay && Objects.equals(overlay.weightPercent(), EDITED));
    }

    private static byte[] overlay(int percent) {
        return """
                {"v": 1, "target": {"endpoint": "10.0.0.1:80"}, "set": {"weight-percent": %d}, "expires": "%s",
                 "author": "ops", "reason": "a test"}""".formatted(percent, Instant.now().plusSeconds(3_600)).getBytes(StandardCharsets.UTF_8);
    }

    private static void countWhenHealed(ServiceMembership service, CountDownLatch again) {
        AtomicBoolean away = new AtomicBoolean();
        AtomicInteger healed = new AtomicInteger();
        service.subscribe(each -> {
            away.compareAndSet(false, each.state() == State.STALE);
            if (away.get() && each.state() == State.SYNCED && healed.getAndIncrement() == 0) {
                again.countDown();
            }
        });
    }

    private void register(String connectString, int overlays) throws Exception {
        try (CuratorFramework provider = ZooKeeperBench.started(connectString, 4_000)) {
            for (int service = 0; service < SERVICES; service++) {
                provider.create().creatingParentsIfNeeded().forPath(ZooKeeperBench.path("s" + service));
                List<CuratorOp> registrations = new ArrayList<>();
                for (int i = 0; i < ENDPOINTS; i++) {
                    registrations.add(provider.transactionOp()
                            .create()
                            .forPath(
                                    ZooKeeperBench.path("s" + service, "n" + i),
                                    json("n" + i, "10." + service + ".0." + i)));
                }
                provider.transaction().forOperations(registrations);
                for (int i = 0; i < overlays; i++) {
                    provider.create()
                            .creatingParentsIfNeeded()
                            .forPath("/zk-lb/overlays/s" + service + "/o" + i, overlay(50));
                }
                if (overlays > 0) {
                    provider.create()
                            .creatingParentsIfNeeded()
                            .forPath(
                                    "/zk-lb/policy/s" + service,
                                    "[{\"v\": 1, \"set\": {\"strategy\": \"random\"}}]"
                                            .getBytes(StandardCharsets.UTF_8));
                }
            }
        }
    }

    private List<ServiceMembership> follow(String connectString, List<Watched> steered) {
        List<ServiceMembership> followed = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            CuratorFramework curator = ZooKeeperBench.started(connectString, 10_000);
            opened.push(curator);
            ZooKeeperMemberships memberships =
                    new ZooKeeperMemberships(curator, ZooKeeperBench::path, service -> MembershipSettings.DEFAULTS);
            opened.push(memberships);
            ZooKeeperOverlays overlays = new ZooKeeperOverlays(
                    curator, memberships.limits(MembershipSettings.DEFAULTS), "/zk-lb", "shop", any -> null);
            opened.push(overlays);
            for (int service = 0; service < SERVICES; service++) {
                followed.add(memberships.service("s" + service));
                steered.add(overlays.watch("s" + service, () -> {}));
            }
        }
        return followed;
    }

    /** How many packets the server has received since it started, if it says so. */
    private static Optional<Sample> sample(int port) {
        try {
            Matcher matcher = RECEIVED.matcher(FourLetters.ask("127.0.0.1", port, "srvr"));
            return matcher.find()
                    ? Optional.of(new Sample(Long.parseLong(matcher.group(1)), System.nanoTime()))
                    : Optional.empty();
        } catch (Exception e) {
            return Optional.empty();
        }
    }

    private record Sample(long packets, long nanoTime) {

        double since(Sample earlier) {
            return (nanoTime - earlier.nanoTime) / 1e9;
        }
    }

    /** Of the shortest spans of a second or more, by the clock, since a sample may be late. */
    private static long busiest(List<Sample> received) {
        double busiest = 0;
        for (int last = 1, first = 0; last < received.size(); last++) {
            while (received.get(last).since(received.get(first + 1)) >= 1) {
                first++;
            }
            Sample from = received.get(first);
            Sample to = received.get(last);
            busiest = Math.max(busiest, (to.packets - from.packets) / Math.max(1, to.since(from)));
        }
        return Math.round(busiest);
    }

    private static void judge(List<Sample> received, int overlays) {
        long busiest = busiest(received);
        long all = received.get(received.size() - 1).packets();
        System.out.println(
                "herd of %d clients, %d services, %d endpoints, %d overlays each, a restart: %d packets, %d in the busiest second, all in %.1f s"
                        .formatted(
                                CLIENTS,
                                SERVICES,
                                ENDPOINTS,
                                overlays,
                                all,
                                busiest,
                                received.get(received.size() - 1).since(received.get(0))));
        assertThat(all).as("packets").isLessThanOrEqualTo((long) CLIENTS * (FOR_A_CLIENT + SERVICES * FOR_A_SERVICE));
        assertThat(busiest).as("packets of the busiest second").isLessThanOrEqualTo(all / 2);
    }

    private static byte[] json(String id, String host) {
        return ZooKeeperBench.json(id, host, 80, Map.of());
    }
}

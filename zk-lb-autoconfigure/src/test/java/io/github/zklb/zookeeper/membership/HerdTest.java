package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.FourLetters;
import io.github.zklb.testing.FreePorts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Many clients of one server that restarts, on demand: {@code -Dzklb.herd=true}, with {@code zklb.herd.clients},
 * {@code zklb.herd.services} and {@code zklb.herd.endpoints}. Prints what they ask of the server after the restart.
 */
@EnabledIfSystemProperty(named = "zklb.herd", matches = "true", disabledReason = "measured on demand only")
class HerdTest {

    private static final int CLIENTS = Integer.getInteger("zklb.herd.clients", 300);
    private static final int SERVICES = Integer.getInteger("zklb.herd.services", 5);
    private static final int ENDPOINTS = Integer.getInteger("zklb.herd.endpoints", 100);
    private static final Duration LATE = Duration.ofMinutes(5);
    private static final Duration SAMPLE = Duration.ofMillis(100);
    private static final Pattern RECEIVED = Pattern.compile("Received: (\\d+)");

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @Test
    void aServerThatRestartsIsNotOverrun() throws Exception {
        InstanceSpec spec = new InstanceSpec(null, FreePorts.next(), -1, -1, true, -1, -1, 0);
        try (TestingServer server = new TestingServer(spec, true)) {
            register(server.getConnectString());
            List<ServiceMembership> followed = follow(server.getConnectString());
            await().atMost(LATE)
                    .until(() ->
                            followed.stream().allMatch(each -> each.current().state() == State.SYNCED));
            CountDownLatch again = new CountDownLatch(followed.size());
            followed.forEach(each -> countWhenHealed(each, again));
            server.stop();
            await().atMost(LATE)
                    .until(() ->
                            followed.stream().allMatch(each -> each.current().state() == State.STALE));
            server.restart();
            List<Long> received = new CopyOnWriteArrayList<>();
            ScheduledExecutorService samples = Executors.newSingleThreadScheduledExecutor();
            opened.push(samples::shutdownNow);
            samples.scheduleAtFixedRate(
                    () -> received.add(received(server.getPort())), 0, SAMPLE.toMillis(), TimeUnit.MILLISECONDS);
            edit(server.getConnectString());
            assertThat(again.await(LATE.toMinutes(), TimeUnit.MINUTES)).isTrue();
            samples.shutdown();
            print(List.copyOf(received));
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

    /** Another content of one node of each service, before most clients have come. */
    private static void edit(String connectString) throws Exception {
        try (CuratorFramework provider = ZooKeeperBench.started(connectString, 4_000)) {
            for (int service = 0; service < SERVICES; service++) {
                provider.setData().forPath(ZooKeeperBench.path("s" + service, "n0"), json("n0", "edited"));
            }
        }
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

    private void register(String connectString) throws Exception {
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
            }
        }
    }

    private List<ServiceMembership> follow(String connectString) {
        List<ServiceMembership> followed = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            CuratorFramework curator = ZooKeeperBench.started(connectString, 10_000);
            opened.push(curator);
            ZooKeeperMemberships memberships =
                    new ZooKeeperMemberships(curator, ZooKeeperBench::path, service -> MembershipSettings.DEFAULTS);
            opened.push(memberships);
            for (int service = 0; service < SERVICES; service++) {
                followed.add(memberships.service("s" + service));
            }
        }
        return followed;
    }

    /** How many packets the server has received since it started. */
    private static long received(int port) {
        try {
            Matcher matcher = RECEIVED.matcher(FourLetters.ask("127.0.0.1", port, "srvr"));
            return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        } catch (Exception e) {
            return 0;
        }
    }

    private static void print(List<Long> received) {
        int second = (int) (Duration.ofSeconds(1).toMillis() / SAMPLE.toMillis());
        long busiest = 0;
        for (int i = 0; i < received.size(); i++) {
            busiest = Math.max(busiest, received.get(i) - (i < second ? 0 : received.get(i - second)));
        }
        System.out.println(
                "herd of %d clients, %d services, %d endpoints, a restart: %d packets, %d in the busiest second, all in %.1f s"
                        .formatted(
                                CLIENTS,
                                SERVICES,
                                ENDPOINTS,
                                received.get(received.size() - 1),
                                busiest,
                                received.size() * SAMPLE.toMillis() / 1e3));
    }

    private static byte[] json(String id, String host) {
        return ZooKeeperBench.json(id, host, 80, Map.of());
    }
}

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.actuate.SettingOrigins;
import io.github.zklb.engine.Digest;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.EventLog.Kind;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.policy.KnownPolicy.Known;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The owners of services write policies into a real ZooKeeper, while two applications with settings of their own pick. */
@ExtendWith(OutputCaptureExtension.class)
class PolicyTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String ONE_KEY_MAP = """
            [{"v": 1, "set": {"strategy": "consistent-hash", "weight": {"max-ratio": 50}, "consistent-hash":
              {"key": ["header:X-User-Id"], "algorithm": "%s", "virtual-nodes": 100, "replicas": 1, "identity": "address",
               "table-size": 2000}}, "author": "team", "reason": "caches"}]""";

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static CuratorFramework owner;
    private static Consumer shop;
    private static Consumer desk;

    @BeforeAll
    static void start() throws Exception {
        owner = CuratorFrameworkFactory.newClient(zookeeper.connectString(), new RetryOneTime(100));
        owner.start();
        shop = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.strategy=random",
                "zk-lb.consistent-hash.virtual-nodes=320",
                "zk-lb.consistent-hash.algorithm=maglev",
                "zk-lb.services.local.strategy=least-request",
                "zk-lb.services.evening.strategy=least-request",
                "zk-lb.services.off.policy.enabled=false");
        desk = Consumer.start(
                zookeeper.connectString(), "zk-lb.consistent-hash.key=path", "zk-lb.consistent-hash.replicas=2");
    }

    @AfterAll
    static void stop() throws Exception {
        shop.close();
        desk.close();
        owner.close();
        zookeeper.close();
    }

    private static ServiceEngine engine(Consumer consumer, String serviceId) {
        IntStream.range(0, 4)
                .forEach(i -> consumer.registry()
                        .register(serviceId, Endpoint.of("10.0.0." + i, 80).withId("id-" + i)));
        ServiceEngine engine = consumer.context().getBean(ServiceEngines.class).engine(serviceId);
        await().atMost(SOON).until(() -> engine.snapshots().candidates().hosts().size() == 4);
        return engine;
    }

    private static void write(String service, String content) throws Exception {
        owner.create()
                .orSetData()
                .creatingParentsIfNeeded()
                .forPath("/zk-lb/policy/" + service, content.getBytes(StandardCharsets.UTF_8));
    }

    private static String policy(String set) {
        return "[{'v': 1, 'set': %s}]".formatted(set).replace('\'', '"');
    }

    private static EngineSettings published(ServiceEngine engine) {
        return engine.snapshots().published().settings();
    }

    private static Known known(ServiceEngine engine) {
        return Objects.requireNonNull(engine.snapshots().published().overlays().policy());
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(2)).until(condition);
    }

    private static List<String> choices(Consumer consumer, String service) {
        ZkLoadBalancer balancer = consumer.context().getBean(ZkLoadBalancer.class);
        return IntStream.range(0, 200)
                .mapToObj(
                        i -> balancer.choose(service, "user-" + i).orElseThrow().getHost())
                .toList();
    }

    @Test
    void allClientsOfAServiceHaveOneKeyMap() throws Exception {
        ServiceEngine ofShop = engine(shop, "orders");
        ServiceEngine ofDesk = engine(desk, "orders");
        Digest own = ofShop.snapshots().published().digest();
        Digest others = ofDesk.snapshots().published().digest();
        assertThat(own.placement()).isNotEqualTo(others.placement());
        for (String algorithm : List.of("ring", "rendezvous")) {
            write("orders", ONE_KEY_MAP.formatted(algorithm));
            for (ServiceEngine each : List.of(ofShop, ofDesk)) {
                until(() -> published(each).strategy().equals("consistent-hash")
                        && published(each)
                                .strategySettings()
                                .consistentHash()
                                .algorithm()
                                .name()
                                .equalsIgnoreCase(algorithm));
            }
            assertThat(ofShop.snapshots().published().digest())
                    .isEqualTo(ofDesk.snapshots().published().digest());
            assertThat(choices(shop, "orders"))
                    .isEqualTo(choices(desk, "orders"))
                    .contains("10.0.0.0", "10.0.0.3");
        }
        assertThat(shop.context()
                        .getBean(SettingOrigins.class)
                        .of("orders", ofShop.snapshots().published().overlays().layers(), "strategy"))
                .isEqualTo("entry 1 of /zk-lb/policy/orders, by team as the node says");
        assertThat(ofShop.events().count(Kind.POLICY_ON)).isEqualTo(2);
        owner.delete().forPath("/zk-lb/policy/orders");
        until(() -> ofShop.snapshots().published().digest().equals(own));
        until(() -> ofDesk.snapshots().published().digest().equals(others));
        assertThat(ofShop.events().count(Kind.POLICY_OFF)).isOne();
    }

    @Test
    void whatTheApplicationSaysOfTheServiceGoesBeforeAndWhoIsOffHeedsNone() throws Exception {
        ServiceEngine local = engine(shop, "local");
        ServiceEngine off = engine(shop, "off");
        String set = "{'strategy': 'consistent-hash', 'zone': {'mode': 'balanced'}, 'routes':"
                + " [{'name': 'new', 'when': ['header:X-New'], 'to': {'version': '2'}}]}";
        write("off", policy(set));
        write("local", policy(set));
        until(() -> published(local).zone().mode() == Mode.BALANCED);
        assertThat(published(local).strategy()).isEqualTo("least-request");
        assertThat(published(local).routes()).extracting(Route::name).containsExactly("new");
        long rebuilds = local.snapshots().rebuilds().count();
        ServiceEngine probe = engine(shop, "probe");
        write("probe", policy(set));
        until(() -> published(probe).zone().mode() == Mode.BALANCED);
        assertThat(local.snapshots().rebuilds().count())
                .as("the policy of another service")
                .isEqualTo(rebuilds);
        assertThat(published(off).strategy()).isEqualTo("random");
        assertThat(off.snapshots().published().overlays().policy()).isNull();
    }

    @Test
    void whatIsNotUnderstoodChangesNothing() throws Exception {
        ServiceEngine engine = engine(shop, "hostile");
        write("hostile", policy("{'strategy': 'round-robin'}"));
        until(() -> published(engine).strategy().equals("round-robin"));
        for (String content : List.of(
                "[{",
                "x".repeat(900_000),
                policy("{'strategy': 'no-such'}"),
                policy("{'strategy': 'random', 'membership': {'removal-delay': '0s'}}"),
                policy("{'strategy': 'random', 'consistent-hash': {'key': ['bean:none']}}"))) {
            int before = known(engine).node().version();
            write("hostile", content);
            until(() -> known(engine).node().version() > before);
            assertThat(known(engine).because()).endsWith("; what it said before counts");
            assertThat(published(engine).strategy()).isEqualTo("round-robin");
        }
        assertThat(engine.events().count(Kind.POLICY_INVALID)).isEqualTo(5);
        write(
                "hostile",
                "[{\"v\": 2, \"sets\": 1},"
                        + policy("{'strategy': 'peak-ewma'}").substring(1));
        until(() -> published(engine).strategy().equals("peak-ewma"));
        assertThat(Objects.requireNonNull(known(engine).entry()).skipped()).containsExactly("entry 1: sets is unknown");
    }

    @Test
    void oneThatMayNotBeReadIsToldAndCountsOnceItMay() throws Exception {
        List<ACL> unread = List.of(new ACL(Perms.ADMIN | Perms.WRITE, new Id("ip", "127.0.0.1")));
        owner.create()
                .creatingParentsIfNeeded()
                .withACL(unread)
                .forPath(
                        "/zk-lb/policy/guarded",
                        policy("{'strategy': 'peak-ewma'}").getBytes(StandardCharsets.UTF_8));
        ServiceEngine guarded = engine(shop, "guarded");
        until(() -> guarded.snapshots().published().overlays().policy() != null);
        assertThat(known(guarded).because()).contains("may not read it");
        assertThat(published(guarded).strategy()).isEqualTo("random");
        owner.setACL().withACL(Ids.OPEN_ACL_UNSAFE).forPath("/zk-lb/policy/guarded");
        owner.create().creatingParentsIfNeeded().forPath("/zk-lb/overlays/guarded/any", new byte[0]);
        until(() -> published(guarded).strategy().equals("peak-ewma"));
    }

    @Test
    void whoMayWritePoliciesSwitchesNoOverlayOff() throws Exception {
        ServiceEngine engine = engine(shop, "open");
        write("open", policy("{'strategy': 'peak-ewma'}"));
        String overlay =
                "{'v': 1, 'target': {'endpoint': '10.0.0.0:80'}, 'set': {'weight-percent': 50}, 'expires': '%s'}"
                        .formatted(Instant.now().plusSeconds(300));
        owner.create()
                .creatingParentsIfNeeded()
                .forPath("/zk-lb/overlays/_all/w", overlay.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        List<String> first = List.of("/zk-lb/overlays/_all", "/zk-lb/overlays", "/zk-lb");
        List<ACL> operators =
                List.of(new ACL(Perms.ALL, new Id("ip", "127.0.0.1")), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE));
        for (String each : first) {
            owner.setACL().withACL(operators).forPath(each);
        }
        // ZooKeeper tells nobody of other rights: a reading that was under way sees them with the next write
        await().atMost(SOON).pollInterval(Duration.ofMillis(200)).until(() -> {
            owner.setData()
                    .forPath(
                            "/zk-lb/overlays/_all/w", overlay.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
            return !engine.snapshots().published().overlays().nodes().isEmpty();
        });
        assertThat(published(engine).strategy()).isEqualTo("peak-ewma");
        owner.delete().forPath("/zk-lb/overlays/_all/w");
        for (String each : first) {
            owner.setACL().withACL(Ids.OPEN_ACL_UNSAFE).forPath(each);
        }
    }

    @Test
    void whereEverybodyMayWritePoliciesTheLogWarnsOfIt(CapturedOutput log) throws Exception {
        write("any", policy("{'strategy': 'random'}"));
        try (Consumer another = Consumer.start(zookeeper.connectString())) {
            engine(another, "any");
            until(() -> log.getOut().contains("Everybody may create policies in /zk-lb/policy, by its ACL"));
        }
    }

    private static void writeOverlay(String set, Duration lasting) throws Exception {
        String content = "{'v': 1, 'target': {'service': true}, 'set': %s, 'expires': '%s'}"
                .formatted(set, Instant.now().plus(lasting));
        owner.create()
                .orSetData()
                .creatingParentsIfNeeded()
                .forPath("/zk-lb/overlays/evening/o", content.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anOverlayOfSettingsGoesBeforeAllUntilItEnds() throws Exception {
        ServiceEngine engine = engine(shop, "evening");
        write("evening", policy("{'strategy': 'round-robin', 'zone': {'mode': 'balanced'}}"));
        until(() -> published(engine).zone().mode() == Mode.BALANCED);
        writeOverlay(
                "{'strategy': 'peak-ewma', 'routes': [{'name': 'new', 'to': {'version': '2'}}]}",
                Duration.ofMinutes(5));
        until(() -> published(engine).strategy().equals("peak-ewma"));
        assertThat(published(engine).routes()).extracting(Route::name).containsExactly("new");
        writeOverlay("{'strategy': 'no-such'}", Duration.ofMinutes(5));
        until(() -> engine.snapshots().published().overlays().nodes().get(0).because() != null);
        assertThat(published(engine).strategy()).as("what it said before").isEqualTo("peak-ewma");
        writeOverlay("{'routes': []}", Duration.ofSeconds(3));
        until(() -> published(engine).routes().isEmpty());
        assertThat(published(engine).strategy()).isEqualTo("least-request");
        writeOverlay("{'strategy': 'peak-ewma'}", Duration.ofSeconds(3));
        until(() -> published(engine).strategy().equals("peak-ewma"));
        until(() -> published(engine).strategy().equals("least-request"));
        assertThat(published(engine).zone().mode()).isEqualTo(Mode.BALANCED);
    }

    @Test
    void aPolicyStaysWhileZooKeeperIsAway() throws Exception {
        ServiceEngine engine = engine(shop, "away");
        write("away", policy("{'strategy': 'round-robin'}"));
        until(() -> published(engine).strategy().equals("round-robin"));
        zookeeper.stop();
        try {
            until(() -> !shop.context()
                    .getBean(CuratorFramework.class)
                    .getZookeeperClient()
                    .isConnected());
            assertThat(published(engine).strategy()).isEqualTo("round-robin");
        } finally {
            zookeeper.restart();
        }
        owner.blockUntilConnected();
        write("away", policy("{'strategy': 'peak-ewma'}"));
        until(() -> published(engine).strategy().equals("peak-ewma"));
    }
}

package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.policy.KnownOverlays.State;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.zookeeper.KeeperException.NoAuthException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.core.env.MapPropertySource;

/** An operator writes overlays into a real ZooKeeper, on a connection of its own, while an application picks. */
@ExtendWith(OutputCaptureExtension.class)
class OverlaysTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int WRITES = Integer.getInteger("zklb.overlays.writes", 10);

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static CuratorFramework operator;
    private static Consumer consumer;

    @BeforeAll
    static void start() throws Exception {
        operator = client("ops:secret");
        consumer = Consumer.start(
                zookeeper.connectString(),
                "spring.application.name=shop",
                "zk-lb.membership.hold.enabled=false",
                "zk-lb.membership.removal-delay=0ms");
    }

    @AfterAll
    static void stop() throws Exception {
        consumer.close();
        operator.close();
        zookeeper.close();
    }

    private static CuratorFramework client(String digest) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.builder()
                .connectString(zookeeper.connectString())
                .retryPolicy(new RetryOneTime(100))
                .authorization("digest", digest.getBytes(StandardCharsets.UTF_8))
                .build();
        client.start();
        client.blockUntilConnected();
        return client;
    }

    /** A service of four endpoints, known to the application. */
    private static ServiceEngine service(String serviceId) {
        IntStream.range(0, 4).forEach(i -> register(serviceId, i, ""));
        ServiceEngine engine = consumer.context().getBean(ServiceEngines.class).engine(serviceId);
        await().atMost(SOON).until(() -> engine.snapshots().candidates().hosts().size() == 4);
        return engine;
    }

    private static void register(String serviceId, int number, String suffix) {
        consumer.registry()
                .register(serviceId, Endpoint.of("10.0.0." + number, 80).withId("id-" + number + suffix));
    }

    private static void write(String path, String content) throws Exception {
        String node = "/zk-lb/overlays/" + path;
        byte[] data = content.getBytes(StandardCharsets.UTF_8);
        operator.create().orSetData().creatingParentsIfNeeded().forPath(node, data);
    }

    private static String overlay(String target, String set, Duration lasting) {
        return """
                {"v": 1, "target": %s, "set": %s, "expires": "%s", "author": "ops", "reason": "a test"}""".formatted(target, set, Instant.now().plus(lasting)).replace('\'', '"');
    }

    private static double weight(ServiceEngine engine, String address) {
        return engine.snapshots().candidates().hosts().endpoints().stream()
                .filter(each -> each.address().equals(address))
                .mapToDouble(Endpoint::weight)
                .findFirst()
                .orElse(0);
    }

    private static void awaitWeight(ServiceEngine engine, double weight) {
        await().atMost(SOON)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> weight(engine, "10.0.0.0:80") == weight);
    }

    @Test
    void aWeightAndADrainAreInThePicksOfAnotherClientAtOnce() throws Exception {
        ServiceEngine engine = service("measured");
        long[] nanos = new long[WRITES];
        for (int i = 0; i < WRITES; i++) {
            write(
                    "measured/w",
                    overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': " + (10 + i % 50) + "}", SOON));
            long written = System.nanoTime();
            awaitWeight(engine, (10 + i % 50) / 100.0);
            nanos[i] = System.nanoTime() - written;
        }
        System.out.printf(
                "overlays: of %d writes half were in the picks within %.1f ms, all within %.1f ms%n",
                WRITES,
                LongStream.of(nanos).sorted().skip(WRITES / 2).findFirst().orElse(0) / 1e6,
                LongStream.of(nanos).max().orElse(0) / 1e6);
        write("measured/d", overlay("{'endpoint': '10.0.0.0:80'}", "{'drain': true}", SOON));
        await().atMost(SOON).until(() -> engine.snapshots().count(Reason.OVERLAY_DRAINED) == 1);
        for (int i = 0; i < 40; i++) {
            assertThat(consumer.choose("measured").getHost()).isNotEqualTo("10.0.0.0");
        }
        operator.delete().forPath("/zk-lb/overlays/measured/d");
        operator.delete().forPath("/zk-lb/overlays/measured/w");
        awaitWeight(engine, 1);
    }

    @Test
    void anApplicationThatStartsSendsNothingToWhoIsDrained() throws Exception {
        List<String> services =
                IntStream.range(0, 10).mapToObj(i -> "starting-" + i).toList();
        for (String each : services) {
            service(each);
            write(each + "/d", drain(0, Duration.ofMinutes(5)));
        }
        try (Consumer starting = Consumer.start(
                zookeeper.connectString(), "spring.application.name=shop", "zk-lb.membership.first-load-timeout=1m")) {
            for (String each : services) {
                for (int i = 0; i < 8; i++) {
                    assertThat(starting.choose(each).getHost()).isNotEqualTo("10.0.0.0");
                }
            }
        }
    }

    /**
     * What a write costs is in the figures; the clocks of both processes are one. The other process prints each change of what it
     * picks: of one overlay that takes the place of another there is one, and none to the endpoint that is drained in between.
     */
    @Test
    @EnabledIfSystemProperty(named = "zklb.overlays.writes", matches = "\\d+")
    void aChangeIsSoonInThePicksOfAnotherProcess() throws Exception {
        register("far", 0, "");
        register("far", 1, "");
        write("far/d", drain(1, Duration.ofMinutes(30)));
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        PickingProcess.class.getName(),
                        "--spring.application.name=shop",
                        "--zk-lb.membership.first-load-timeout=1m", // a slow start is not what is measured
                        "--spring.cloud.zookeeper.connect-string=" + zookeeper.connectString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = other.inputReader()) {
            awaitPick(output, 0);
            long[] changes = new long[WRITES];
            for (int i = 0; i < WRITES; i++) {
                await().pollDelay(Duration.ofMillis(50)).until(() -> true);
                long before = micros(Instant.now());
                write("far/d", drain(i % 2, Duration.ofMinutes(30)));
                String[] picked = nextPick(output);
                assertThat(picked[2]).as("picked after write " + i).isEqualTo("10.0.0." + (1 - i % 2));
                changes[i] = Long.parseLong(picked[1]) - before;
                assertThat(changes[i]).as("a line from before write " + i).isPositive();
            }
            long[] ends = new long[Math.min(WRITES, 20)];
            for (int i = 0; i < ends.length; i++) {
                Duration lasting = Duration.ofSeconds(2);
                Instant end = Instant.now().plus(lasting); // the overlay's is later by what it takes to write it down
                write("far/d", drain(1, lasting));
                awaitPick(output, 0);
                ends[i] = awaitPick(output, 1, micros(end)) - micros(end);
            }
            print("changes", changes);
            print("ends of overlays", ends);
        } finally {
            other.destroyForcibly();
        }
    }

    private static String drain(int number, Duration lasting) {
        return overlay("{'endpoint': '10.0.0." + number + ":80'}", "{'drain': true}", lasting);
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static long awaitPick(BufferedReader output, int number) throws IOException {
        return awaitPick(output, number, 0);
    }

    /** When the other process first picked this one after some time. */
    private static long awaitPick(BufferedReader output, int number, long after) throws IOException {
        while (true) {
            String[] picked = nextPick(output);
            long time = Long.parseLong(picked[1]);
            if (picked[2].equals("10.0.0." + number) && time >= after) {
                return time;
            }
        }
    }

    /** The words of the next line that tells of a pick. */
    private static String[] nextPick(BufferedReader output) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(PickingProcess.PICKED)) {
                return line.split(" ");
            }
        }
        throw new IllegalStateException("the other process has ended");
    }

    private static void print(String what, long[] micros) {
        System.out.printf(
                "overlays: of %d %s half were in the picks of another process within %.1f ms, 99 %% within %.1f ms, all within %.1f ms%n",
                micros.length,
                what,
                LongStream.of(micros)
                                .sorted()
                                .skip(micros.length / 2)
                                .findFirst()
                                .orElse(0)
                        / 1e3,
                LongStream.of(micros)
                                .sorted()
                                .skip(micros.length * 99 / 100)
                                .findFirst()
                                .orElse(0)
                        / 1e3,
                LongStream.of(micros).max().orElse(0) / 1e3);
    }

    @Test
    void anOverlaySurvivesANewRegistrationUnlessItMeansTheOldOne() throws Exception {
        ServiceEngine engine = service("again");
        write("again/address", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 50}", SOON));
        write("again/id", overlay("{'endpoint': '10.0.0.1:80', 'id': 'id-1'}", "{'weight-percent': 50}", SOON));
        awaitWeight(engine, 0.5);
        await().atMost(SOON).until(() -> weight(engine, "10.0.0.1:80") == 0.5);
        for (int i = 0; i < 2; i++) {
            consumer.registry().deregister("again", "id-" + i);
            register("again", i, "-anew");
        }
        await().atMost(SOON).until(() -> weight(engine, "10.0.0.1:80") == 1);
        assertThat(weight(engine, "10.0.0.0:80")).isEqualTo(0.5);
    }

    @Test
    void anOverlayOfOneRegistrationSurvivesTheReconnectionOfItsProvider() throws Exception {
        ServiceEngine engine = service("reconnected");
        ServiceInstance<ZookeeperInstance> instance = ServiceInstance.<ZookeeperInstance>builder()
                .name("reconnected")
                .id("provider")
                .address("10.0.0.9")
                .port(80)
                .payload(new ZookeeperInstance("provider", "reconnected", Map.of()))
                .build();
        String node = "/services/reconnected/provider";
        try (CuratorFramework provider = client("provider:secret");
                ServiceDiscovery<ZookeeperInstance> discovery = ServiceDiscoveryBuilder.builder(ZookeeperInstance.class)
                        .client(provider)
                        .basePath("/services")
                        .thisInstance(instance)
                        .build()) {
            discovery.start();
            write(
                    "reconnected/w",
                    overlay(
                            "{'endpoint': '10.0.0.9:80', 'id': 'provider'}",
                            "{'weight-percent': 50}",
                            Duration.ofMinutes(5)));
            await().atMost(SOON).until(() -> weight(engine, "10.0.0.9:80") == 0.5);
            long before = operator.checkExists().forPath(node).getEphemeralOwner();
            ZooKeeperBench.expire(provider, zookeeper.connectString());
            await().atMost(SOON).until(() -> {
                Stat now = operator.checkExists().forPath(node);
                return now != null && now.getEphemeralOwner() != before;
            });
            register("reconnected", 5, ""); // who has read this has read that
            await().atMost(SOON).until(() -> weight(engine, "10.0.0.5:80") == 1);
            assertThat(weight(engine, "10.0.0.9:80")).isEqualTo(0.5);
        }
    }

    @Test
    void whatCannotBeUnderstoodDoesNoHarm() throws Exception {
        ServiceEngine engine = service("hostile");
        write("hostile/w", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 50}", Duration.ofMinutes(5)));
        awaitWeight(engine, 0.5);
        String whole = overlay("{'zone': 'a'}", "{'drain': true}", SOON);
        Random random = new Random(7);
        for (int i = 0; i < 40; i++) {
            char[] half =
                    whole.substring(0, 1 + random.nextInt(whole.length() - 1)).toCharArray();
            half[random.nextInt(half.length)] = (char) random.nextInt(0x2000);
            write("hostile/w", new String(half));
            write("hostile/h" + i, new String(half));
        }
        write("hostile/UPPER", whole);
        write("hostile/large", "x".repeat(900_000));
        write("hostile/endless", overlay("{'zone': 'a'}", "{'drain': true}", Duration.ofDays(400)));
        write("hostile/endless/child", whole);
        await().atMost(SOON)
                .until(() -> engine.snapshots().published().overlays().nodes().stream()
                                .filter(each -> each.state() == State.INVALID)
                                .count()
                        >= 43);
        assertThat(weight(engine, "10.0.0.0:80")).as("the last valid content").isEqualTo(0.5);
        assertThat(engine.snapshots().candidates().hosts().size()).isEqualTo(4);
        for (int i = 0; i < 100; i++) {
            operator.create().forPath("/zk-lb/overlays/hostile/many-" + i);
        }
        write("hostile/w", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 20}", SOON));
        operator.delete().deletingChildrenIfNeeded().forPath("/zk-lb/overlays/hostile/large");
        for (int i = 0; i < 100; i++) {
            operator.delete().forPath("/zk-lb/overlays/hostile/many-" + i);
        }
        awaitWeight(engine, 0.2);
    }

    private static void refresh(String property, String value) {
        String name = "zk-lb.services.limited.policy." + property;
        consumer.context()
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(name + '=' + value, Map.of(name, value)));
        consumer.propertiesChanged(name);
    }

    @Test
    void aRefreshChangesHowLongOverlaysMayLastAndHowMuchTheyMayDrain() throws Exception {
        ServiceEngine engine = service("limited");
        write("limited/long", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 50}", Duration.ofHours(2)));
        awaitWeight(engine, 0.5);
        refresh("max-ttl", "1h");
        awaitWeight(engine, 1);
        refresh("max-ttl", "3h");
        awaitWeight(engine, 0.5);
        operator.delete().forPath("/zk-lb/overlays/limited/long");
        awaitWeight(engine, 1);
        refresh("max-drained-percent", "20");
        write("limited/quarter", overlay("{'endpoint': '10.0.0.1:80'}", "{'drain': true}", Duration.ofHours(2)));
        await().atMost(SOON)
                .until(() -> engine.snapshots().published().steering().refused().size() == 1);
        assertThat(engine.snapshots().count(Reason.OVERLAY_DRAINED)).isZero();
        refresh("max-drained-percent", "30");
        await().atMost(SOON).until(() -> engine.snapshots().count(Reason.OVERLAY_DRAINED) == 1);
    }

    @Test
    void onlyWhoMayWriteSteersAndNobodyElseSteersAllServices() throws Exception {
        ServiceEngine engine = service("guarded");
        write("_all/w", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 50}", Duration.ofMinutes(5)));
        write("guarded/w", overlay("{'endpoint': '10.0.0.1:80'}", "{'weight-percent': 50}", Duration.ofMinutes(5)));
        await().atMost(SOON).until(() -> weight(engine, "10.0.0.1:80") == 0.5);
        assertThat(weight(engine, "10.0.0.0:80"))
                .as("everybody may write for all services")
                .isEqualTo(1);
        List<ACL> operators = List.of(
                new ACL(ZooDefs.Perms.ALL, new Id("auth", "")),
                new ACL(ZooDefs.Perms.READ, ZooDefs.Ids.ANYONE_ID_UNSAFE));
        for (String each : List.of(
                "/zk-lb",
                "/zk-lb/overlays",
                "/zk-lb/overlays/_all",
                "/zk-lb/overlays/guarded",
                "/zk-lb/overlays/guarded/w")) {
            operator.setACL().withACL(operators).forPath(each);
        }
        try (CuratorFramework other = client("someone:else")) {
            assertThatThrownBy(() -> other.create().forPath("/zk-lb/overlays/guarded/x"))
                    .isInstanceOf(NoAuthException.class);
            assertThatThrownBy(() -> other.setData().forPath("/zk-lb/overlays/guarded/w", new byte[0]))
                    .isInstanceOf(NoAuthException.class);
            assertThatThrownBy(() -> other.create().forPath("/zk-lb/overlays/_all/x"))
                    .isInstanceOf(NoAuthException.class);
        }
        write("_all/v", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 40}", Duration.ofMinutes(5)));
        awaitWeight(engine, 0.4);
        operator.delete().forPath("/zk-lb/overlays/_all/v");
        operator.delete().forPath("/zk-lb/overlays/_all/w");
        for (String each : List.of("/zk-lb/overlays/_all", "/zk-lb/overlays", "/zk-lb")) {
            operator.setACL().withACL(ZooDefs.Ids.OPEN_ACL_UNSAFE).forPath(each);
        }
    }

    /** An overlay that ends soon; it is written anew until it is seen before it ends. */
    private static void writeShort(String service, ServiceEngine engine) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(500)).until(() -> {
            write(
                    service + "/short",
                    overlay("{'endpoint': '10.0.0.1:80'}", "{'weight-percent': 50}", Duration.ofSeconds(4)));
            return weight(engine, "10.0.0.1:80") == 0.5;
        });
    }

    @Test
    void whatIsKnownCountsWhileTheDirectoryMayNotBeListedUntilItExpires(CapturedOutput output) throws Exception {
        ServiceEngine engine = service("unlisted");
        write("unlisted/long", overlay("{'endpoint': '10.0.0.0:80'}", "{'drain': true}", Duration.ofMinutes(5)));
        await().atMost(SOON).until(() -> engine.snapshots().count(Reason.OVERLAY_DRAINED) == 1);
        writeShort("unlisted", engine);
        operator.setACL()
                .withACL(List.of(new ACL(ZooDefs.Perms.ALL, new Id("auth", ""))))
                .forPath("/zk-lb/overlays/unlisted");
        write("unlisted/new", overlay("{'endpoint': '10.0.0.2:80'}", "{'weight-percent': 20}", Duration.ofMinutes(5)));
        await().atMost(SOON).until(() -> output.getOut().contains("list the overlays in /zk-lb/overlays/unlisted"));
        await().atMost(SOON).until(() -> weight(engine, "10.0.0.1:80") == 1);
        assertThat(engine.snapshots().count(Reason.OVERLAY_DRAINED)).isOne();
        assertThat(weight(engine, "10.0.0.2:80")).isEqualTo(1);
        operator.setACL().withACL(ZooDefs.Ids.OPEN_ACL_UNSAFE).forPath("/zk-lb/overlays/unlisted");
        operator.delete().forPath("/zk-lb/overlays/unlisted/long");
        await().atMost(SOON).until(() -> weight(engine, "10.0.0.2:80") == 0.2);
        assertThat(engine.snapshots().count(Reason.OVERLAY_DRAINED)).isZero();
    }

    @Test
    void whatIsKnownCountsWhileZooKeeperIsAwayUntilItExpires() throws Exception {
        ServiceEngine engine = service("away");
        write("away/long", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 50}", Duration.ofMinutes(5)));
        awaitWeight(engine, 0.5);
        writeShort("away", engine);
        zookeeper.stop();
        try {
            await().atMost(SOON).until(() -> weight(engine, "10.0.0.1:80") == 1);
            assertThat(weight(engine, "10.0.0.0:80")).isEqualTo(0.5);
        } finally {
            zookeeper.restart();
        }
        operator.blockUntilConnected();
        write("away/long", overlay("{'endpoint': '10.0.0.0:80'}", "{'weight-percent': 20}", Duration.ofMinutes(5)));
        awaitWeight(engine, 0.2);
    }
}

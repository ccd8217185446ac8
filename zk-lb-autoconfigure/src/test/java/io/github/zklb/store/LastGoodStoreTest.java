package io.github.zklb.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.zookeeper.ClientSecurity;
import io.github.zklb.zookeeper.NodeFormat;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What is kept of a service on disk, and served from there while ZooKeeper is away. */
@ExtendWith(OutputCaptureExtension.class)
class LastGoodStoreTest {

    private static final String NOWHERE = "127.0.0.1:" + FreePorts.next();

    @TempDir
    Path temp;

    private Path directory;
    private ZooKeeperBench bench;

    @BeforeEach
    void open() throws Exception {
        directory = temp.resolve("state/hosts");
        bench = new ZooKeeperBench();
        bench.register("orders", "a", "10.0.0.1", 80);
        bench.register("orders", "b", "10.0.0.2", 80);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void aStartWithoutZooKeeperServesWhatWasStoredAndSaysHowOldItIs() throws Exception {
        Instant before = Instant.now();
        store("orders");
        ServiceMembership orders = startedWithoutZooKeeper(MembershipSettings.DEFAULTS);
        await().until(() -> orders.current().state() == State.STALE);
        assertThat(hosts(orders)).containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(orders.current().since()).isBetween(before, Instant.now());
        assertThat(orders.current().cause())
                .startsWith("service orders is served as it was stored, confirmed last at 20")
                .contains("zk-lb.membership.store-directory")
                .contains("ZooKeeper at " + NOWHERE + " has not answered since");
        assertThat(orders.firstAnswer()).isNotDone();
    }

    @Test
    void zooKeepersFirstAnswerReplacesWhatWasStored() throws Exception {
        store("orders");
        bench.deregister("orders", "a");
        bench.register("orders", "c", "10.0.0.3", 80);
        int port = bench.server.getPort();
        bench.server.stop();
        ServiceMembership orders = started("127.0.0.1:" + port, MembershipSettings.DEFAULTS);
        await().until(() -> hosts(orders).equals(List.of("10.0.0.1", "10.0.0.2")));
        bench.server.restart();
        assertThat(orders.firstAnswer().get(60, TimeUnit.SECONDS).state()).isEqualTo(State.SYNCED);
        assertThat(hosts(orders)).containsExactly("10.0.0.2", "10.0.0.3");
    }

    @Test
    void whileZooKeeperAnswersNothingComesFromTheStore() throws Exception {
        store("orders");
        bench.deregister("orders", "a");
        CuratorFramework client = bench.client(bench.server.getConnectString());
        client.blockUntilConnected();
        ServiceMembership orders =
                bench.opened(memberships(client, MembershipSettings.DEFAULTS)).service("orders");
        List<Membership> published = new CopyOnWriteArrayList<>();
        orders.subscribe(published::add);
        orders.firstAnswer().get(60, TimeUnit.SECONDS);
        assertThat(published).noneMatch(membership -> membership.state() == State.STALE);
        assertThat(hosts(orders)).containsExactly("10.0.0.2");
    }

    @Test
    void aConnectionWithoutAnswersIsStoodInForByTheStore() throws Exception {
        store("orders");
        var proxy = bench.proxy();
        var client = bench.client(proxy.connectString());
        client.blockUntilConnected();
        proxy.blackhole();
        ServiceMembership orders =
                bench.opened(memberships(client, MembershipSettings.DEFAULTS)).service("orders");
        await().until(() -> orders.current().state() == State.STALE);
        assertThat(hosts(orders)).containsExactly("10.0.0.1", "10.0.0.2");
    }

    @Test
    void aServiceThatIsDeniedKeepsWhatWasStored() throws Exception {
        store("orders");
        bench.protect(ZooKeeperBench.path("orders"), true);
        ServiceMembership orders = started(bench.server.getConnectString(), MembershipSettings.DEFAULTS);
        assertThat(orders.firstAnswer().get(60, TimeUnit.SECONDS).state()).isEqualTo(State.DENIED);
        await().until(() -> hosts(orders).equals(List.of("10.0.0.1", "10.0.0.2")));
    }

    @Test
    void whatIsNotAllowedIsNotServedFromTheStoreEither() throws Exception {
        store("orders");
        ServiceMembership orders = startedWithoutZooKeeper(new MembershipSettings(
                MembershipSettings.DEFAULTS.resyncInterval(),
                MembershipSettings.DEFAULTS.verifyInterval(),
                MembershipSettings.DEFAULTS.reconnectSpread(),
                MembershipSettings.DEFAULTS.removalDelay(),
                MembershipSettings.DEFAULTS.readTimeout(),
                AllowList.of(List.of("10.0.0.2"), List.of())));
        await().until(() -> hosts(orders).equals(List.of("10.0.0.2")));
    }

    @Test
    void aChangeIsStoredAndAnEmptyServiceLeavesNoFile() throws Exception {
        ServiceMembership orders = started(bench.server.getConnectString(), MembershipSettings.DEFAULTS);
        await().until(() -> read("orders").contains("10.0.0.2"));
        bench.deregister("orders", "b");
        await().until(() -> !read("orders").contains("10.0.0.2"));
        bench.deregister("orders", "a");
        await().until(() -> orders.current().hosts().isEmpty());
        await().until(() -> read("orders").isEmpty());
    }

    @Test
    void onlyTheOwnerMayReadTheFilesAndNothingElseIsLeft() throws Exception {
        store("orders");
        Path file = new LastGoodStore(directory).file("orders");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aFileOfAnotherKindIsIgnoredWithOneWarningAndReplaced(CapturedOutput output) throws Exception {
        Files.createDirectories(directory);
        Path file = new LastGoodStore(directory).file("orders");
        Files.writeString(file, "not ours\n");
        ServiceMembership orders = startedWithoutZooKeeper(MembershipSettings.DEFAULTS);
        await().until(() -> output.getOut().contains("is ignored"));
        assertThat(orders.current().state()).isEqualTo(State.LOADING);
        assertThat(output.getOut().lines().filter(line -> line.contains("WARN") && line.contains("service-orders")))
                .singleElement()
                .asString()
                .contains(file.toString(), "it is not a file of this version of zk-lb");
        store("orders");
        assertThat(read("orders")).contains("10.0.0.1");
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsOneWarningAndNoMore(CapturedOutput output) throws Exception {
        Files.writeString(temp.resolve("state"), "a file where the directory should be");
        ServiceMembership orders = started(bench.server.getConnectString(), MembershipSettings.DEFAULTS);
        await().until(() -> output.getOut().contains("cannot be written"));
        bench.register("orders", "c", "10.0.0.3", 80);
        await().until(() -> hosts(orders).size() == 3);
        bench.close();
        assertThat(output.getOut().lines().filter(line -> line.contains("cannot be written")))
                .singleElement()
                .asString()
                .contains("zk-lb.membership.store-directory");
    }

    private void store(String service) throws Exception {
        try (LastGoodStore store = new LastGoodStore(directory);
                ZooKeeperMemberships memberships = new ZooKeeperMemberships(
                        bench.client(bench.server.getConnectString()),
                        ZooKeeperBench::path,
                        id -> MembershipSettings.DEFAULTS,
                        store,
                        ClientSecurity.NONE,
                        NodeFormat.JSON)) {
            memberships.service(service).firstAnswer().get(60, TimeUnit.SECONDS);
        }
    }

    private ServiceMembership startedWithoutZooKeeper(MembershipSettings settings) {
        return started(NOWHERE, settings);
    }

    private ServiceMembership started(String connectString, MembershipSettings settings) {
        return bench.opened(memberships(bench.client(connectString), settings)).service("orders");
    }

    private ZooKeeperMemberships memberships(CuratorFramework client, MembershipSettings settings) {
        LastGoodStore store = bench.opened(new LastGoodStore(directory));
        return new ZooKeeperMemberships(
                client, ZooKeeperBench::path, id -> settings, store, ClientSecurity.NONE, NodeFormat.JSON);
    }

    private String read(String service) throws Exception {
        Path file = new LastGoodStore(directory).file(service);
        return Files.exists(file) ? Files.readString(file) : "";
    }

    private static List<String> hosts(ServiceMembership membership) {
        return membership.current().hosts().endpoints().stream()
                .map(Endpoint::host)
                .toList();
    }
}

package io.github.zklb.zookeeper.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.zklb.policy.OverlayDraft;
import io.github.zklb.policy.OverlayDraft.Kind;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlayWriter.Draft;
import io.github.zklb.policy.OverlayWriter.NotWrittenException;
import io.github.zklb.policy.OverlayWriter.NotWrittenException.Why;
import io.github.zklb.policy.OverlayWriter.Written;
import io.github.zklb.testing.InProcessZooKeeper;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Writes into a real ZooKeeper as one of its users, in directories that another has made. */
class ZooKeeperOverlayWriterTest {

    private static final String ROOT = "/zk-lb";
    private static final String NAME = OverlayDraft.name(Kind.ZONE, "a");
    private static final Id SHOP = shop();

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static CuratorFramework operator;
    private static CuratorFramework application;

    @BeforeAll
    static void start() throws Exception {
        operator = client("ops:ops");
        application = client("shop:shop");
        operator.create().creatingParentsIfNeeded().forPath(ROOT + "/overlays");
    }

    @AfterAll
    static void stop() {
        application.close();
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

    private static Id shop() {
        try {
            return new Id("digest", DigestAuthenticationProvider.generateDigest("shop:shop"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A directory that the operator may do everything in, and the application what is said. */
    private static void directory(String name, int rights) throws Exception {
        operator.create()
                .withACL(List.of(
                        new ACL(Perms.ALL, Ids.AUTH_IDS),
                        new ACL(rights, SHOP),
                        new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)))
                .forPath(ROOT + "/overlays/" + name);
    }

    private static byte[] content(Instant from) {
        return new OverlayDraft(Kind.ZONE, "a", null, 20, false, "kim", from.toString()).json(from);
    }

    private static ZooKeeperOverlayWriter writer() {
        return new ZooKeeperOverlayWriter(application, ROOT);
    }

    private static Draft draft(Map<String, Long> over) {
        return new Draft(ZooKeeperOverlayWriterTest::content, from -> over);
    }

    private static Written write(String directory, @Nullable Long expected) throws Exception {
        return writer().write(directory, NAME, expected, draft(Map.of()));
    }

    private static Stat stat(String directory) throws Exception {
        return Objects.requireNonNull(operator.checkExists().forPath(path(directory)), directory);
    }

    private static String path(String directory) {
        return ROOT + "/overlays/" + directory + '/' + NAME;
    }

    private static void assertNotWritten(ThrowingCallable call, Why why, String words) {
        NotWrittenException refusal = catchThrowableOfType(NotWrittenException.class, call);
        assertThat(refusal).isNotNull();
        assertThat(refusal.why()).isEqualTo(why);
        assertThat(refusal).hasMessageContaining(words);
    }

    @Test
    void nothingIsWrittenOverWhatOthersWroteMeanwhile() throws Exception {
        directory("versions", Perms.ALL);
        assertNotWritten(() -> write("versions", 7L), Why.CONFLICT, "not there any more");
        Written first = write("versions", -1L);
        assertThat(first.version()).isEqualTo(stat("versions").getMzxid());
        assertNotWritten(() -> write("versions", -1L), Why.CONFLICT, "there already");
        Written second = write("versions", first.version());
        assertNotWritten(() -> write("versions", first.version()), Why.CONFLICT, "another version");
        Written third = write("versions", null);
        assertThat(third.version())
                .isGreaterThan(second.version())
                .isEqualTo(stat("versions").getMzxid());
        assertNotWritten(() -> writer().delete("versions", NAME, second.version()), Why.CONFLICT, "another version");
        writer().delete("versions", NAME, third.version());
        assertNotWritten(() -> writer().delete("versions", NAME, null), Why.ABSENT, path("versions"));
        Written anew = write("versions", null);
        assertThat(stat("versions").getVersion())
                .as("begins anew with the node")
                .isZero();
        for (Written before : List.of(first, second, third)) {
            assertNotWritten(() -> write("versions", before.version()), Why.CONFLICT, "another version");
            assertNotWritten(
                    () -> writer().delete("versions", NAME, before.version()), Why.CONFLICT, "another version");
        }
        assertThat(stat("versions").getMzxid()).isEqualTo(anew.version());
    }

    @Test
    void whatAHandHasWrittenGoesOnlyIfItsVersionIsExpected() throws Exception {
        directory("hands", Perms.ALL);
        write("hands", -1L);
        for (String byHand : List.of("""
                {"v": 1, "target": {"zone": "a"}, "set": {"drain": true}, "expires": "2027-01-01T12:00:00Z",
                 "author": "kim", "overrideCap": true}""", "half of a", "x".repeat(9_000))) {
            operator.setData().forPath(path("hands"), byHand.getBytes(StandardCharsets.UTF_8));
            long version = stat("hands").getMzxid();
            assertNotWritten(() -> write("hands", null), Why.CONFLICT, "send expectedVersion " + version);
            assertNotWritten(
                    () -> writer().delete("hands", NAME, null), Why.CONFLICT, "send expectedVersion " + version);
            write("hands", version);
            write("hands", null);
        }
        operator.create().forPath(path("hands") + "/below");
        assertNotWritten(() -> writer().delete("hands", NAME, null), Why.CONFLICT, "nodes below it");
    }

    /** Whatever the own clock says: it is never asked. */
    @Test
    void timeIsZooKeepersAndOneContentIsWritten() throws Exception {
        directory("clocks", Perms.ALL);
        for (int version = 0; version < 2; version++) {
            Written written = write("clocks", null);
            Stat stat = new Stat();
            byte[] content = operator.getData().storingStatIn(stat).forPath(path("clocks"));
            assertThat(content).isEqualTo(content(written.from()));
            assertThat(stat.getVersion()).isEqualTo(version);
            assertThat(written.from())
                    .isBetween(
                            Instant.ofEpochMilli(stat.getMtime()).minusSeconds(5),
                            Instant.ofEpochMilli(stat.getMtime()));
        }
        assertThat(operator.getChildren().forPath(ROOT + "/overlays/clocks")).containsExactly(NAME);
    }

    @Test
    void whatIsOverMakesRoom() throws Exception {
        directory("full", Perms.ALL);
        Map<String, Long> over = new HashMap<>();
        for (int i = 0; i < OverlayNode.MOST; i++) {
            String path = operator.create().forPath(ROOT + "/overlays/full/zone-" + i);
            if (i < 2) {
                over.put("zone-" + i, operator.checkExists().forPath(path).getMzxid());
            }
        }
        assertNotWritten(() -> write("full", null), Why.CONFLICT, "has 128 overlays, and clients read no more");
        operator.setData().forPath(ROOT + "/overlays/full/zone-1", new byte[] {'7'});
        writer().write("full", NAME, null, draft(over));
        assertThat(operator.getChildren().forPath(ROOT + "/overlays/full"))
                .hasSize(OverlayNode.MOST)
                .contains(NAME, "zone-1")
                .doesNotContain("zone-0");
    }

    @Test
    void whatIsMissingIsNamedWhereTheApplicationMayNot() throws Exception {
        assertNotWritten(() -> write("nowhere", null), Why.FORBIDDEN, "/zk-lb/overlays/nowhere is not there");
        directory("readable", Perms.READ);
        assertNotWritten(
                () -> write("readable", null), Why.FORBIDDEN, "READ, CREATE and DELETE on /zk-lb/overlays/readable");
        directory("others", Perms.ALL);
        operator.create().withACL(Ids.READ_ACL_UNSAFE).forPath(path("others"), content(Instant.EPOCH));
        assertNotWritten(() -> write("others", null), Why.FORBIDDEN, "WRITE on " + path("others"));
        operator.create().withACL(Ids.READ_ACL_UNSAFE).forPath(path("readable"), new byte[] {'7'});
        long version = stat("readable").getMzxid();
        assertNotWritten(
                () -> writer().delete("readable", NAME, version), Why.FORBIDDEN, "DELETE on /zk-lb/overlays/readable");
        assertNotWritten(
                () -> writer().delete("readable", "another", null),
                Why.FORBIDDEN,
                "DELETE on /zk-lb/overlays/readable");
        assertThat(operator.getData().forPath(path("readable"))).containsExactly('7');
    }

    @Test
    void whoMayWriteTheDirectoryMayWriteANewNodeAndNobodyElse() throws Exception {
        directory("given", Perms.ALL);
        write("given", -1L);
        assertThat(operator.getACL().forPath(path("given")))
                .containsAll(operator.getACL().forPath(ROOT + "/overlays/given"))
                .filteredOn(each -> each.getId().getScheme().equals("world"))
                .extracting(ACL::getPerms)
                .containsExactly(Perms.READ);
        operator.setData().forPath(path("given"));
        assertThat(writer().isOpen("given")).isFalse();
        operator.create()
                .withACL(List.of(
                        new ACL(Perms.READ | Perms.CREATE | Perms.DELETE | Perms.ADMIN, SHOP),
                        new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)))
                .forPath(ROOT + "/overlays/own");
        write("own", null);
        write("own", null);
        operator.create().forPath(ROOT + "/overlays/open");
        write("open", -1L);
        assertThat(operator.getACL().forPath(path("open"))).isEqualTo(Ids.OPEN_ACL_UNSAFE);
        assertThat(writer().isOpen("open")).isTrue();
    }

    @Test
    void whereItWouldShutOthersOutNothingIsCreated() throws Exception {
        directory("masked", Perms.READ | Perms.CREATE | Perms.DELETE);
        assertNotWritten(() -> write("masked", -1L), Why.FORBIDDEN, "digest users: ops, shop): give its identity");
        assertThat(operator.getChildren().forPath(ROOT + "/overlays/masked")).isEmpty();
        operator.create()
                .withACL(List.of(
                        new ACL(Perms.ALL, new Id("ip", "127.0.0.1")), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)))
                .forPath(ROOT + "/overlays/by-address");
        try (CuratorFramework nobody =
                CuratorFrameworkFactory.newClient(zookeeper.connectString(), new RetryOneTime(100))) {
            nobody.start();
            nobody.blockUntilConnected();
            ZooKeeperOverlayWriter writer = new ZooKeeperOverlayWriter(nobody, ROOT);
            assertNotWritten(
                    () -> writer.write("by-address", NAME, null, draft(Map.of())),
                    Why.FORBIDDEN,
                    "set zk-lb.zookeeper.auth");
        }
    }

    @Test
    void allRequestsOfAWriteHaveOneDeadline() {
        WriteRequests requests = new WriteRequests(application, Duration.ofMillis(50));
        List<String> sent = new ArrayList<>();
        for (String each : List.of("first", "second")) {
            assertNotWritten(
                    () -> requests.done(Set.of(), "READ", (zooKeeper, answer) -> sent.add(each)),
                    Why.UNAVAILABLE,
                    "nobody knows whether it is done");
        }
        assertThat(sent).as("after the deadline nothing is sent").containsExactly("first");
    }

    @Test
    void whileZooKeeperIsAwayItSaysSoAtOnce() throws Exception {
        try (CuratorFramework lonely = CuratorFrameworkFactory.newClient("127.0.0.1:1", new RetryOneTime(100))) {
            lonely.start();
            ZooKeeperOverlayWriter writer = new ZooKeeperOverlayWriter(lonely, ROOT);
            assertNotWritten(
                    () -> writer.write("orders", NAME, null, draft(Map.of())), Why.UNAVAILABLE, "not connected");
        }
    }
}

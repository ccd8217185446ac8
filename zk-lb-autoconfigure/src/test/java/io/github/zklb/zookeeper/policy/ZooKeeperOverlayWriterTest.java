package io.github.zklb.zookeeper.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.zklb.policy.OverlayWriter.NotWrittenException;
import io.github.zklb.policy.OverlayWriter.NotWrittenException.Why;
import io.github.zklb.policy.OverlayWriter.Written;
import io.github.zklb.testing.InProcessZooKeeper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
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

    /** A directory that the operator may do everything in, and the application what is said. */
    private static void directory(String name, int rights) throws Exception {
        String shop = DigestAuthenticationProvider.generateDigest("shop:shop");
        operator.create()
                .withACL(List.of(
                        new ACL(Perms.ALL, Ids.AUTH_IDS),
                        new ACL(rights, new Id("digest", shop)),
                        new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)))
                .forPath(ROOT + "/overlays/" + name);
    }

    private static ZooKeeperOverlayWriter writer(Duration ahead) {
        return new ZooKeeperOverlayWriter(application, ROOT, InstantSource.offset(InstantSource.system(), ahead));
    }

    private static byte[] content(Instant from) {
        return from.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Written write(String directory, @Nullable Integer expected) throws Exception {
        return writer(Duration.ZERO).write(directory, "x", expected, ZooKeeperOverlayWriterTest::content);
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
        assertNotWritten(() -> write("versions", 0), Why.CONFLICT, "not there any more");
        assertThat(write("versions", -1).version()).isZero();
        assertNotWritten(() -> write("versions", -1), Why.CONFLICT, "there already");
        assertThat(write("versions", 0).version()).isEqualTo(1);
        assertNotWritten(() -> write("versions", 0), Why.CONFLICT, "another version");
        assertThat(write("versions", null).version()).isEqualTo(2);
        ZooKeeperOverlayWriter writer = writer(Duration.ZERO);
        assertNotWritten(() -> writer.delete("versions", "x", 1), Why.CONFLICT, "another version");
        writer.delete("versions", "x", 2);
        assertNotWritten(() -> writer.delete("versions", "x", null), Why.ABSENT, "/zk-lb/overlays/versions/x");
        assertThat(write("versions", null).version()).isZero();
    }

    @Test
    void timeIsZooKeepersWhateverTheOwnClockSays() throws Exception {
        directory("clocks", Perms.ALL);
        for (Duration ahead : List.of(Duration.ofMinutes(10), Duration.ofMinutes(-10), Duration.ofMillis(500))) {
            Written written = writer(ahead).write("clocks", "x", null, ZooKeeperOverlayWriterTest::content);
            Stat stat = new Stat();
            byte[] content = operator.getData().storingStatIn(stat).forPath(ROOT + "/overlays/clocks/x");
            assertThat(content).isEqualTo(content(written.from()));
            assertThat(written.version()).isEqualTo(stat.getVersion());
            assertThat(written.from())
                    .isBetween(
                            Instant.ofEpochMilli(stat.getMtime()).minusSeconds(5),
                            Instant.ofEpochMilli(stat.getMtime()));
        }
    }

    @Test
    void whatIsMissingIsNamedWhereTheApplicationMayNot() throws Exception {
        assertNotWritten(() -> write("nowhere", null), Why.FORBIDDEN, "/zk-lb/overlays/nowhere is not there");
        directory("readable", Perms.READ);
        assertNotWritten(() -> write("readable", null), Why.FORBIDDEN, "CREATE on /zk-lb/overlays/readable");
        operator.create().withACL(Ids.READ_ACL_UNSAFE).forPath(ROOT + "/overlays/readable/x", new byte[] {'7'});
        assertNotWritten(() -> write("readable", 0), Why.FORBIDDEN, "WRITE on /zk-lb/overlays/readable/x");
        assertNotWritten(
                () -> writer(Duration.ZERO).delete("readable", "x", null),
                Why.FORBIDDEN,
                "DELETE on /zk-lb/overlays/readable");
        assertThat(operator.getData().forPath(ROOT + "/overlays/readable/x")).containsExactly('7');
    }

    @Test
    void nobodyElseMayWriteToANewNode() throws Exception {
        directory("owned", Perms.READ | Perms.CREATE | Perms.DELETE);
        write("owned", -1);
        assertThat(write("owned", 0).version()).isEqualTo(1);
        String path = ROOT + "/overlays/owned/x";
        assertThat(operator.getACL().forPath(path))
                .as("who may not administer the directory does not know the operator's identity")
                .satisfiesExactlyInAnyOrder(
                        all -> assertThat(all.getPerms()).isEqualTo(Perms.READ),
                        own -> assertThat(own.getId().getId()).startsWith("shop:"));
        operator.delete().forPath(path);
        directory("given", Perms.ALL);
        write("given", -1);
        assertThat(operator.getACL().forPath(ROOT + "/overlays/given/x"))
                .isEqualTo(operator.getACL().forPath(ROOT + "/overlays/given"));
        operator.setData().forPath(ROOT + "/overlays/given/x");
        operator.create().forPath(ROOT + "/overlays/open");
        write("open", -1);
        assertThat(operator.getACL().forPath(ROOT + "/overlays/open/x")).isEqualTo(Ids.OPEN_ACL_UNSAFE);
    }

    @Test
    void whileZooKeeperIsAwayItSaysSoAtOnce() throws Exception {
        try (CuratorFramework lonely = CuratorFrameworkFactory.newClient("127.0.0.1:1", new RetryOneTime(100))) {
            lonely.start();
            ZooKeeperOverlayWriter writer = new ZooKeeperOverlayWriter(lonely, ROOT, InstantSource.system());
            assertNotWritten(
                    () -> writer.write("orders", "x", null, ZooKeeperOverlayWriterTest::content),
                    Why.UNAVAILABLE,
                    "not connected");
        }
    }
}

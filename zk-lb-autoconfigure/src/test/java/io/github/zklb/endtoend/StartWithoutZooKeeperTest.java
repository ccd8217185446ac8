package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.TcpProxy;
import io.github.zklb.zookeeper.NoZooKeeperException;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** An application that starts while ZooKeeper is away. */
@ExtendWith(OutputCaptureExtension.class)
class StartWithoutZooKeeperTest {

    @TempDir
    Path directory;

    @Test
    void withFailFastItDoesNotStartAndSaysWhy(CapturedOutput output) {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.prepare()) {
            assertThatThrownBy(() -> Consumer.start(
                            zookeeper.connectString(),
                            "zk-lb.membership.fail-fast=true",
                            "zk-lb.membership.fail-fast-timeout=1s",
                            Consumer.SHORT_SESSION,
                            Consumer.WITHOUT_WAITING))
                    .isInstanceOf(NoZooKeeperException.class);
            assertThat(output)
                    .contains("APPLICATION FAILED TO START")
                    .contains("ZooKeeper at " + zookeeper.connectString()
                            + " did not answer within 1000 ms, and zk-lb.membership.fail-fast is set")
                    .contains("spring.cloud.zookeeper.connect-string");
        }
    }

    @Test
    void withFailFastAServerThatIsSilentAfterTheHandshakeStopsTheStartInBoundedTime() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                TcpProxy proxy =
                        new TcpProxy(Integer.parseInt(zookeeper.connectString().split(":")[1]));
                CuratorFramework client =
                        CuratorFrameworkFactory.newClient(proxy.connectString(), new RetryOneTime(100))) {
            client.start();
            client.blockUntilConnected();
            try (ZooKeeperMemberships memberships =
                    new ZooKeeperMemberships(client, id -> "/" + id, id -> MembershipSettings.DEFAULTS)) {
                memberships.requireAnswer(Duration.ofSeconds(60));
                proxy.blackhole();
                assertThatThrownBy(() -> memberships.requireAnswer(Duration.ofMillis(500)))
                        .isInstanceOf(NoZooKeeperException.class);
            }
            proxy.heal(); // or the client's end would wait for an answer
        }
    }

    @Test
    void withFailFastItStartsWhereZooKeeperAnswers() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.membership.fail-fast=true")) {
            assertThat(consumer.context().isRunning()).isTrue();
        }
    }

    @Test
    void itServesWhatWasStoredWhenItRanLast() {
        String store = "zk-lb.membership.store-directory=" + directory.resolve("zk-lb");
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1)) {
            try (Consumer consumer = Consumer.start(zookeeper.connectString(), store)) {
                assertThat(consumer.get("http://orders/")).isEqualTo("a");
            }
            zookeeper.stop();
            try (Consumer consumer = Consumer.start(
                    zookeeper.connectString(), store, Consumer.SHORT_SESSION, Consumer.WITHOUT_WAITING)) {
                for (Consumer.Client client : Consumer.Client.values()) {
                    assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("a");
                }
                zookeeper.restart();
                try (Provider b = Provider.start("orders", "b", zookeeper.connectString(), 1)) {
                    await().until(() -> consumer.get("http://orders/").equals(b.name()));
                }
            }
        }
    }
}

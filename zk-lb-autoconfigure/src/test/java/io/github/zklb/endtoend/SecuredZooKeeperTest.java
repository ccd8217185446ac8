package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.testing.Certificates;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.SecuredZooKeeper;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.KeeperException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleRegistry;
import org.springframework.boot.ssl.jks.JksSslStoreBundle;
import org.springframework.boot.ssl.jks.JksSslStoreDetails;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A consumer on a ZooKeeper that demands TLS, a client certificate and a password, and allows it to read only. */
@ExtendWith(OutputCaptureExtension.class)
class SecuredZooKeeperTest {

    private static final String AUTH = "zk-lb.zookeeper.auth=digest:reader:s3cret";
    private static final String SOON_REFUSED = "zk-lb.membership.first-load-timeout=100ms";

    @TempDir
    static Path directory;

    private static Path trust;
    private static Path foreignTrust;
    private static Path client;
    private static Path expiredClient;
    private static Path foreignClient;
    private static Path server;
    private static Path expiredServer;
    private static Path otherServer;
    private static SecuredZooKeeper zookeeper;
    private static Provider provider;

    @BeforeAll
    static void start() throws IOException {
        Certificates certificates = new Certificates(directory);
        trust = certificates.trustStore();
        client = certificates.keyStore("client", false);
        expiredClient = certificates.keyStore("expired-client", true);
        server = certificates.keyStore("server", false);
        expiredServer = certificates.keyStore("expired-server", true);
        otherServer = certificates.keyStoreOf("other-server", "zk9.example.org");
        Certificates foreign = new Certificates(Files.createDirectory(directory.resolve("foreign")));
        foreignTrust = foreign.trustStore();
        foreignClient = foreign.keyStore("client", false);
        zookeeper = SecuredZooKeeper.start(Files.createDirectory(directory.resolve("data")), server, trust);
        provider = Provider.start("orders", "a", zookeeper.plainConnectString(), 1);
        // On a slow machine the provider may be about to register anew.
        await().ignoreExceptions()
                .untilAsserted(
                        () -> zookeeper.restrict("reader:s3cret", provider.path(), "/services/orders", "/services"));
    }

    @AfterAll
    static void stop() {
        provider.close();
        zookeeper.close();
    }

    @Test
    void theRightPasswordAndCertificateReadAndMayNotWrite() throws Exception {
        try (Consumer consumer = start(client, trust, AUTH)) {
            for (Consumer.Client each : Consumer.Client.values()) {
                assertThat(consumer.get(each, "http://orders/", Map.of())).isEqualTo("a");
            }
            assertThat(membership(consumer).state()).isEqualTo(State.SYNCED);
            CuratorFramework curator = consumer.context().getBean(CuratorFramework.class);
            assertThat(curator.getZookeeperClient()
                            .getZooKeeper()
                            .getClientConfig()
                            .getProperty("zookeeper.client.secure"))
                    .isEqualTo("true");
            assertThatThrownBy(() -> curator.setData().forPath("/services/orders", new byte[0]))
                    .isInstanceOf(KeeperException.NoAuthException.class);
        }
    }

    @Test
    void theKeysAreNowhereAfterTheEnd() throws Exception {
        Path keys;
        try (Consumer consumer = start(client, trust, AUTH)) {
            keys = Path.of(consumer.context()
                    .getBean(CuratorFramework.class)
                    .getZookeeperClient()
                    .getZooKeeper()
                    .getClientConfig()
                    .getProperty("zookeeper.ssl.keyStore.location"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys.getParent())))
                    .isEqualTo("rwx------");
        }
        assertThat(keys.getParent()).doesNotExist();
    }

    @Test
    void aWrongPasswordIsDeniedAndSaysWhereToLook(CapturedOutput output) {
        try (Consumer consumer = start(client, trust, "zk-lb.zookeeper.auth=digest:reader:wrong-one")) {
            assertThatThrownBy(() -> consumer.get("http://orders/"))
                    .hasMessageContaining("service orders is denied: this client (digest user 'reader') may not list"
                            + " /services/orders; grant it READ on that node, or correct the secret in"
                            + " zk-lb.zookeeper.auth");
            assertThat(membership(consumer).state()).isEqualTo(State.DENIED);
            assertThat(warnings(output)).singleElement().asString().contains("service orders is denied");
            assertThat(output).doesNotContain("wrong-one");
        }
    }

    @Test
    void aTrustStoreThatIsNotTheServersIsNamed(CapturedOutput output) {
        assertTrouble(
                output,
                zookeeper.secureConnectString(),
                client,
                foreignTrust,
                "the server's certificate is not signed by anyone whom the trust store of SSL bundle 'zk'"
                        + " (zk-lb.zookeeper.ssl.bundle) has");
    }

    @Test
    void anExpiredClientCertificateIsNamed(CapturedOutput output) {
        assertTrouble(
                output,
                zookeeper.secureConnectString(),
                expiredClient,
                trust,
                "the client certificate of SSL bundle 'zk' (zk-lb.zookeeper.ssl.bundle) is not valid now: NotAfter:");
    }

    @Test
    void anExpiredServerCertificateIsNamed(CapturedOutput output) {
        zookeeper.present(expiredServer);
        try {
            assertTrouble(
                    output,
                    zookeeper.secureConnectString(),
                    client,
                    trust,
                    "the server's certificate is not valid now (NotAfter:");
        } finally {
            zookeeper.present(server);
        }
    }

    @Test
    void aCertificateOfAnotherHostIsNamed(CapturedOutput output) {
        zookeeper.present(otherServer);
        try {
            assertTrouble(
                    output,
                    zookeeper.secureConnectString(),
                    client,
                    trust,
                    "the server's certificate is not accepted (No subject alternative");
        } finally {
            zookeeper.present(server);
        }
    }

    @Test
    void aConsumerThatWasRefusedIsHealedByTheServersRenewal() {
        zookeeper.present(expiredServer);
        try (Consumer consumer = start(client, trust, AUTH, Consumer.WITHOUT_WAITING)) {
            await().untilAsserted(() -> assertThat(membership(consumer).cause()).contains("NotAfter:"));
            zookeeper.present(server);
            await().until(() -> membership(consumer).state() == State.SYNCED);
            assertThat(consumer.get("http://orders/")).isEqualTo("a");
        } finally {
            zookeeper.present(server);
        }
    }

    @Test
    void aClientCertificateOfAnotherAuthorityIsNamed(CapturedOutput output) {
        assertTrouble(
                output,
                zookeeper.secureConnectString(),
                foreignClient,
                trust,
                "the server does not accept the client certificate of SSL bundle 'zk'");
    }

    @Test
    void aBundleThatIsUpdatedCountsFromTheNextConnectionOn() {
        try (Consumer consumer = start(foreignClient, trust, AUTH, Consumer.WITHOUT_WAITING)) {
            await().untilAsserted(() -> assertThat(membership(consumer).cause()).contains("does not accept"));
            consumer.context()
                    .getBean(SslBundleRegistry.class)
                    .updateBundle("zk", SslBundle.of(new JksSslStoreBundle(details(client), details(trust))));
            await().until(() -> membership(consumer).state() == State.SYNCED);
        }
    }

    private static JksSslStoreDetails details(Path store) {
        return JksSslStoreDetails.forLocation("file:" + store).withPassword(Certificates.PASSWORD);
    }

    @Test
    void withTlsNothingIsSaidInPlaintext(CapturedOutput output) {
        try (InProcessZooKeeper plain = InProcessZooKeeper.start()) {
            assertTrouble(output, plain.connectString(), client, trust, "the server does not answer with TLS");
            assertThat(plain.ask("cons")).doesNotContain("sid=0x");
        }
    }

    @Test
    void aClientThatSomebodyElseBuiltIsNotUsedWithoutTheSettings(CapturedOutput output) {
        Class<?>[] own = {OwnClient.class};
        assertThatThrownBy(() -> Consumer.start(zookeeper.plainConnectString(), own, AUTH));
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("zk-lb.zookeeper.auth")
                .contains("not built by Spring Cloud Zookeeper");
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {

        @Bean
        CuratorFramework curatorFramework() {
            CuratorFramework own =
                    CuratorFrameworkFactory.newClient(zookeeper.plainConnectString(), new RetryOneTime(100));
            own.start();
            return own;
        }
    }

    @Test
    void anUnknownSchemeIsOneClearCauseAndNotASecret(CapturedOutput output) {
        try (Consumer consumer =
                start(client, trust, "zk-lb.zookeeper.auth=bogus:t0psecret", Consumer.WITHOUT_WAITING, SOON_REFUSED)) {
            await().untilAsserted(() -> assertThat(membership(consumer).cause())
                    .contains("it refuses this client's authentication (AUTHFAILED); check the scheme and the secret in"
                            + " zk-lb.zookeeper.auth"));
            assertThatThrownBy(() -> consumer.get("http://orders/")).hasMessageContaining("AUTHFAILED");
            assertThat(warnings(output))
                    .allSatisfy(line -> assertThat(line).contains("AUTHFAILED"))
                    .filteredOn(line -> line.contains("cannot be used"))
                    .hasSize(1);
            assertThat(output).doesNotContain("t0psecret");
        }
    }

    private static void assertTrouble(
            CapturedOutput output, String connectString, Path keys, Path trusted, String cause) {
        try (Consumer consumer = startAt(connectString, keys, trusted, AUTH, Consumer.WITHOUT_WAITING, SOON_REFUSED)) {
            await().untilAsserted(() -> assertThat(membership(consumer).cause())
                    .contains("TLS with 127.0.0.1:")
                    .contains(cause));
            assertThatThrownBy(() -> consumer.get("http://orders/"))
                    .hasMessageContaining("service orders is not loaded")
                    .hasMessageContaining(cause);
            // A service that is opened in the very moment may say it too.
            assertThat(warnings(output))
                    .allSatisfy(line -> assertThat(line).contains(cause))
                    .filteredOn(line ->
                            line.contains("ZooKeeper at " + connectString + " cannot be used: TLS with 127.0.0.1:"))
                    .hasSize(1);
        }
    }

    private static Membership membership(Consumer consumer) {
        return consumer.context()
                .getBean(ZooKeeperMemberships.class)
                .service("orders")
                .current();
    }

    /** Without what a look finds at a server that a busy machine keeps from its answer; the next look comes soon. */
    private static List<String> warnings(CapturedOutput output) {
        return output.getOut()
                .lines()
                .filter(line -> line.contains("WARN") && line.contains(".zookeeper.") && line.contains("i.g.z"))
                .filter(line -> !line.contains("the server does not answer; it may speak no TLS on this port"))
                .toList();
    }

    private static Consumer start(Path keys, Path trusted, String... properties) {
        return startAt(zookeeper.secureConnectString(), keys, trusted, properties);
    }

    private static Consumer startAt(String connectString, Path keys, Path trusted, String... properties) {
        String bundle = "spring.ssl.bundle.jks.zk.";
        List<String> all = new ArrayList<>(List.of(properties));
        all.addAll(List.of(
                "zk-lb.zookeeper.ssl.bundle=zk",
                bundle + "keystore.location=file:" + keys,
                bundle + "keystore.password=" + Certificates.PASSWORD,
                bundle + "truststore.location=file:" + trusted,
                bundle + "truststore.password=" + Certificates.PASSWORD));
        return Consumer.start(connectString, all.toArray(String[]::new));
    }
}

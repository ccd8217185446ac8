package io.github.zklb.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.apache.zookeeper.server.auth.ProviderRegistry;
import org.apache.zookeeper.server.auth.X509AuthenticationProvider;

/**
 * A real ZooKeeper in this process with a port for TLS, on which it demands a client's certificate, beside the plain one
 * for providers. Its TLS is configured by system properties, as ZooKeeper has it: one such server at a time.
 */
public final class SecuredZooKeeper implements AutoCloseable {

    private static final String KEY_STORE = "zookeeper.ssl.keyStore.location";
    private static final String X509 = "zookeeper.authProvider.x509";

    private final Map<String, String> properties;
    private final ZooKeeperServer server;
    private final ServerCnxnFactory plain = new NIOServerCnxnFactory();
    private final ServerCnxnFactory secure;

    private SecuredZooKeeper(Path directory, Path keyStore, Path trustStore) throws IOException, InterruptedException {
        properties = Map.of(
                KEY_STORE,
                keyStore.toString(),
                "zookeeper.ssl.keyStore.password",
                Certificates.PASSWORD,
                "zookeeper.ssl.trustStore.location",
                trustStore.toString(),
                "zookeeper.ssl.trustStore.password",
                Certificates.PASSWORD,
                ServerCnxnFactory.ZOOKEEPER_SERVER_CNXN_FACTORY,
                "org.apache.zookeeper.server.NettyServerCnxnFactory",
                X509,
                X509AuthenticationProvider.class.getName());
        properties.forEach(System::setProperty);
        ProviderRegistry.initialize();
        ProviderRegistry.addOrUpdateProvider(X509);
        server = new ZooKeeperServer(directory.toFile(), directory.toFile(), 1_000);
        plain.configure(new InetSocketAddress("127.0.0.1", 0), 0, -1, false);
        plain.startup(server);
        secure = ServerCnxnFactory.createFactory();
        secure.configure(new InetSocketAddress("127.0.0.1", 0), 0, -1, true);
        secure.startup(server, false);
    }

    /** Starts a server with its own certificate and the authority of its clients. */
    public static SecuredZooKeeper start(Path directory, Path keyStore, Path trustStore) {
        try {
            return new SecuredZooKeeper(directory, keyStore, trustStore);
        } catch (IOException e) {
            throw new IllegalStateException("cannot start ZooKeeper", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Shows another certificate to those who connect from now on. */
    public void present(Path keyStore) {
        System.setProperty(KEY_STORE, keyStore.toString());
    }

    /** Where clients connect with TLS. */
    public String secureConnectString() {
        return "127.0.0.1:" + secure.getLocalPort();
    }

    /** Where clients connect without TLS. */
    public String plainConnectString() {
        return "127.0.0.1:" + plain.getLocalPort();
    }

    /** Lets nobody but the user named read nodes, and nobody at all write them. */
    public void restrict(String userAndPassword, String... paths) {
        try (CuratorFramework client = CuratorFrameworkFactory.newClient(plainConnectString(), new RetryOneTime(100))) {
            client.start();
            Id reader = new Id("digest", DigestAuthenticationProvider.generateDigest(userAndPassword));
            for (String path : paths) {
                client.setACL().withACL(List.of(new ACL(Perms.READ, reader))).forPath(path);
            }
        } catch (Exception e) {
            throw new IllegalStateException("cannot restrict " + List.of(paths), e);
        }
    }

    @Override
    public void close() {
        secure.shutdown();
        plain.shutdown();
        server.shutdown();
        ProviderRegistry.removeProvider("x509");
        properties.keySet().forEach(System::clearProperty);
    }
}

package io.github.zklb.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.Test;

/** How often, and where, a client that has lost its session looks why. */
class ConnectionTroubleTest {

    private static final Duration LATE = Duration.ofSeconds(60);

    @Test
    void eachLostSessionCostsOneHandshakeWithOneServer() throws Exception {
        List<Plain> servers = Stream.generate(Plain::new).limit(3).toList();
        int dead = FreePorts.next(); // where the client itself connects, so that only looks come to the servers
        AtomicInteger told = new AtomicInteger();
        try (ClientTls tls = new ClientTls(
                        "zk", new ClientTls.Material(SSLContext.getDefault(), null, null, null, null, null, null));
                CuratorFramework client = CuratorFrameworkFactory.builder()
                        .connectString(servers.stream().map(Plain::address).collect(Collectors.joining(",")))
                        .retryPolicy(new RetryOneTime(100))
                        .zookeeperFactory((servedBy, session, watcher, readOnly) ->
                                new ZooKeeper("127.0.0.1:" + dead, session, watcher, readOnly))
                        .build()) {
            client.start();
            try (ConnectionTrouble trouble =
                    new ConnectionTrouble(client, new ClientSecurity(null, tls), told::incrementAndGet)) {
                for (int looks = 1; looks <= 2; looks++) {
                    int now = looks;
                    await().atMost(LATE).until(() -> told.get() == now);
                    assertThat(trouble.words())
                            .hasValueSatisfying(
                                    words -> assertThat(words).contains("the server does not answer with TLS"));
                    assertThat(servers.stream().mapToInt(Plain::accepted).sum()).isEqualTo(looks);
                    trouble.lost();
                }
            }
        } finally {
            servers.forEach(Plain::close);
        }
    }

    /** A server that counts its connections, and answers all of them without TLS. */
    private static final class Plain {

        private final ServerSocket socket;
        private final AtomicInteger accepted = new AtomicInteger();

        Plain() {
            try {
                socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            Thread thread = new Thread(this::serve);
            thread.setDaemon(true);
            thread.start();
        }

        String address() {
            return "127.0.0.1:" + socket.getLocalPort();
        }

        int accepted() {
            return accepted.get();
        }

        private void serve() {
            while (!socket.isClosed()) {
                try (Socket connection = socket.accept();
                        OutputStream out = connection.getOutputStream();
                        InputStream in = connection.getInputStream()) {
                    accepted.incrementAndGet();
                    assertThat(in.read()).isNotNegative();
                    out.write("not a word of TLS\n".getBytes(StandardCharsets.US_ASCII));
                    connection.shutdownOutput();
                    in.transferTo(OutputStream.nullOutputStream());
                } catch (IOException closed) {
                    // the next one, if there is any
                }
            }
        }

        void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

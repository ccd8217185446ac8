package io.github.zklb.sample.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;

/** A ZooKeeper server in this process, on the loopback interface, with its data in a temporary directory. */
final class EmbeddedZooKeeper implements AutoCloseable {

    private static final String HOST = "127.0.0.1";
    private static final int ANY = -1;

    private final TestingServer server;
    private volatile boolean running = true;

    EmbeddedZooKeeper() throws Exception {
        this(ANY);
    }

    EmbeddedZooKeeper(int port) throws Exception {
        server = new TestingServer(
                new InstanceSpec(null, port, ANY, ANY, true, ANY, ANY, ANY, Map.of("clientPortAddress", HOST), HOST),
                true);
    }

    String address() {
        return server.getConnectString();
    }

    boolean running() {
        return running;
    }

    /** Stops the server; its data stays. */
    void stop() throws IOException {
        running = false;
        server.stop();
    }

    /** Starts the stopped server on the same port, with the same data. */
    void restart() throws Exception {
        server.restart();
        running = true;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

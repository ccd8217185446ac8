package io.github.zklb.testing;

import java.io.IOException;
import org.apache.curator.test.TestingServer;

/** A real ZooKeeper server in this process. */
public final class InProcessZooKeeper implements ZooKeeperServer {

    private final TestingServer server;

    private InProcessZooKeeper(TestingServer server) {
        this.server = server;
    }

    /** Starts a server on a free port. */
    public static InProcessZooKeeper start() {
        try {
            return new InProcessZooKeeper(new TestingServer(FreePorts.next()));
        } catch (Exception e) {
            throw new IllegalStateException("cannot start ZooKeeper", e);
        }
    }

    /** Takes a port for a server that is not started yet. */
    public static InProcessZooKeeper prepare() {
        try {
            return new InProcessZooKeeper(new TestingServer(FreePorts.next(), false));
        } catch (Exception e) {
            throw new IllegalStateException("cannot prepare ZooKeeper", e);
        }
    }

    @Override
    public String connectString() {
        return server.getConnectString();
    }

    @Override
    public void stop() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new IllegalStateException("cannot stop ZooKeeper", e);
        }
    }

    @Override
    public void restart() {
        try {
            server.restart();
        } catch (Exception e) {
            throw new IllegalStateException("cannot restart ZooKeeper", e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new IllegalStateException("cannot close ZooKeeper", e);
        }
    }
}

package io.github.zklb.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingCluster;

/** Three real ZooKeeper servers in this process, each behind a proxy that breaks the network before it. */
public final class InProcessEnsemble implements AutoCloseable {

    private static final int SERVERS = 3;

    private final TestingCluster cluster;
    private final List<Server> servers = new ArrayList<>();

    private InProcessEnsemble() throws Exception {
        List<InstanceSpec> specs = FreePorts.ensemble(SERVERS);
        cluster = new TestingCluster(specs);
        cluster.start();
        for (InstanceSpec spec : specs) {
            servers.add(new Server(spec, new TcpProxy(spec.getPort())));
        }
    }

    /** One of the servers. */
    public record Server(InstanceSpec spec, TcpProxy proxy) {

        private String ask(String command) {
            try {
                return FourLetters.ask("127.0.0.1", spec.getPort(), command);
            } catch (IllegalStateException doesNotAnswer) {
                return "";
            }
        }
    }

    /** Starts the servers; they have not found each other yet. */
    public static InProcessEnsemble start() {
        try {
            return new InProcessEnsemble();
        } catch (Exception e) {
            throw new IllegalStateException("cannot start an ensemble", e);
        }
    }

    /** Where clients connect through the proxies. */
    public String connectString() {
        return servers.stream().map(server -> server.proxy().connectString()).collect(Collectors.joining(","));
    }

    /** Where clients connect without them. */
    public String directConnectString() {
        return cluster.getConnectString();
    }

    /** Breaks all connections, and refuses new ones. */
    public void cut() {
        servers.forEach(server -> server.proxy().cut());
    }

    /** Keeps all connections, and lets nothing through. */
    public void blackhole() {
        servers.forEach(server -> server.proxy().blackhole());
    }

    /** Forwards everything again. */
    public void heal() {
        servers.forEach(server -> server.proxy().heal());
    }

    /** The leader, if there is one at present. */
    public Optional<Server> leader() {
        return servers.stream()
                .filter(server -> server.ask("srvr").contains("Mode: leader"))
                .findAny();
    }

    /** The server that a session is connected to, if it is at present. */
    public Optional<Server> serverOf(long sessionId) {
        String sid = "sid=0x" + Long.toHexString(sessionId) + ',';
        return servers.stream()
                .filter(server -> server.ask("cons").contains(sid))
                .findAny();
    }

    /** Ends a server without warning. */
    public void kill(Server server) throws Exception {
        cluster.killServer(server.spec());
    }

    /** Starts a server again. */
    public void startAgain(Server server) throws Exception {
        cluster.restartServer(server.spec());
    }

    @Override
    public void close() throws Exception {
        for (Server server : servers) {
            server.proxy().close();
        }
        cluster.close();
    }
}

package io.github.zklb.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.testcontainers.containers.FixedHostPortGenericContainer;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;

/** Three ZooKeeper servers in containers that make one ensemble; each can be killed, paused and started again. */
public final class ContainerEnsemble implements AutoCloseable {

    private static final String IMAGE = "zookeeper:" + System.getProperty("zookeeper.image.version", "3.9.5");
    private static final int CLIENT_PORT = 2181;
    private static final String CONFIGURATION = """
            tickTime=500
            initLimit=20
            syncLimit=10
            dataDir=/data
            clientPort=2181
            admin.enableServer=false
            4lw.commands.whitelist=*
            """;

    private final Network network = Network.newNetwork();
    private final List<Integer> ports;
    private final List<GenericContainer<?>> servers = new ArrayList<>();

    @SuppressWarnings({"deprecation", "resource"}) // a restart must not change a port, or clients would not find it
    private ContainerEnsemble(List<Integer> ports) {
        this.ports = ports;
        String servers = IntStream.rangeClosed(1, ports.size())
                .mapToObj("server.%1$d=zk%1$d:2888:3888%n"::formatted)
                .collect(Collectors.joining());
        Transferable configuration = Transferable.of(CONFIGURATION + servers);
        for (int id = 1; id <= ports.size(); id++) {
            this.servers.add(new FixedHostPortGenericContainer<>(IMAGE)
                    .withFixedExposedPort(ports.get(id - 1), CLIENT_PORT)
                    .withExposedPorts(CLIENT_PORT)
                    .withNetwork(network)
                    .withNetworkAliases("zk" + id)
                    // where the official image, and the one that CI makes, look for them
                    .withCopyToContainer(configuration, "/conf/zoo.cfg")
                    .withCopyToContainer(configuration, "/zk/conf/zoo.cfg")
                    .withCopyToContainer(Transferable.of(String.valueOf(id)), "/data/myid")
                    .withStartupCheckStrategy(new IsRunningStartupCheckStrategy())
                    .waitingFor(Wait.forListeningPorts()));
        }
    }

    /** Starts the servers, whose clients find them at the given ports of this machine. */
    public static ContainerEnsemble start(List<Integer> ports) {
        ContainerEnsemble ensemble = new ContainerEnsemble(ports);
        ensemble.servers.parallelStream().forEach(GenericContainer::start);
        return ensemble;
    }

    /** Where clients connect. */
    public String connectString() {
        return ports.stream().map(port -> "localhost:" + port).collect(Collectors.joining(","));
    }

    /** How many servers there are. */
    public int size() {
        return servers.size();
    }

    /** Ends a server without notice. */
    public void kill(int server) {
        servers.get(server).getDockerClient().killContainerCmd(id(server)).exec();
    }

    /** Starts a server that was killed. */
    public void restart(int server) {
        servers.get(server).getDockerClient().startContainerCmd(id(server)).exec();
    }

    /** Stops a server in the middle of whatever it does; its connections stay open. */
    public void pause(int server) {
        servers.get(server).getDockerClient().pauseContainerCmd(id(server)).exec();
    }

    /** Lets a paused server go on. */
    public void unpause(int server) {
        servers.get(server).getDockerClient().unpauseContainerCmd(id(server)).exec();
    }

    private String id(int server) {
        return servers.get(server).getContainerId();
    }

    @Override
    public void close() {
        servers.forEach(GenericContainer::stop);
        network.close();
    }
}

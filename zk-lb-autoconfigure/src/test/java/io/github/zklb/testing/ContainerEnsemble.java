package io.github.zklb.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Network.Ipam;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.FixedHostPortGenericContainer;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.lifecycle.Startables;

/**
 * An ensemble of three ZooKeeper servers, each in a container, at host ports that stay the same over kills and starts.
 * Nothing is run in a container but the server: who waits asks it by a four-letter word.
 */
public final class ContainerEnsemble implements AutoCloseable {

    private static final int SERVERS = 3;
    private static final int CLIENT_PORT = 2181;

    /** Addresses that are known from the start and stay, since a server remembers long which names it could not resolve. */
    private final String subnet = "10.231." + new Random().nextInt(256) + '.';

    private final Network network = Network.builder()
            .createNetworkCmdModifier(
                    command -> command.withIpam(new Ipam().withConfig(new Ipam.Config().withSubnet(subnet + "0/24"))))
            .build();
    private final DockerClient docker = DockerClientFactory.instance().client();
    private final List<Server> servers = new ArrayList<>();

    private ContainerEnsemble() {
        freePorts().forEach(port -> servers.add(new Server(servers.size() + 1, port)));
    }

    /** Starts the servers; they have not found each other yet. */
    public static ContainerEnsemble start() {
        ContainerEnsemble ensemble = new ContainerEnsemble();
        Startables.deepStart(ensemble.servers.stream().map(server -> server.container))
                .join();
        return ensemble;
    }

    /** Where clients connect. */
    public String connectString() {
        return servers.stream().map(Server::connectString).collect(Collectors.joining(","));
    }

    /** All servers. */
    public List<Server> servers() {
        return List.copyOf(servers);
    }

    /** The leader, if there is one at present. */
    public Optional<Server> leader() {
        return servers.stream().filter(server -> server.mode().equals("leader")).findAny();
    }

    /** Whether every server takes part in a quorum. */
    public boolean isWhole() {
        return leader().isPresent()
                && servers.stream().noneMatch(server -> server.mode().isEmpty());
    }

    /** The server that a session is connected to at present. */
    public Optional<Server> serverOf(long sessionId) {
        String sid = "sid=0x" + Long.toHexString(sessionId) + ',';
        return servers.stream()
                .filter(server -> server.answer("cons").contains(sid))
                .findAny();
    }

    @Override
    public void close() {
        servers.forEach(server -> server.container.stop());
        network.close();
    }

    private static List<Integer> freePorts() {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < SERVERS; i++) {
                sockets.add(new ServerSocket(0));
            }
            List<Integer> ports =
                    sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new IllegalStateException("no port is free", e);
        }
    }

    private String address(int id) {
        return subnet + (10 + id);
    }

    private String configuration() {
        String ensemble = IntStream.rangeClosed(1, SERVERS)
                .mapToObj(id -> "server." + id + '=' + address(id) + ":2888:3888")
                .collect(Collectors.joining("\n"));
        return """
                tickTime=500
                initLimit=20
                syncLimit=10
                dataDir=/data
                clientPort=%d
                quorumListenOnAllIPs=true
                admin.enableServer=false
                4lw.commands.whitelist=*
                %s
                """.formatted(CLIENT_PORT, ensemble);
    }

    /** One of the servers. */
    public final class Server {

        private final int port;
        private final GenericContainer<?> container;

        @SuppressWarnings({"deprecation", "resource"}) // a start must not change the port, or clients would not find it
        private Server(int id, int port) {
            this.port = port;
            this.container = new FixedHostPortGenericContainer<>(ContainerZooKeeper.IMAGE)
                    .withFixedExposedPort(port, CLIENT_PORT)
                    .withNetwork(network)
                    .withCreateContainerCmdModifier(command -> command.withIpv4Address(address(id)))
                    // The image of CI and the official one look for it in different places.
                    .withCopyToContainer(Transferable.of(configuration()), "/zk/conf/zoo.cfg")
                    .withCopyToContainer(Transferable.of(configuration()), "/conf/zoo.cfg")
                    .withCopyToContainer(Transferable.of(String.valueOf(id)), "/data/myid")
                    .withStartupCheckStrategy(new IsRunningStartupCheckStrategy());
        }

        /** Where clients connect to this server. */
        public String connectString() {
            return "localhost:" + port;
        }

        /** Ends the server without warning; its data stay. */
        public void kill() {
            docker.killContainerCmd(container.getContainerId()).exec();
        }

        /** Starts the server again. */
        public void startAgain() {
            docker.startContainerCmd(container.getContainerId()).exec();
        }

        /** Stops the server's processes in the middle of whatever they do; connections stay open and silent. */
        public void pause() {
            docker.pauseContainerCmd(container.getContainerId()).exec();
        }

        /** Lets the server go on. */
        public void unpause() {
            docker.unpauseContainerCmd(container.getContainerId()).exec();
        }

        /** The part that the server plays, {@code leader} or {@code follower}; empty if none. */
        String mode() {
            return answer("srvr")
                    .lines()
                    .filter(line -> line.startsWith("Mode: "))
                    .map(line -> line.substring("Mode: ".length()))
                    .findFirst()
                    .orElse("");
        }

        private String answer(String command) {
            try {
                return FourLetters.ask("localhost", port, command);
            } catch (IllegalStateException doesNotAnswer) {
                return "";
            }
        }
    }
}

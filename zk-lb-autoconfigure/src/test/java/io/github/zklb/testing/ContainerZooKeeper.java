package io.github.zklb.testing;

import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.FixedHostPortGenericContainer;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/** ZooKeeper in a container, at a host port that stays the same over stops and starts. */
public final class ContainerZooKeeper implements ZooKeeperServer {

    static final String IMAGE = "zookeeper:" + System.getProperty("zookeeper.image.version", "3.9.5");
    private static final int CLIENT_PORT = 2181;

    private final int port;
    private final GenericContainer<?> container;

    @SuppressWarnings({"deprecation", "resource"}) // a restart must not change the port, or clients would not find it
    private ContainerZooKeeper(int port) {
        this.port = port;
        this.container = new FixedHostPortGenericContainer<>(IMAGE)
                .withFixedExposedPort(port, CLIENT_PORT)
                .withExposedPorts(CLIENT_PORT)
                .withStartupCheckStrategy(
                        new org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy())
                .waitingFor(Wait.forListeningPorts());
    }

    /** Whether a Docker Engine answers. */
    public static boolean possible() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    /** Starts a server in a container. */
    public static ContainerZooKeeper start(int port) {
        ContainerZooKeeper server = prepare(port);
        server.container.start();
        return server;
    }

    /** A server that is not started yet. */
    public static ContainerZooKeeper prepare(int port) {
        return new ContainerZooKeeper(port);
    }

    @Override
    public String connectString() {
        return "localhost:" + port;
    }

    @Override
    public void stop() {
        container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void restart() {
        if (container.getContainerId() == null) {
            container.start();
        } else {
            container
                    .getDockerClient()
                    .startContainerCmd(container.getContainerId())
                    .exec();
        }
    }

    @Override
    public void close() {
        container.stop();
    }
}

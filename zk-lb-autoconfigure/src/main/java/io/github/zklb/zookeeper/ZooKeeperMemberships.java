package io.github.zklb.zookeeper;

import io.github.zklb.HostSet;
import io.github.zklb.zookeeper.Membership.State;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.curator.utils.ZKPaths;

/**
 * The memberships of the services that one application calls, over one borrowed {@link CuratorFramework}, which is
 * never closed here. Each service is read from its directory when it is first asked for, and watched from then on; one
 * thread works for all of them. Thread-safe.
 */
public final class ZooKeeperMemberships implements AutoCloseable {

    private static final Duration SPREAD_OF_ONE = Duration.ofMillis(1);
    private static final Duration LONGEST_SPREAD = Duration.ofMillis(500);

    private final CuratorFramework client;
    private final Function<String, String> pathOf;
    private final Function<String, MembershipSettings> settingsOf;
    private final WorkerThread worker = new WorkerThread("zk-lb-membership");
    private final Map<String, ServiceMembership> services = new ConcurrentHashMap<>();
    private final Map<String, ServiceLoop> loops = new HashMap<>();
    private final ConnectionStateListener connectionListener = (of, state) -> connection(state);
    private volatile boolean closed;

    /**
     * Starts the worker; no service is read yet.
     *
     * @param client the client, started or not; it stays the caller's
     * @param pathOf the path of a service's directory
     * @param settingsOf the settings of a service
     */
    public ZooKeeperMemberships(
            CuratorFramework client, Function<String, String> pathOf, Function<String, MembershipSettings> settingsOf) {
        this.client = client;
        this.pathOf = pathOf;
        this.settingsOf = settingsOf;
        client.getConnectionStateListenable().addListener(connectionListener, worker);
    }

    /**
     * The membership of a service; the same object at each call. The first call starts to read it and does not wait.
     *
     * @param serviceId the service's id
     * @throws IllegalArgumentException if the service's path or its settings are not valid
     * @throws IllegalStateException if this object is closed
     */
    public ServiceMembership service(String serviceId) {
        ServiceMembership service = services.get(serviceId);
        return service == null ? services.computeIfAbsent(serviceId, this::open) : service;
    }

    /**
     * Ends all memberships: their watches are removed, here and at the server, and the worker ends. What was published
     * last stays readable.
     */
    @Override
    public void close() {
        closed = true;
        client.getConnectionStateListenable().removeListener(connectionListener);
        worker.execute(() -> loops.values().forEach(ServiceLoop::close));
        worker.close();
    }

    private ServiceMembership open(String serviceId) {
        if (closed) {
            throw new IllegalStateException("the memberships are closed");
        }
        String path = ZKPaths.fixForNamespace(client.getNamespace(), pathOf.apply(serviceId));
        MembershipSettings settings = settingsOf.apply(serviceId);
        Causes causes =
                new Causes(serviceId, path, () -> client.getZookeeperClient().getCurrentConnectionString());
        Instant now = worker.wallClock();
        Membership initial = new Membership(HostSet.EMPTY, State.LOADING, causes.loading(causes.noAnswer(now)), now, 0);
        ServiceMembership membership = new ServiceMembership(serviceId, initial, worker, () -> tell(serviceId, ServiceLoop::refresh), endpoint -> tell(serviceId, loop -> loop.refused(endpoint)));
        MembershipView view = new MembershipView(settings, worker, causes, new Publisher(worker, membership));
        PassPace pace = new PassPace(new Random(), worker.nanoTime());
        ServiceLoop loop = new ServiceLoop(path, settings, worker, this::reader, view, pace);
        worker.execute(() -> start(serviceId, loop));
        return membership;
    }

    private DirectoryReader reader(String path, MembershipSettings settings, DirectoryReader.Signals signals) {
        return new ZooKeeperDirectoryReader(
                () -> client.getZookeeperClient().getZooKeeper(), worker, path, settings, signals);
    }

    private void start(String serviceId, ServiceLoop loop) {
        loops.put(serviceId, loop);
        if (client.getZookeeperClient().isConnected()) {
            loop.connected();
        }
    }

    private void tell(String serviceId, Consumer<ServiceLoop> what) {
        ServiceLoop loop = loops.get(serviceId);
        if (loop != null) {
            what.accept(loop);
        }
    }

    private void connection(ConnectionState state) {
        Consumer<ServiceLoop> tell = switch (state) {
            case CONNECTED -> ServiceLoop::connected;
            case RECONNECTED, READ_ONLY -> loop -> loop.reconnected(spread());
            case SUSPENDED, LOST -> ServiceLoop::disconnected;
        };
        loops.values().forEach(tell);
    }

    /** One service is read again at once; many are not read all in the same moment. */
    private Duration spread() {
        Duration all = SPREAD_OF_ONE.multipliedBy(loops.size() - 1L);
        return all.compareTo(LONGEST_SPREAD) < 0 ? all : LONGEST_SPREAD;
    }
}

package io.github.zklb.zookeeper.membership;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Causes;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceLoop;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.store.LastGoodStore;
import io.github.zklb.zookeeper.AnswerCheck;
import io.github.zklb.zookeeper.ClientSecurity;
import io.github.zklb.zookeeper.ConnectionTrouble;
import io.github.zklb.zookeeper.NoZooKeeperException;
import io.github.zklb.zookeeper.NodeFormat;
import io.github.zklb.zookeeper.ReadingLimits;
import io.github.zklb.zookeeper.membership.ZooKeeperDirectoryReader.Directory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.curator.utils.ZKPaths;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memberships of the services that one application calls, over one borrowed {@link CuratorFramework}, which is
 * never closed here. Each service is read from its directory when it is first asked for, and watched from then on; one
 * thread works for all of them. Thread-safe.
 */
public final class ZooKeeperMemberships implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperMemberships.class);

    /** What a reading may cost the ensemble, in the time for which it is to be spread. */
    private static final Duration FOR_A_SERVICE = Duration.ofMillis(10);

    private static final Duration FOR_AN_ENDPOINT = Duration.ofMillis(20);
    private static final int ENDPOINTS_AT_ONCE = 100;

    private final CuratorFramework client;
    private final Function<String, String> pathOf;
    private final Function<String, MembershipSettings> settingsOf;
    private final @Nullable LastGoodStore store;
    private final ClientSecurity security;
    private final NodeFormat format;
    private final ConnectionTrouble trouble;
    private final WorkerThread worker = new WorkerThread("zk-lb-membership");
    private final Causes.StateLines lines = new Causes.StateLines(worker);
    private final ClientRequests requests = new ClientRequests(worker);
    private final Map<String, ServiceMembership> services = new ConcurrentHashMap<>();
    private final List<ServiceLoop> loops = new ArrayList<>();
    private final ConnectionStateListener connectionListener = (of, state) -> connection(state);
    private volatile boolean closed;
    private volatile @Nullable Instant silentSince;

    /** Memberships without a last-good store, over a client without security of its own, of registrations in JSON. */
    public ZooKeeperMemberships(
            CuratorFramework client, Function<String, String> pathOf, Function<String, MembershipSettings> settingsOf) {
        this(client, pathOf, settingsOf, null, ClientSecurity.NONE, NodeFormat.JSON);
    }

    /**
     * Starts the worker; no service is read yet.
     *
     * @param client the client, started or not; it stays the caller's
     * @param pathOf the path of a service's directory
     * @param settingsOf the settings of a service
     * @param store where the last good endpoints of each service are kept, if anywhere; it stays the caller's
     * @param security how the client was made to connect, which tells what may hinder it
     * @param format how the registrations stand in their nodes
     */
    public ZooKeeperMemberships(
            CuratorFramework client,
            Function<String, String> pathOf,
            Function<String, MembershipSettings> settingsOf,
            @Nullable LastGoodStore store,
            ClientSecurity security,
            NodeFormat format) {
        this.store = store;
        this.client = client;
        this.pathOf = pathOf;
        this.settingsOf = settingsOf;
        this.security = security;
        this.format = format;
        this.silentSince = worker.wallClock();
        this.trouble = new ConnectionTrouble(client, security, () -> worker.execute(this::troubled));
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

    /** The services that were asked for so far, by their ids. */
    public List<ServiceMembership> opened() {
        return services.values().stream()
                .sorted(Comparator.comparing(ServiceMembership::serviceId))
                .toList();
    }

    /** Ends the membership of a service that nobody asks for any more: its watch is removed. The next call starts anew. */
    public void forget(String serviceId) {
        ServiceMembership gone = services.remove(serviceId);
        worker.execute(() -> loops.removeIf(loop -> {
            boolean its = loop.membership() == gone;
            if (its) {
                loop.close();
            }
            return its;
        }));
    }

    /** What others that read over the same connection keep to, by settings that are not those of one service. */
    public ReadingLimits limits(MembershipSettings settings) {
        return new ClientLimits(worker, requests, this::spread, settings);
    }

    /** What hinders the connection to ZooKeeper, as far as it is known, in words that are safe in a log. */
    public Optional<String> trouble() {
        return trouble.words();
    }

    /**
     * Waits until ZooKeeper answers.
     *
     * @throws NoZooKeeperException if it does not within the time given, or the thread is interrupted (and stays so)
     */
    public void requireAnswer(Duration atMost) {
        if (!AnswerCheck.answers(client, atMost)) {
            String reason = Thread.currentThread().isInterrupted()
                    ? " had not answered when the start was interrupted"
                    : " did not answer within " + atMost.toMillis() + " ms";
            throw new NoZooKeeperException(Message.NO_ANSWER_AT_THE_START.of("ZooKeeper at "
                    + Printable.of(client.getZookeeperClient().getCurrentConnectionString())
                    + reason + ", and zk-lb.membership.fail-fast is set"
                    + trouble().map(words -> ": " + words).orElse("")));
        }
    }

    /**
     * Ends all memberships: their watches are removed, here and at the server, and the worker ends. What was published
     * last stays readable.
     */
    @Override
    public void close() {
        closed = true;
        services.values().forEach(service -> keep(service, service.served()));
        client.getConnectionStateListenable().removeListener(connectionListener);
        trouble.close();
        worker.execute(() -> loops.forEach(ServiceLoop::close));
        worker.close();
    }

    private ServiceMembership open(String serviceId) {
        if (closed) {
            throw new IllegalStateException("the memberships are closed");
        }
        String path = path(serviceId);
        MembershipSettings settings = settingsOf.apply(serviceId);
        Causes causes = new Causes(
                serviceId,
                path,
                () -> client.getZookeeperClient().getCurrentConnectionString(),
                trouble::words,
                () -> !requests.takesWatches(),
                security.identity(),
                () -> Optional.ofNullable(silentSince),
                lines);
        Directory directory = new Directory(
                () -> client.getZookeeperClient().getZooKeeper(),
                worker,
                requests,
                path,
                settings.readTimeout(),
                format);
        ServiceLoop loop = new ServiceLoop(
                serviceId,
                settings,
                worker,
                causes,
                signals -> new ZooKeeperDirectoryReader(directory, signals),
                new Random());
        worker.execute(() -> start(loop, settings));
        return loop.membership();
    }

    private void start(ServiceLoop loop, MembershipSettings settings) {
        ServiceMembership service = loop.membership();
        loops.add(loop);
        if (store != null) {
            loop.restore(store.load(service.serviceId(), path(service.serviceId()), settings.allowed()));
            service.keep(membership -> keep(service, membership));
        }
        if (client.getZookeeperClient().isConnected()) {
            connected();
            loop.connected();
        } else {
            loop.disconnected();
        }
    }

    private void keep(ServiceMembership service, Membership membership) {
        if (store != null) {
            store.save(service.serviceId(), path(service.serviceId()), membership);
        }
    }

    private String path(String serviceId) {
        return ZKPaths.fixForNamespace(client.getNamespace(), pathOf.apply(serviceId));
    }

    private void connection(ConnectionState state) {
        if (state == ConnectionState.LOST) {
            trouble.lost();
        }
        if (state.isConnected()) {
            connected();
        } else {
            disconnected();
        }
        Consumer<ServiceLoop> tell = switch (state) {
            case CONNECTED -> ServiceLoop::connected;
            case RECONNECTED, READ_ONLY -> reconnected();
            case SUSPENDED, LOST -> ServiceLoop::disconnected;
        };
        loops.forEach(tell);
    }

    /** Curator posts no state when ZooKeeper refuses the client's authentication, nor always when it takes it again. */
    private void troubled() {
        boolean connected = client.getZookeeperClient().isConnected();
        silentSince = connected ? null : silentSince;
        loops.forEach(connected ? reconnected() : ServiceLoop::disconnected);
    }

    private void connected() {
        silentSince = null;
        try {
            requests.connected(client.getZookeeperClient().getZooKeeper().getSessionId());
        } catch (Exception e) {
            log.debug("The session is not known", e); // it is broken again: there will be another event
        }
    }

    private void disconnected() {
        if (silentSince == null) {
            silentSince = worker.wallClock();
        }
    }

    private Consumer<ServiceLoop> reconnected() {
        Duration spread = spread();
        return loop -> loop.reconnected(spread);
    }

    /**
     * The time over which the readings after a reconnection are spread: whoever lost its connection did so together with
     * others, about as many as there are endpoints. A single service that is not large is read at once.
     */
    private Duration spread() {
        int endpoints = services.values().stream()
                .mapToInt(service -> service.current().hosts().size())
                .sum();
        return FOR_A_SERVICE
                .multipliedBy(Math.max(0, services.size() - 1))
                .plus(FOR_AN_ENDPOINT.multipliedBy(Math.max(0, endpoints - ENDPOINTS_AT_ONCE)));
    }
}

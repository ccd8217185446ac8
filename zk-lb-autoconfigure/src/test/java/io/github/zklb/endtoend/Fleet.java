package io.github.zklb.endtoend;

import static java.util.stream.Collectors.toSet;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.Membership;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.VanishingServer;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;

/** Real servers of one service, registered and deregistered as a fleet is: all in one moment. */
final class Fleet implements AutoCloseable {

    private final CuratorFramework zookeeper;
    private final ServiceEngine engine;
    private final String serviceId;
    private final List<VanishingServer> servers = new ArrayList<>();

    Fleet(CuratorFramework zookeeper, Consumer consumer, String serviceId) throws Exception {
        this.zookeeper = zookeeper;
        this.serviceId = serviceId;
        this.engine = consumer.context().getBean(ServiceEngines.class).engine(serviceId);
        zookeeper.create().creatingParentsIfNeeded().forPath(ZooKeeperBench.path(serviceId));
    }

    /** Starts servers that are registered nowhere. */
    List<VanishingServer> start(String prefix, int count) throws Exception {
        List<VanishingServer> started = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            VanishingServer server = VanishingServer.start(prefix + i);
            servers.add(server);
            started.add(server);
        }
        return started;
    }

    /** Registers some and deregisters others in one moment, and waits until that is published. */
    void change(List<VanishingServer> come, Map<String, String> metadata, List<VanishingServer> go) throws Exception {
        List<CuratorOp> changes = new ArrayList<>();
        for (VanishingServer each : come) {
            changes.add(zookeeper.transactionOp().create().forPath(path(each), node(each, metadata)));
        }
        for (VanishingServer each : go) {
            changes.add(zookeeper.transactionOp().delete().forPath(path(each)));
        }
        Set<String> expected = new HashSet<>(zookeeper.getChildren().forPath(ZooKeeperBench.path(serviceId)));
        come.forEach(each -> expected.add(each.name()));
        go.forEach(each -> expected.remove(each.name()));
        zookeeper.transaction().forOperations(changes);
        await().until(() -> isPublished(expected));
    }

    void register(List<VanishingServer> come) throws Exception {
        change(come, Map.of(), List.of());
    }

    void deregister(List<VanishingServer> go) throws Exception {
        change(List.of(), Map.of(), go);
    }

    /** Takes them out of service, all in one moment, and waits until that is published. */
    void drain(List<VanishingServer> drained) throws Exception {
        List<CuratorOp> changes = new ArrayList<>();
        for (VanishingServer each : drained) {
            byte[] node = node(each, Map.of("instance_status", "OUT_OF_SERVICE"));
            changes.add(zookeeper.transactionOp().setData().forPath(path(each), node));
        }
        zookeeper.transaction().forOperations(changes);
        await().until(() -> count(Reason.NOT_UP) == drained.size());
    }

    private static byte[] node(VanishingServer server, Map<String, String> metadata) {
        return ZooKeeperBench.json(server.name(), "127.0.0.1", server.port(), metadata);
    }

    private String path(VanishingServer server) {
        return ZooKeeperBench.path(serviceId, server.name());
    }

    private boolean isPublished(Set<String> ids) {
        Membership registered = Objects.requireNonNull(engine.membership()).current();
        return names(registered.hosts()).equals(ids)
                && engine.snapshot() != null
                && Objects.requireNonNull(engine.snapshot()).membership().version() == registered.version();
    }

    private static Set<String> names(HostSet hosts) {
        return hosts.endpoints().stream().map(Endpoint::id).collect(toSet());
    }

    /** What is known of the service: what is registered, and what is held. */
    Membership known() {
        return Objects.requireNonNull(engine.known());
    }

    int count(Reason reason) {
        return engine.snapshots().count(reason);
    }

    /** Their hosts vanish, side by side. */
    static void vanish(List<VanishingServer> servers) throws Exception {
        ExecutorService each = Executors.newFixedThreadPool(servers.size());
        try {
            List<Callable<Void>> all = new ArrayList<>();
            for (VanishingServer server : servers) {
                all.add(() -> {
                    server.vanish();
                    return null;
                });
            }
            for (Future<Void> vanished : each.invokeAll(all)) {
                vanished.get();
            }
        } finally {
            each.shutdown();
        }
    }

    static Set<String> namesOf(List<VanishingServer> servers) {
        return servers.stream().map(VanishingServer::name).collect(toSet());
    }

    @Override
    public void close() throws Exception {
        for (VanishingServer each : servers) {
            each.close();
        }
    }
}

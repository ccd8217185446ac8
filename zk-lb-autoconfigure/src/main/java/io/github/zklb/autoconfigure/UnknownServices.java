package io.github.zklb.autoconfigure;

import io.github.zklb.Message;
import io.github.zklb.autoconfigure.properties.PropertyKeys;
import io.github.zklb.codec.Printable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/**
 * Warns of the services that have settings and that ZooKeeper does not know when the application has run for a minute: the
 * id has a typing error, or the service is gone. It asks on a thread of its own, and again after each minute in which
 * ZooKeeper does not answer.
 */
final class UnknownServices implements SmartInitializingSingleton, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UnknownServices.class);

    private final Collection<String> serviceIds;
    private final Predicate<String> isElsewhere;
    private final CuratorFramework curator;
    private final ServicePaths paths;
    private final Supplier<CompletableFuture<Void>> minute;
    private volatile CompletableFuture<Void> wait = CompletableFuture.completedFuture(null);

    /**
     * Asks nothing yet.
     *
     * @param serviceIds the services with settings of their own
     * @param isElsewhere whether a service does not come from ZooKeeper; asked of those that it does not have, and may block
     * @param curator borrowed
     * @param minute begins to wait for a minute
     */
    UnknownServices(
            Collection<String> serviceIds,
            Predicate<String> isElsewhere,
            CuratorFramework curator,
            ServicePaths paths,
            Supplier<CompletableFuture<Void>> minute) {
        this.serviceIds = serviceIds;
        this.isElsewhere = isElsewhere;
        this.curator = curator;
        this.paths = paths;
        this.minute = minute;
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (!serviceIds.isEmpty()) {
            wait = minute.get();
            var unused = wait.thenRunAsync(this::look, task -> new Thread(task, "zk-lb-unknown-services").start());
        }
    }

    /** Whether another registry has a service, or does not say which it has. */
    static boolean mayHave(DiscoveryClient registry, String id) {
        try {
            return registry.getServices().stream().anyMatch(id::equalsIgnoreCase);
        } catch (RuntimeException e) {
            log.debug("{} does not say which services it has", registry.description(), e);
            return true;
        }
    }

    /** Asks ZooKeeper at once, and waits for its answer. */
    void look() {
        try {
            List<String> known = known();
            List<String> unknown = new ArrayList<>();
            for (String id : serviceIds) {
                if (!isInZooKeeper(id) && !isElsewhere.test(id)) {
                    Optional<String> nearest = PropertyKeys.nearest(id, known).map(Printable::of);
                    unknown.add(Printable.of(id)
                            + nearest.map(name -> " (the nearest is " + name + ")")
                                    .orElse(""));
                }
            }
            if (!unknown.isEmpty()) {
                log.warn(
                        Message.A_SERVICE_THAT_ZOOKEEPER_DOES_NOT_HAVE.of(
                                "ZooKeeper has no service of these ids, for which there are settings below zk-lb.services: {}"),
                        String.join(", ", unknown));
            }
        } catch (Exception e) {
            log.debug("ZooKeeper does not say which services it has", e);
            if (!wait.isCancelled()) {
                afterSingletonsInstantiated();
            }
        }
    }

    private boolean isInZooKeeper(String id) throws Exception {
        try {
            return curator.checkExists().forPath(paths.of(id)) != null;
        } catch (IllegalArgumentException e) {
            return false; // no path can be made of it
        }
    }

    private List<String> known() throws Exception {
        try {
            return curator.getChildren().forPath(paths.directory());
        } catch (KeeperException.NoAuthException | KeeperException.NoNodeException e) {
            return List.of();
        }
    }

    @Override
    public void close() {
        wait.cancel(false);
    }
}

package io.github.zklb.zookeeper.policy;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Worker.Alarm;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.policy.SettingLayers.Check;
import io.github.zklb.zookeeper.ReadingLimits;
import io.github.zklb.zookeeper.policy.OverlayPass.Found;
import io.github.zklb.zookeeper.policy.OverlayPass.Known;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The overlays and policies of the services that one application calls, over one borrowed {@link CuratorFramework}. One watch
 * tells of all; what it tells of is read again. Once a minute one request asks whether anything else has changed, and so does
 * one after each connection, at the time that the memberships have for their readings. Nothing is read before a service
 * asks. Thread-safe.
 */
public final class ZooKeeperOverlays implements OverlaySource, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperOverlays.class);
    static final Duration VERIFY = Duration.ofMinutes(1);
    private static final Duration LEAST_SPREAD = Duration.ofSeconds(1);
    private static final int FAILURES_TO_FORGET = 2;
    private static final int FAILURES_TO_TELL = 4;

    private final CuratorFramework client;
    private final ReadingLimits limits;
    private final String application;
    private final PolicyPaths paths;
    private final WorkerThread worker = new WorkerThread("zk-lb-policy");
    private final ConnectionStateListener connectionListener = (of, state) -> connection(state);
    private final Watcher watcher = this::signal;
    private final Alarm pass = new Alarm(worker, this::read);
    private final Alarm verification = new Alarm(worker, () -> look(false));
    private final Set<Subscription> subscriptions = new HashSet<>();
    private final Map<String, Known> known = new HashMap<>();
    private final Check check;
    private OverlayRequests.Server server = new OverlayRequests.Server(0);
    private final SeenNodes seen;
    private final Duration verify;
    private final Set<String> dirty = new HashSet<>();
    private final Set<String> told = new HashSet<>();
    private final OverlayPace pace = new OverlayPace(new Random(), worker.nanoTime());
    private boolean reading;
    private boolean open;
    private volatile boolean closed;

    /**
     * Reads nothing yet. The client, started or not, stays the caller's. Operators write below the root; the check is for settings.
     *
     * @param limits what the readings over this client keep to
     * @throws io.github.zklb.InvalidSettingException if the root is no path of a node of its own
     */
    public ZooKeeperOverlays(
            CuratorFramework client, ReadingLimits limits, String root, String application, Check check) {
        this(client, limits, root, application, check, VERIFY);
    }

    /** The same, asking at another interval. */
    ZooKeeperOverlays(
            CuratorFramework client,
            ReadingLimits limits,
            String root,
            String application,
            Check check,
            Duration verify) {
        this.client = client;
        this.limits = limits;
        this.application = application;
        this.paths = PolicyPaths.of(client.getNamespace(), root);
        this.seen = new SeenNodes(paths);
        this.check = check;
        this.verify = verify;
        client.getConnectionStateListenable().addListener(connectionListener, worker);
    }

    @Override
    public String application() {
        return application;
    }

    @Override
    public Watched watch(String serviceId, Runnable changed) {
        Subscription subscription = new Subscription(PolicyPaths.directory(serviceId), changed, this::end);
        worker.execute(() -> {
            subscriptions.add(subscription);
            dirty.add(subscription.directory());
            request();
        });
        return subscription;
    }

    private void end(Subscription subscription) {
        worker.execute(() -> {
            subscriptions.remove(subscription);
            known.keySet().retainAll(wanted());
            seen.retain(wanted());
        });
    }

    private void connection(ConnectionState state) {
        if (state == ConnectionState.CONNECTED || state == ConnectionState.RECONNECTED) {
            Duration spread = state == ConnectionState.CONNECTED ? Duration.ZERO : limits.spread(LEAST_SPREAD);
            pace.connected(spread, worker.nanoTime());
            request();
        }
    }

    /** Called on ZooKeeper's event thread. */
    private void signal(WatchedEvent event) {
        String path = event.getPath();
        if (path == null || closed) {
            return;
        }
        String directory = paths.directoryOf(path);
        worker.execute(() -> {
            if (event.getType() == Watcher.Event.EventType.PersistentWatchRemoved) {
                pace.watchLost();
            }
            dirty.addAll(directory.isEmpty() ? wanted() : Set.of(directory));
            dirty.retainAll(wanted());
            request();
        });
    }

    private void request() {
        if (reading || closed || subscriptions.isEmpty()) {
            return;
        }
        long now = worker.nanoTime();
        if (pace.isNew()) {
            pass.setFor(known.isEmpty() ? pace.first(now) : pace.renewal(now));
        }
        if (!dirty.isEmpty()) {
            boolean isAwaited = !subscriptions.stream().allMatch(Subscription::areRead);
            pass.setFor(isAwaited ? pace.first(now) : pace.change(dirty.contains(OverlayNode.ALL), now));
        }
    }

    /**
     * Asks whether anything has changed of which no watch has told.
     *
     * @param anew whether the connection is another, which is to tell from now on
     */
    private void look(boolean anew) {
        if (reading
                || closed
                || pace.isNew() != anew
                || !client.getZookeeperClient().isConnected()) {
            return; // with the connection this is due again
        }
        reading = true;
        pace.begun(anew, worker.nanoTime());
        var unused = ask(requests -> requests.watch(anew, paths.root(), watcher)
                        .thenCombine(seen.changed(requests, wanted()), (watched, changed) -> changed))
                .whenCompleteAsync(
                        (changed, failure) -> {
                            if (changed != null) {
                                dirty.addAll(changed);
                            }
                            ended(true, failure);
                        },
                        worker);
    }

    private Set<String> wanted() {
        Set<String> wanted = new HashSet<>(Set.of(OverlayNode.ALL));
        subscriptions.forEach(each -> wanted.add(each.directory()));
        return wanted;
    }

    private void read() {
        if (reading || closed || !client.getZookeeperClient().isConnected()) {
            return; // with the connection comes another request
        }
        boolean isFirst = known.isEmpty();
        if (!isFirst && pace.isRenewalDue(worker.nanoTime())) {
            look(true);
            return;
        }
        Set<String> directories = wanted();
        directories.removeIf(each -> !isFirst && !dirty.contains(each));
        dirty.clear();
        if (directories.isEmpty()) {
            request();
            return;
        }
        boolean withAcl = directories.contains(OverlayNode.ALL); // of a change of an ACL no watch tells
        boolean anew = pace.isNew() && isFirst;
        reading = true;
        pace.begun(anew, worker.nanoTime());
        var unused = ask(requests -> requests.watch(anew, paths.root(), watcher)
                        .thenCombine(
                                new OverlayPass(requests, paths, worker, check, Map.copyOf(known))
                                        .read(directories, withAcl),
                                (watched, found) -> {
                                    worker.execute(() -> seen.take(requests.seen(), directories, withAcl));
                                    return found;
                                }))
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (found == null) {
                                dirty.addAll(directories);
                            } else if (!closed) {
                                take(found);
                            }
                            ended(anew, failure);
                        },
                        worker);
    }

    private <T> CompletableFuture<T> ask(Function<OverlayRequests, CompletableFuture<T>> question) {
        try {
            ZooKeeper zooKeeper = client.getZookeeperClient().getZooKeeper();
            server = server.of(zooKeeper.getSessionId());
            return question.apply(new OverlayRequests(zooKeeper, limits, server));
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void ended(boolean anew, @Nullable Throwable failure) {
        reading = false;
        long now = worker.nanoTime();
        int failures = failure == null ? 0 : pace.failed(anew, now);
        if (failure == null) {
            pace.succeeded(now);
            verification.setFor(pace.tick(server.keepsWatches() ? verify : OverlayPace.POLL, now));
        } else if (failures == FAILURES_TO_FORGET) {
            seen.forget(); // a node may have become too large for an answer: sizes are asked first
            dirty.addAll(wanted());
        } else if (failures == FAILURES_TO_TELL && !closed) {
            log.warn(
                    Message.OVERLAYS_CANNOT_BE_READ.of(
                            "Overlays cannot be read below {}: the overlays that this application has read count until they expire. The reason is {}"),
                    Printable.of(paths.overlays()),
                    Printable.of(String.valueOf(failure)));
        }
        request();
    }

    private void take(Found found) {
        known.putAll(found.byDirectory());
        known.keySet().retainAll(wanted());
        seen.retain(wanted());
        open = found.open() == null ? open : found.open().ofAll();
        found.tell(paths, this::tellOnce);
        Known ofAll = open ? null : known.get(OverlayNode.ALL);
        for (Subscription each : List.copyOf(subscriptions)) {
            Known own = known.get(each.directory());
            if (own != null) { // else it was not there when this reading began
                each.take(ofAll == null ? List.of() : ofAll.overlays(), own);
            }
        }
    }

    private void tellOnce(Message message, String text) {
        if (told.add(text)) {
            log.warn("{}", message.of(text));
        }
    }

    /** Ends the watch and the thread; what was read last stays readable. */
    @Override
    public void close() {
        closed = true;
        client.getConnectionStateListenable().removeListener(connectionListener);
        worker.execute(this::end);
        worker.close();
    }

    private void end() {
        pass.clear();
        verification.clear();
        if (!pace.isNew()) {
            var unused = ask(requests -> requests.unwatch(paths.root()));
        }
    }
}

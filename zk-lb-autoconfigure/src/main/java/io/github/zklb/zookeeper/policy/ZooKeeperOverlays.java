package io.github.zklb.zookeeper.policy;

import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Worker.Alarm;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.zookeeper.policy.OverlayPass.Found;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The overlays of the services that one application calls, over one borrowed {@link CuratorFramework}. One watch tells of all of
 * them; what it tells of is read again, and everything after each connection and once a minute. Nothing is read before a
 * service asks for its overlays. Thread-safe.
 */
public final class ZooKeeperOverlays implements OverlaySource, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperOverlays.class);
    private static final Duration VERIFY = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final Duration RECONNECT_SPREAD = Duration.ofSeconds(1);
    private static final Duration FIRST_RETRY = Duration.ofMillis(250);
    private static final Duration LAST_RETRY = Duration.ofMinutes(5);

    private final CuratorFramework client;
    private final String application;
    private final PolicyPaths paths;
    private final WorkerThread worker = new WorkerThread("zk-lb-policy");
    private final ConnectionStateListener connectionListener = (of, state) -> connection(state);
    private final Watcher watcher = this::signal;
    private final Alarm pass = new Alarm(worker, this::read);
    private final Alarm verification = new Alarm(worker, this::verify);
    private final Set<Subscriber> subscribers = new HashSet<>();
    private final Map<String, List<OverlayNode>> known = new HashMap<>();
    private final Set<String> dirty = new HashSet<>();
    private final Set<String> told = new HashSet<>();
    private boolean renew = true;
    private boolean watched = true;
    private boolean reading;
    private boolean open;
    private int failures;
    private long begun = worker.nanoTime();
    private long restUntil = begun;
    private volatile boolean closed;

    /**
     * Reads nothing yet.
     *
     * @param client the client, started or not; it stays the caller's
     * @param root the path below which operators write
     * @param application the name of this application
     * @throws io.github.zklb.InvalidSettingException if the root is no path of a node of its own
     */
    public ZooKeeperOverlays(CuratorFramework client, String root, String application) {
        this.client = client;
        this.application = application;
        this.paths = PolicyPaths.of(client.getNamespace(), root);
        client.getConnectionStateListenable().addListener(connectionListener, worker);
    }

    private final class Subscriber implements Watched {

        private final String directory;
        private final Runnable changed;
        private volatile List<OverlayNode> nodes = List.of();

        Subscriber(String serviceId, Runnable changed) {
            this.directory = PolicyPaths.directory(serviceId);
            this.changed = changed;
        }

        @Override
        public List<OverlayNode> nodes() {
            return nodes;
        }

        void take(List<OverlayNode> next) {
            if (!next.equals(nodes)) {
                nodes = next;
                changed.run();
            }
        }

        @Override
        public void close() {
            worker.execute(() -> {
                subscribers.remove(this);
                known.keySet().retainAll(wanted());
            });
        }
    }

    @Override
    public String application() {
        return application;
    }

    @Override
    public Watched watch(String serviceId, Runnable changed) {
        Subscriber subscriber = new Subscriber(serviceId, changed);
        worker.execute(() -> {
            subscribers.add(subscriber);
            dirty.add(subscriber.directory);
            request(Duration.ZERO);
        });
        return subscriber;
    }

    private void connection(ConnectionState state) {
        if (state == ConnectionState.CONNECTED || state == ConnectionState.RECONNECTED) {
            renew = true;
            long spread = state == ConnectionState.CONNECTED ? 1 : RECONNECT_SPREAD.toMillis();
            request(Duration.ofMillis(ThreadLocalRandom.current().nextLong(spread)));
        }
    }

    /** Called on ZooKeeper's event thread. */
    private void signal(WatchedEvent event) {
        String path = event.getPath();
        if (path == null || closed) {
            return;
        }
        int length = paths.overlays().length();
        String below = path.length() > length ? path.substring(length + 1) : "";
        worker.execute(() -> {
            renew |= event.getType() == EventType.PersistentWatchRemoved;
            dirty.addAll(below.isEmpty() ? wanted() : Set.of(below.replaceFirst("/.*", "")));
            dirty.retainAll(wanted());
            requestIfDue();
        });
    }

    private void request(Duration delay) {
        if (!reading && !closed && !subscribers.isEmpty()) {
            long now = worker.nanoTime();
            pass.setFor(now + Math.max(delay.toNanos(), restUntil - now));
        }
    }

    private void verify() {
        dirty.addAll(wanted());
        requestIfDue();
    }

    /** What concerns all services is read by all applications, which therefore do not ask at the same moment. */
    private void requestIfDue() {
        if (renew || !dirty.isEmpty()) {
            boolean forAll = renew || dirty.contains(OverlayNode.ALL);
            request(Duration.ofMillis(forAll ? ThreadLocalRandom.current().nextLong(100) : 0));
        }
    }

    private Set<String> wanted() {
        Set<String> wanted = subscribers.stream().map(each -> each.directory).collect(Collectors.toSet());
        wanted.add(OverlayNode.ALL);
        return wanted;
    }

    private void read() {
        if (reading || closed || !client.getZookeeperClient().isConnected()) {
            return; // with the connection comes another request
        }
        Set<String> directories = wanted();
        if (!renew) {
            directories.retainAll(dirty);
        }
        boolean withAcl = directories.contains(OverlayNode.ALL); // of a change of an ACL no watch tells
        boolean anew = renew;
        renew = false;
        dirty.clear();
        reading = true;
        begun = worker.nanoTime();
        var unused = ask(directories, withAcl, anew)
                .orTimeout(10, TimeUnit.SECONDS)
                .whenCompleteAsync((found, failure) -> ended(found, failure, anew, directories), worker);
    }

    private CompletableFuture<Found> ask(Set<String> directories, boolean withAcl, boolean anew) {
        try {
            OverlayRequests requests =
                    new OverlayRequests(client.getZookeeperClient().getZooKeeper());
            CompletableFuture<Boolean> watch = CompletableFuture.completedFuture(watched);
            if (anew) {
                watch = requests.watch(paths.overlays(), watcher);
                requests.sync(paths.overlays());
            }
            OverlayPass reading = new OverlayPass(requests, paths, Map.copyOf(known));
            return watch.thenCombineAsync(
                    reading.read(directories, withAcl),
                    (isWatched, found) -> {
                        watched = isWatched;
                        return found;
                    },
                    worker);
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void ended(@Nullable Found found, @Nullable Throwable failure, boolean anew, Set<String> directories) {
        reading = false;
        if (closed) {
            return;
        }
        if (found == null) {
            renew |= anew;
            dirty.addAll(directories);
            failed(failure);
            return;
        }
        failures = 0;
        long now = worker.nanoTime();
        restUntil = now + Math.min(3 * (now - begun), POLL.toNanos()); // at most a quarter of the time is reading
        take(found);
        double interval = (watched ? VERIFY : POLL).toNanos();
        verification.setFor(now + (long) (interval * ThreadLocalRandom.current().nextDouble(0.8, 1.2)));
        requestIfDue();
    }

    /** Each failure may have broken the connection of all, so that they become rare. */
    private void failed(@Nullable Throwable failure) {
        failures++;
        Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures, 12));
        if (failures == 4) {
            log.warn(
                    "Overlays cannot be read below {}: those that are known count until they expire. The reason is {}",
                    Printable.of(paths.overlays()),
                    Printable.of(String.valueOf(failure)));
        }
        restUntil = worker.nanoTime() + Math.min(wait.toNanos(), LAST_RETRY.toNanos());
        request(Duration.ZERO);
    }

    private void take(Found found) {
        known.putAll(found.byDirectory());
        known.keySet().retainAll(wanted());
        open = found.open() == null ? open : found.open();
        found.tooMany()
                .forEach(each -> tellOnce("more than " + OverlayNode.MOST + " nodes are in "
                        + Printable.of(paths.overlays(each)) + ": it is not read again before there are fewer"));
        if (open) {
            tellOnce(
                    "Everybody may write below " + Printable.of(paths.root())
                            + ", by the ACLs of its first nodes: overlays of all services are ignored until only operators may");
        }
        List<OverlayNode> ofAll = open ? List.of() : known.getOrDefault(OverlayNode.ALL, List.of());
        for (Subscriber each : List.copyOf(subscribers)) {
            List<OverlayNode> nodes = new ArrayList<>(ofAll);
            nodes.addAll(known.getOrDefault(each.directory, List.of()));
            each.take(List.copyOf(nodes));
        }
    }

    private void tellOnce(String warning) {
        if (told.add(warning)) {
            log.warn("{}", warning);
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
        try {
            if (!renew) {
                new OverlayRequests(client.getZookeeperClient().getZooKeeper()).unwatch(paths.overlays());
            }
        } catch (Exception e) {
            log.debug("The watch on {} was not removed", Printable.of(paths.overlays()), e);
        }
    }
}

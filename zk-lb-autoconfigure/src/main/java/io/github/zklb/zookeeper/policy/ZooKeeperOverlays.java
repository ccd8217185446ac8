package io.github.zklb.zookeeper.policy;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Worker.Alarm;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.policy.SettingLayers.Check;
import io.github.zklb.zookeeper.policy.OverlayPass.Found;
import io.github.zklb.zookeeper.policy.OverlayPass.Known;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The overlays and policies of the services that one application calls, over one borrowed {@link CuratorFramework}. One watch
 * tells of all; what it tells of is read again, and everything after each connection. Once a minute one request asks whether
 * anything else has changed. Nothing is read before a service asks. Thread-safe.
 */
public final class ZooKeeperOverlays implements OverlaySource, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperOverlays.class);
    static final Duration VERIFY = Duration.ofMinutes(1);
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
    private final Set<Subscription> subscriptions = new HashSet<>();
    private final Map<String, Known> known = new HashMap<>();
    private final Check check;
    private final OverlayRequests.Server server = new OverlayRequests.Server();
    private final SeenNodes seen;
    private final Duration verify;
    private final Set<String> dirty = new HashSet<>();
    private final Set<String> told = new HashSet<>();
    private boolean renew = true;
    private boolean reading;
    private boolean open;
    private int failures;
    private long begun = worker.nanoTime();
    private long restUntil = begun;
    private volatile boolean closed;

    /**
     * Reads nothing yet. The client, started or not, stays the caller's. Operators write below the root; the check is for settings.
     *
     * @throws io.github.zklb.InvalidSettingException if the root is no path of a node of its own
     */
    public ZooKeeperOverlays(CuratorFramework client, String root, String application, Check check) {
        this(client, root, application, check, VERIFY);
    }

    /** The same, asking at another interval. */
    ZooKeeperOverlays(CuratorFramework client, String root, String application, Check check, Duration verify) {
        this.client = client;
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
            request(Duration.ZERO);
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
        String directory = paths.directoryOf(path);
        worker.execute(() -> {
            renew |= event.getType() == Watcher.Event.EventType.PersistentWatchRemoved;
            dirty.addAll(directory.isEmpty() ? wanted() : Set.of(directory));
            dirty.retainAll(wanted());
            requestIfDue();
        });
    }

    private void request(Duration delay) {
        if (!reading && !closed && !subscriptions.isEmpty()) {
            long now = worker.nanoTime();
            pass.setFor(now + Math.max(delay.toNanos(), restUntil - now));
        }
    }

    /** Asks whether anything has changed of which no watch has told. */
    private void verify() {
        if (reading || closed || renew || !client.getZookeeperClient().isConnected()) {
            return; // everything is read, and then this is due again
        }
        reading = true;
        begun = worker.nanoTime();
        Set<String> all = wanted();
        var unused = ask(requests -> seen.changed(requests, all))
                .whenCompleteAsync(
                        (changed, failure) -> {
                            reading = false;
                            if (changed == null) {
                                ended(null, failure, false, all);
                            } else if (!closed) {
                                dirty.addAll(changed);
                                rest();
                            }
                        },
                        worker);
    }

    /** What concerns all services is read by all applications, which therefore do not ask at the same moment. */
    private void requestIfDue() {
        if (renew || !dirty.isEmpty()) {
            boolean forAll = renew || dirty.contains(OverlayNode.ALL);
            request(Duration.ofMillis(forAll ? ThreadLocalRandom.current().nextLong(100) : 0));
        }
    }

    private Set<String> wanted() {
        Set<String> wanted = subscriptions.stream().map(Subscription::directory).collect(Collectors.toSet());
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
        Map<String, Known> before = Map.copyOf(known);
        var unused = ask(requests -> {
                    CompletableFuture<Void> watch = CompletableFuture.completedFuture(null);
                    if (anew) {
                        watch = requests.watch(paths.root(), watcher);
                        requests.sync(paths.root());
                    }
                    return watch.thenCombine(
                            new OverlayPass(requests, paths, worker, check, before).read(directories, withAcl),
                            (watched, found) -> {
                                worker.execute(() -> seen.take(requests.seen(), directories, withAcl));
                                return found;
                            });
                })
                .whenCompleteAsync((found, failure) -> ended(found, failure, anew, directories), worker);
    }

    private <T> CompletableFuture<T> ask(Function<OverlayRequests, CompletableFuture<T>> question) {
        try {
            var requests = new OverlayRequests(client.getZookeeperClient().getZooKeeper(), server);
            return question.apply(requests).orTimeout(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void ended(@Nullable Found found, @Nullable Throwable failure, boolean anew, Set<String> directories) {
        reading = false;
        if (found != null && !closed) {
            take(found);
            rest();
        } else if (!closed) {
            renew |= anew;
            dirty.addAll(directories);
            failed(failure);
        }
    }

    /** At most a quarter of the time is reading. */
    private void rest() {
        failures = 0;
        long now = worker.nanoTime();
        restUntil = now + Math.min(3 * (now - begun), POLL.toNanos());
        double interval = (server.keepsWatches() ? verify : POLL).toNanos();
        verification.setFor(now + (long) (interval * ThreadLocalRandom.current().nextDouble(0.8, 1.2)));
        requestIfDue();
    }

    /** Each failure may have broken the connection of all, so that they become rare. */
    private void failed(@Nullable Throwable failure) {
        failures++;
        Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures, 12));
        if (failures == 4) {
            log.warn(
                    Message.OVERLAYS_CANNOT_BE_READ.of(
                            "Overlays cannot be read below {}: the overlays that this application has read count until they expire. The reason is {}"),
                    Printable.of(paths.overlays()),
                    Printable.of(String.valueOf(failure)));
        }
        restUntil = worker.nanoTime() + Math.min(wait.toNanos(), LAST_RETRY.toNanos());
        request(Duration.ZERO);
    }

    private void take(Found found) {
        known.putAll(found.byDirectory());
        known.keySet().retainAll(wanted());
        seen.retain(wanted());
        open = found.open() == null ? open : found.open().ofAll();
        found.tell(paths, this::tellOnce);
        Known ofAll = open ? null : known.get(OverlayNode.ALL);
        List.copyOf(subscriptions)
                .forEach(each -> each.take(ofAll == null ? List.of() : ofAll.overlays(), known.get(each.directory())));
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
        if (!renew) {
            var unused = ask(requests -> requests.unwatch(paths.root()));
        }
    }
}

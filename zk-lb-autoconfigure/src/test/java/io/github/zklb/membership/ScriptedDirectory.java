package io.github.zklb.membership;

import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.Denied;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Missing;
import io.github.zklb.membership.Reading.Node;
import io.github.zklb.membership.Reading.Unreadable;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A directory that is changed, and broken, by the test. It answers at once unless it is told to be silent. */
final class ScriptedDirectory implements DirectoryReader {

    /** What was asked for, in order: "all", or the names of the children read. */
    final List<String> asked = new ArrayList<>();

    boolean missing;
    boolean denied;
    boolean closed;
    boolean watched = true;
    boolean throwing;

    @Nullable Failed failure;

    @Nullable Instant silentSince;

    private boolean silent;
    private CompletableFuture<Reading> open = CompletableFuture.completedFuture(new Denied());
    private DirectoryReader.@Nullable Signals signals;

    private long zxid = 100;
    private DirectoryVersion root = new DirectoryVersion(10, 20);
    private DirectoryVersion directory = new DirectoryVersion(20, 20);
    private final Map<String, Node> nodes = new LinkedHashMap<>();

    ScriptedDirectory open(DirectoryReader.Signals listener) {
        signals = listener;
        return this;
    }

    void put(String id, String host) {
        put(id, ZooKeeperBench.json(id, host, 80, Map.of()));
    }

    void put(String id, byte[] data) {
        zxid++;
        if (nodes.get(id) instanceof Content before) {
            nodes.put(id, new Content(before.created(), zxid, () -> data));
        } else {
            directory = new DirectoryVersion(directory.created(), zxid);
            nodes.put(id, new Content(zxid, zxid, () -> data));
        }
    }

    /** Lets something happen when the content of a node is looked at; it has another host then. */
    void nodeThrows(String id, Runnable first) {
        put(id, id + 2);
        if (nodes.get(id) instanceof Content content) {
            nodes.put(id, new Content(content.created(), content.modified(), () -> {
                first.run();
                return content.json().bytes();
            }));
        }
    }

    void remove(String id) {
        zxid++;
        directory = new DirectoryVersion(directory.created(), zxid);
        nodes.remove(id);
    }

    void recreate(String id, String host) {
        remove(id);
        put(id, host);
    }

    void makeUnreadable(String id) {
        nodes.put(id, new Unreadable());
    }

    void recreateDirectory() {
        zxid++;
        nodes.clear();
        directory = new DirectoryVersion(zxid, zxid);
        root = new DirectoryVersion(root.created(), zxid);
    }

    void deleteDirectory() {
        recreateDirectory();
        missing = true;
    }

    void recreateWithRoot() {
        missing = false;
        recreateDirectory();
        root = new DirectoryVersion(zxid, zxid);
    }

    /** The state that a server shows, to be shown again later. */
    Runnable memento() {
        Map<String, Node> then = new HashMap<>(nodes);
        DirectoryVersion thenDirectory = directory;
        DirectoryVersion thenRoot = root;
        boolean thenMissing = missing;
        return () -> {
            nodes.clear();
            nodes.putAll(then);
            directory = thenDirectory;
            root = thenRoot;
            missing = thenMissing;
        };
    }

    /** Another ensemble without a history, in which the directory is empty. */
    void wipe() {
        nodes.clear();
        zxid = 3;
        root = new DirectoryVersion(1, 2);
        directory = new DirectoryVersion(2, 3);
    }

    void fallSilent() {
        silent = true;
    }

    void answer() {
        silent = false;
        open.complete(reading(child -> true, true));
    }

    /** Fails the reading that is under way, if any. */
    void breakConnection() {
        open.complete(new Failed(Failed.Kind.CONNECTION_LOST, "the connection broke"));
    }

    void signal(String child) {
        if (signals != null) {
            signals.changed(child);
        }
    }

    void loseWatch() {
        if (signals != null) {
            signals.watchLost();
        }
    }

    @Override
    public CompletableFuture<Reading> renew(@Nullable Known known) {
        asked.add("all");
        return answer(child -> true, true);
    }

    @Override
    public CompletableFuture<Reading> read(Set<String> marked, @Nullable Known known) {
        Predicate<String> wanted =
                id -> marked.contains(id) || known == null || !known.ids().contains(id);
        asked.add(String.join(",", nodes.keySet().stream().filter(wanted).toList()));
        return answer(wanted, false);
    }

    @Override
    public boolean isWatched() {
        return watched;
    }

    private CompletableFuture<Reading> answer(Predicate<String> wanted, boolean full) {
        if (throwing) {
            throw new IllegalStateException("on purpose");
        }
        if (failure != null) {
            return CompletableFuture.completedFuture(failure);
        }
        open = new CompletableFuture<>();
        if (!silent) {
            open.complete(reading(wanted, full));
        }
        return open;
    }

    private Reading reading(Predicate<String> wanted, boolean full) {
        if (denied) {
            return new Denied();
        }
        if (missing) {
            return new Missing(Optional.of(root));
        }
        Map<String, Node> read = new HashMap<>(nodes);
        read.keySet().removeIf(wanted.negate());
        return new Listed(directory, full ? Optional.of(root) : Optional.empty(), Set.copyOf(nodes.keySet()), read);
    }

    @Override
    public void close() {
        closed = true;
    }

    /** A loop that reads this directory, with the defaults. */
    ServiceLoop loop(Worker worker) {
        return new ServiceLoop(
                "orders",
                MembershipSettings.DEFAULTS,
                worker,
                new Causes(
                        "orders",
                        "/services/orders",
                        () -> "127.0.0.1:2181",
                        Optional::empty,
                        () -> false,
                        Optional.empty(),
                        () -> Optional.ofNullable(silentSince),
                        new Causes.StateLines(worker)),
                this::open,
                new Random(1));
    }
}

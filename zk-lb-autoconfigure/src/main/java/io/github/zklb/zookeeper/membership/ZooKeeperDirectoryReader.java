package io.github.zklb.zookeeper.membership;

import io.github.zklb.codec.Printable;
import io.github.zklb.membership.DirectoryReader;
import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.membership.Reading.Failed.Kind;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Worker;
import io.github.zklb.zookeeper.NodeFormat;
import io.github.zklb.zookeeper.membership.PartialReading.Left;
import io.github.zklb.zookeeper.membership.PartialReading.Order;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a directory by asynchronous requests on ZooKeeper's own handle, one persistent recursive watch beside them.
 *
 * <p>Curator lends the handle but does not send the requests: an operation of Curator outlives the connection on which
 * it was made and is repeated by a policy that is not ours, whereas a reading must come from one session, or fail.
 *
 * <p>An answer that is too large for this client breaks the connection, and ZooKeeper does not say so. After a break, the
 * sizes of the nodes at which it broke are asked for before their contents, so that a large node is left out instead of
 * breaking the connection again. A list of children that is too large cannot be left out: it is told after the third
 * break in a row.
 */
final class ZooKeeperDirectoryReader implements DirectoryReader {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperDirectoryReader.class);
    private static final int BREAKS_FOR_CERTAINTY = 3;

    private final Directory directory;
    private final Signals signals;
    private final Watcher watcher = this::signal;
    private final NodeSizes sizes = new NodeSizes();
    private int breaksAtList;
    private @Nullable Left left;
    private @Nullable DirectoryPass pass;
    private volatile boolean closed;

    ZooKeeperDirectoryReader(Directory directory, Signals signals) {
        this.directory = directory;
        this.signals = signals;
    }

    /**
     * What is read.
     *
     * @param handle gives ZooKeeper's handle
     * @param worker the thread on which answers are taken
     * @param requests what the client asks for all its services together
     * @param path the path of the directory
     * @param timeout how long there may be no answer
     * @param format how registrations stand in the nodes
     */
    record Directory(
            Callable<ZooKeeper> handle,
            Worker worker,
            ClientRequests requests,
            String path,
            Duration timeout,
            NodeFormat format) {}

    @Override
    public CompletableFuture<Reading> renew(@Nullable Known known) {
        return start(new Order(true, true, Set.of(), known));
    }

    @Override
    public CompletableFuture<Reading> read(Set<String> marked, @Nullable Known known) {
        return start(new Order(false, known == null, marked, known));
    }

    @Override
    public boolean isWatched() {
        return directory.requests().takesWatches();
    }

    private CompletableFuture<Reading> start(Order order) {
        try {
            DirectoryPass next = new DirectoryPass(directory.handle().call(), directory, order, sizes, left);
            pass = next;
            return next.read(watcher, breaksAtList > 0).thenApply(reading -> judged(next, reading));
        } catch (Exception e) {
            return CompletableFuture.completedFuture(new Failed(Kind.OTHER, String.valueOf(e.getMessage())));
        }
    }

    private Reading judged(DirectoryPass ended, Reading reading) {
        left = ended.found().left(reading instanceof Failed);
        breaksAtList = ended.brokeAtList() ? breaksAtList + 1 : 0;
        if (!ended.brokeAt().isEmpty()) {
            sizes.brokeAt(ended.brokeAt());
        } else if (reading instanceof Listed listed) {
            sizes.read(listed.ids());
            ended.found().carried().forEach(signals::changed);
        }
        return breaksAtList < BREAKS_FOR_CERTAINTY ? reading : new Failed(Kind.LIST_TOO_LARGE, ended.listTooLarge());
    }

    /** Called on ZooKeeper's event thread, which must not be kept. */
    private void signal(WatchedEvent event) {
        String changed = event.getPath();
        if (closed || changed == null) {
            return;
        }
        if (event.getType() == EventType.PersistentWatchRemoved) {
            signals.watchLost();
            return;
        }
        int length = directory.path().length();
        String child = changed.length() > length ? changed.substring(length + 1) : "";
        if (child.indexOf('/') < 0) {
            signals.changed(child);
        }
    }

    @Override
    public void close() {
        closed = true;
        if (pass != null) {
            pass.giveUp();
        }
        try {
            // Removing one watcher only asks the server whether it has a watch; removing all of a type makes it forget.
            directory
                    .handle()
                    .call()
                    .removeAllWatches(
                            directory.path(), WatcherType.PersistentRecursive, true, (rc, of, context) -> {}, null);
        } catch (Exception e) {
            log.debug("The watch on {} was not removed", Printable.of(directory.path()), e);
        }
    }
}

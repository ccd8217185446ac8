package io.github.zklb.zookeeper.membership;

import io.github.zklb.codec.Printable;
import io.github.zklb.membership.DirectoryReader;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.membership.Reading.Failed.Kind;
import io.github.zklb.membership.Worker;
import io.github.zklb.zookeeper.NodeFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
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
 * <p>An answer that is too large for this client breaks the connection, and ZooKeeper does not say so. After a break, sizes
 * are asked for before contents, so that a large node is left out instead of breaking the connection again. A list of
 * children that is too large cannot be left out: it is told after the third break in a row.
 */
final class ZooKeeperDirectoryReader implements DirectoryReader {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperDirectoryReader.class);
    private static final int BREAKS_FOR_CERTAINTY = 3;

    private final Callable<ZooKeeper> handle;
    private final Worker worker;
    private final String path;
    private final MembershipSettings settings;
    private final NodeFormat format;
    private final Signals signals;
    private final Watcher watcher = this::signal;
    private boolean cautious;
    private int breaksAtList;
    private @Nullable DirectoryPass pass;
    private volatile boolean closed;

    ZooKeeperDirectoryReader(
            Callable<ZooKeeper> handle,
            Worker worker,
            String path,
            MembershipSettings settings,
            NodeFormat format,
            Signals signals) {
        this.handle = handle;
        this.worker = worker;
        this.path = path;
        this.settings = settings;
        this.format = format;
        this.signals = signals;
    }

    @Override
    public CompletableFuture<Reading> readAll() {
        return start(child -> true, true);
    }

    @Override
    public CompletableFuture<Reading> read(Predicate<String> wanted) {
        return start(wanted, false);
    }

    private CompletableFuture<Reading> start(Predicate<String> wanted, boolean anew) {
        try {
            DirectoryPass next =
                    new DirectoryPass(handle.call(), worker, path, wanted, settings.readTimeout(), cautious, format);
            pass = next;
            if (anew) {
                next.renew(watcher);
            }
            return next.read().thenApply(reading -> judged(next, reading, anew));
        } catch (Exception e) {
            return CompletableFuture.completedFuture(new Failed(Kind.OTHER, String.valueOf(e.getMessage())));
        }
    }

    private Reading judged(DirectoryPass ended, Reading reading, boolean all) {
        boolean complete = all && !(reading instanceof Failed);
        cautious = ended.sizesMatter() || (cautious && !complete);
        breaksAtList = ended.brokeAtList() ? breaksAtList + 1 : 0;
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
        String child = changed.length() > path.length() ? changed.substring(path.length() + 1) : "";
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
            ZooKeeper zooKeeper = handle.call();
            // Removing one watcher only asks the server whether it has a watch; removing all of a type makes it forget.
            zooKeeper.removeAllWatches(path, WatcherType.PersistentRecursive, true, (rc, of, context) -> {}, null);
        } catch (Exception e) {
            log.debug("The watch on {} was not removed", Printable.of(path), e);
        }
    }
}

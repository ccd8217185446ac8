package io.github.zklb.zookeeper.membership;

import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.Denied;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Missing;
import io.github.zklb.membership.Reading.Node;
import io.github.zklb.membership.Reading.Oversized;
import io.github.zklb.membership.Reading.Unreadable;
import io.github.zklb.membership.Worker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a directory: requests that follow each other on one session without waiting, at most
 * {@value #WINDOW} under way. ZooKeeper answers them in their order, so what follows a sync is at least as new as it.
 * Lives on the worker; any answer but a clear one ends it with an exception.
 */
final class DirectoryPass {

    private static final int WINDOW = 128;
    /** What an answer has beside the content, generously. */
    private static final int OVERHEAD = 256;

    private final ZooKeeper zooKeeper;
    private final Worker worker;
    private final String path;
    private final Predicate<String> wanted;
    private final boolean cautious;
    private final int limit;
    private final CompletableFuture<Reading> result = new CompletableFuture<>();
    private final AnswerDeadline deadline;

    private final Queue<String> unread = new ArrayDeque<>();
    private final Set<String> ids = new LinkedHashSet<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private Code listing = Code.OK;
    private @Nullable DirectoryVersion directory;
    private @Nullable DirectoryVersion parent;
    private boolean parentWanted;
    private int children;
    private boolean brokeAtList;
    private boolean brokeAtContent;
    private int underWay;

    DirectoryPass(
            ZooKeeper zooKeeper,
            Worker worker,
            String path,
            Predicate<String> wanted,
            Duration timeout,
            boolean cautious) {
        this.zooKeeper = zooKeeper;
        this.worker = worker;
        this.path = path;
        this.wanted = wanted;
        this.cautious = cautious;
        this.deadline = new AnswerDeadline(worker, timeout, result);
        this.limit = zooKeeper
                .getClientConfig()
                .getInt(ZKClientConfig.JUTE_MAXBUFFER, ZKClientConfig.CLIENT_MAX_PACKET_LENGTH_DEFAULT);
    }

    /** Whether the connection broke when the list of children was the next answer. */
    boolean brokeAtList() {
        return brokeAtList;
    }

    /** Whether the connection broke when the content of a child was the next answer. */
    boolean brokeAtContent() {
        return brokeAtContent;
    }

    /** How many children the directory has. */
    int children() {
        return children;
    }

    /** The size in bytes from which on an answer breaks the connection. */
    int limit() {
        return limit;
    }

    /** Sets the watch and brings the server up to date before anything is read. */
    void renew(Watcher watcher) {
        parentWanted = true;
        underWay += 2;
        zooKeeper.addWatch(path, watcher, AddWatchMode.PERSISTENT_RECURSIVE, this::acknowledged, null);
        zooKeeper.sync(path, this::acknowledged, null);
    }

    /** Starts to read. */
    CompletableFuture<Reading> read() {
        if (cautious) {
            underWay++;
            zooKeeper.exists(path, false, (rc, of, context, stat) -> answer(() -> counted(Code.get(rc), stat)), null);
        }
        underWay++;
        zooKeeper.getChildren(
                path, false, (rc, of, context, names, stat) -> answer(() -> listed(Code.get(rc), names, stat)), null);
        if (parentWanted) {
            readParent();
        }
        deadline.start();
        return result.whenComplete((reading, failure) -> deadline.end());
    }

    /** Ends the pass without a reading. */
    void giveUp() {
        result.cancel(false);
    }

    private void acknowledged(int rc, String of, Object context) {
        answer(() -> require(rc == Code.OK.intValue(), Code.get(rc), path));
    }

    private void counted(Code code, @Nullable Stat stat) {
        children = stat == null ? 0 : stat.getNumChildren();
        require(code != Code.CONNECTIONLOSS, code, path);
    }

    private void listed(Code code, @Nullable List<String> names, @Nullable Stat stat) {
        listing = code;
        brokeAtList = code == Code.CONNECTIONLOSS;
        if (code == Code.OK && names != null && stat != null) {
            directory = version(stat);
            ids.addAll(names);
            names.stream().filter(wanted).forEach(unread::add);
        } else if (code == Code.NONODE && !parentWanted) {
            readParent();
        } else {
            require(code == Code.NONODE || code == Code.NOAUTH, code, path);
        }
    }

    private void readParent() {
        int slash = path.lastIndexOf('/');
        String above = slash > 0 ? path.substring(0, slash) : "/";
        underWay++;
        zooKeeper.exists(
                above, false, (rc, of, context, stat) -> answer(() -> parentRead(Code.get(rc), above, stat)), null);
    }

    private void parentRead(Code code, String above, @Nullable Stat stat) {
        parent = stat == null ? null : version(stat);
        require(code == Code.OK || code == Code.NONODE || code == Code.NOAUTH, code, above);
    }

    private void readNext() {
        while (underWay < WINDOW && !unread.isEmpty()) {
            String id = unread.remove();
            underWay++;
            if (cautious) {
                zooKeeper.exists(
                        path + '/' + id,
                        false,
                        (rc, of, context, stat) -> answer(() -> nodeSized(id, Code.get(rc), stat)),
                        null);
            } else {
                readContent(id);
            }
        }
    }

    private void nodeSized(String id, Code code, @Nullable Stat stat) {
        if (code == Code.OK && stat != null && stat.getDataLength() > limit - OVERHEAD) {
            nodes.put(id, new Oversized(stat.getCzxid(), stat.getMzxid(), stat.getDataLength()));
        } else if (code == Code.OK) {
            underWay++;
            readContent(id);
        } else {
            nodeRead(id, code, null, null);
        }
    }

    private void readContent(String id) {
        zooKeeper.getData(
                path + '/' + id,
                false,
                (rc, of, context, data, stat) -> answer(() -> nodeRead(id, Code.get(rc), data, stat)),
                null);
    }

    private void nodeRead(String id, Code code, byte @Nullable [] data, @Nullable Stat stat) {
        if (code == Code.OK && stat != null) {
            nodes.put(id, new Content(stat.getCzxid(), stat.getMzxid(), data == null ? new byte[0] : data));
        } else if (code == Code.NONODE) {
            ids.remove(id);
        } else {
            brokeAtContent = code == Code.CONNECTIONLOSS;
            require(code == Code.NOAUTH, code, path + '/' + id);
            nodes.put(id, new Unreadable());
        }
    }

    /** Takes an answer from the event thread to the worker. */
    private void answer(Runnable take) {
        worker.execute(() -> {
            if (!result.isDone()) {
                deadline.answered();
                underWay--;
                proceed(take);
            }
        });
    }

    private void proceed(Runnable take) {
        try {
            take.run();
            readNext();
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
        if (underWay == 0) {
            result.complete(reading());
        }
    }

    private Reading reading() {
        Optional<DirectoryVersion> above = Optional.ofNullable(parent);
        if (directory != null) {
            return new Listed(directory, above, ids, nodes);
        }
        return listing == Code.NOAUTH ? new Denied() : new Missing(above);
    }

    private void require(boolean condition, Code code, String of) {
        if (!condition) {
            result.completeExceptionally(KeeperException.create(code, of));
        }
    }

    private static DirectoryVersion version(Stat stat) {
        return new DirectoryVersion(stat.getCzxid(), stat.getPzxid());
    }
}

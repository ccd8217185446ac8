package io.github.zklb.zookeeper.membership;

import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.Denied;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.membership.Reading.Failed.Kind;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Missing;
import io.github.zklb.membership.Reading.Node;
import io.github.zklb.membership.Reading.Unreadable;
import io.github.zklb.membership.Worker.Alarm;
import io.github.zklb.zookeeper.membership.ZooKeeperDirectoryReader.Directory;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
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
 * Lives on the worker; any answer but a clear one, or none for too long, ends it as failed.
 */
final class DirectoryPass {

    private static final int WINDOW = 128;
    /** What an answer has beside the content, generously. */
    private static final int OVERHEAD = 256;

    private final ZooKeeper zooKeeper;
    private final Directory from;
    private final String path;
    private final Predicate<String> wanted;
    private final boolean cautious;
    private final int limit;
    private final CompletableFuture<Reading> result = new CompletableFuture<>();
    private final Alarm overdue;

    private final Queue<String> unread = new ArrayDeque<>();
    private final Set<String> ids = new LinkedHashSet<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private Code listing = Code.OK;
    private @Nullable DirectoryVersion directory;
    private @Nullable DirectoryVersion parent;
    private boolean parentWanted;
    private int children;
    private boolean sizesMatter;
    private boolean brokeAtList;
    private int underWay;
    private long lastAnswer;

    /**
     * A reading that has not begun.
     *
     * @param wanted tells by their names which children to read
     * @param cautious whether to ask for sizes before contents
     */
    DirectoryPass(ZooKeeper zooKeeper, Directory from, Predicate<String> wanted, boolean cautious) {
        this.zooKeeper = zooKeeper;
        this.from = from;
        this.path = from.path();
        this.wanted = wanted;
        this.cautious = cautious;
        this.overdue = new Alarm(from.worker(), this::checkProgress);
        this.limit = zooKeeper
                .getClientConfig()
                .getInt(ZKClientConfig.JUTE_MAXBUFFER, ZKClientConfig.CLIENT_MAX_PACKET_LENGTH_DEFAULT);
    }

    /** Whether a child was left out because of its size, or the connection broke at what may have been too large. */
    boolean sizesMatter() {
        return sizesMatter;
    }

    /** Whether the connection broke when the list of children was the next answer. */
    boolean brokeAtList() {
        return brokeAtList;
    }

    /** Why the list of children cannot be read: it is too large. */
    String listTooLarge() {
        return "the connection breaks at its list of " + children + " children, which is larger than this client's"
                + " jute.maxbuffer of " + limit + " bytes; raise the system property jute.maxbuffer";
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
            exists(path, this::counted);
        }
        underWay++;
        zooKeeper.getChildren(
                path, false, (rc, of, context, names, stat) -> answer(() -> listed(Code.get(rc), names, stat)), null);
        if (parentWanted) {
            readParent();
        }
        lastAnswer = from.worker().nanoTime();
        overdue.setFor(lastAnswer + from.timeout().toNanos());
        return result.whenComplete((reading, failure) -> overdue.clear());
    }

    /** Ends the pass without a reading. */
    void giveUp() {
        result.cancel(false);
    }

    private void checkProgress() {
        long due = lastAnswer + from.timeout().toNanos();
        if (from.worker().nanoTime() - due >= 0) {
            result.complete(new Failed(
                    Kind.TIMED_OUT, "no answer came for " + from.timeout().toMillis() + " ms"));
        } else {
            overdue.setFor(due);
        }
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
        sizesMatter = brokeAtList;
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
        String above = path.lastIndexOf('/') > 0 ? path.substring(0, path.lastIndexOf('/')) : "/";
        exists(above, (code, stat) -> {
            parent = stat == null ? null : version(stat);
            require(code == Code.OK || code == Code.NONODE || code == Code.NOAUTH, code, above);
        });
    }

    private void readNext() {
        while (underWay < WINDOW && !unread.isEmpty()) {
            String id = unread.remove();
            if (cautious) {
                exists(path + '/' + id, (code, stat) -> nodeSized(id, code, stat));
            } else {
                readContent(id);
            }
        }
    }

    private void nodeSized(String id, Code code, @Nullable Stat stat) {
        if (code != Code.OK || stat == null) {
            nodeRead(id, code, null, null);
        } else if (stat.getDataLength() > limit - OVERHEAD) {
            int bytes = stat.getDataLength();
            sizesMatter = true;
            nodes.put(id, new Content(stat.getCzxid(), stat.getMzxid(), () -> {
                throw new InvalidNodeException("it has " + bytes + " bytes, too many for this client (jute.maxbuffer)");
            }));
        } else {
            readContent(id);
        }
    }

    private void readContent(String id) {
        underWay++;
        zooKeeper.getData(
                path + '/' + id,
                false,
                (rc, of, context, data, stat) -> answer(() -> nodeRead(id, Code.get(rc), data, stat)),
                null);
    }

    private void nodeRead(String id, Code code, byte @Nullable [] data, @Nullable Stat stat) {
        if (code == Code.OK && stat != null) {
            byte[] content = data == null ? new byte[0] : data;
            nodes.put(
                    id,
                    new Content(
                            stat.getCzxid(),
                            stat.getMzxid(),
                            () -> from.format().json(path + '/' + id, content)));
        } else if (code == Code.NONODE) {
            ids.remove(id);
        } else {
            sizesMatter |= code == Code.CONNECTIONLOSS;
            require(code == Code.NOAUTH, code, path + '/' + id);
            nodes.put(id, new Unreadable());
        }
    }

    private void exists(String of, BiConsumer<Code, @Nullable Stat> take) {
        underWay++;
        zooKeeper.exists(of, false, (rc, at, context, stat) -> answer(() -> take.accept(Code.get(rc), stat)), null);
    }

    /** Takes an answer from the event thread to the worker. */
    private void answer(Runnable take) {
        from.worker().execute(() -> {
            if (!result.isDone()) {
                lastAnswer = from.worker().nanoTime();
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
            result.complete(new Failed(Kind.OTHER, String.valueOf(e.getMessage())));
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
            result.complete(
                    switch (code) {
                        case CONNECTIONLOSS -> new Failed(Kind.CONNECTION_LOST, "the connection broke");
                        case AUTHFAILED -> new Failed(Kind.AUTHENTICATION_REFUSED, "its authentication is refused");
                        default ->
                            new Failed(
                                    Kind.OTHER,
                                    String.valueOf(
                                            KeeperException.create(code, of).getMessage()));
                    });
        }
    }

    private static DirectoryVersion version(Stat stat) {
        return new DirectoryVersion(stat.getCzxid(), stat.getPzxid());
    }
}

package io.github.zklb.zookeeper.policy;

import io.github.zklb.zookeeper.ReadingLimits;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Requests on ZooKeeper's own handle, as those of the membership: an operation of Curator would outlive its session. Their
 * answers come on ZooKeeper's event thread. An answer that says nothing of the node itself is an exception.
 *
 * @param zooKeeper the handle of one session
 * @param limits what they keep to, together with those of the membership
 * @param server what is known of the server
 * @param seen how each node was when it was asked for first
 */
record OverlayRequests(ZooKeeper zooKeeper, ReadingLimits limits, Server server, Map<String, Optional<Stat>> seen) {

    OverlayRequests(ZooKeeper zooKeeper, ReadingLimits limits, Server server) {
        this(zooKeeper, limits, server, new ConcurrentHashMap<>());
    }

    private static final int CHILDREN_BYTES = 8 * 1024;

    /**
     * What a server has been found not to know, as those before 3.6: such a request ends the connection, and is made once in a
     * session. By the next one the server may know more.
     */
    static final class Server {

        private final long session;
        private volatile boolean watches = true;
        private volatile boolean multi = true;

        Server(long session) {
            this.session = session;
        }

        /** The server of a session, of which nothing is known yet if it is another. */
        Server of(long present) {
            return present == session ? this : new Server(present);
        }

        boolean keepsWatches() {
            return watches;
        }
    }

    /**
     * What a node answers.
     *
     * @param code that there is such a node, that there is none, or that it may not be read
     * @param value what it has; null without one
     */
    record Answer<T>(Code code, @Nullable T value) {

        <R> CompletableFuture<R> then(Function<T, CompletableFuture<R>> next, R otherwise) {
            return value == null ? CompletableFuture.completedFuture(otherwise) : next.apply(value);
        }
    }

    /**
     * Done when the server keeps the watch, or does not know such watches. What is asked after it is answered by a server that
     * is up to date.
     *
     * @param anew whether the server is to be asked, and not kept the watch before
     */
    CompletableFuture<Void> watch(boolean anew, String path, Watcher watcher) {
        if (!anew) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> watch = server.watches ? keep(path, watcher) : CompletableFuture.completedFuture(null);
        CompletableFuture<Answer<String>> unused =
                send(0, answer -> zooKeeper.sync(path, (rc, of, context) -> complete(answer, rc, path, of), null));
        return watch;
    }

    private CompletableFuture<Void> keep(String path, Watcher watcher) {
        return send(
                0,
                answer -> zooKeeper.addWatch(
                        path,
                        watcher,
                        AddWatchMode.PERSISTENT_RECURSIVE,
                        (rc, of, context) -> {
                            Code code = code(rc);
                            if (code == Code.UNIMPLEMENTED || code == Code.MARSHALLINGERROR) {
                                server.watches = false;
                            }
                            if (code == Code.OK || !server.watches) {
                                answer.complete(null);
                            } else {
                                answer.completeExceptionally(KeeperException.create(code, path));
                            }
                        },
                        null));
    }

    /** Removing one watcher only asks the server whether it has a watch; removing all of a type makes it forget. */
    CompletableFuture<Void> unwatch(String path) {
        zooKeeper.removeAllWatches(path, WatcherType.PersistentRecursive, true, (rc, of, context) -> {}, null);
        return CompletableFuture.completedFuture(null);
    }

    CompletableFuture<Answer<Stat>> exists(String path) {
        return send(
                0,
                answer -> zooKeeper.exists(
                        path,
                        false,
                        (rc, of, context, stat) -> {
                            see(path, rc, stat);
                            complete(answer, rc, path, stat);
                        },
                        null));
    }

    /** The names of a node's children, of which there are not many. */
    CompletableFuture<Answer<List<String>>> children(String path) {
        return send(
                CHILDREN_BYTES,
                answer -> zooKeeper.getChildren(
                        path, false, (rc, of, context, names) -> complete(answer, rc, path, names), null));
    }

    CompletableFuture<Answer<List<ACL>>> acl(String path) {
        return send(
                0,
                answer -> zooKeeper.getACL(
                        path,
                        new Stat(),
                        (rc, of, context, acl, stat) -> {
                            see(path, rc, stat);
                            complete(answer, rc, path, acl);
                        },
                        null));
    }

    private void see(String path, int rc, @Nullable Stat stat) {
        Code code = code(rc);
        if (code == Code.OK || code == Code.NONODE || code == Code.NOAUTH) {
            // of several answers the first: what came after it is then found to have changed
            seen.putIfAbsent(path, Optional.ofNullable(code == Code.OK ? stat : null));
        }
    }

    /**
     * The contents of nodes, by one request where the server knows such requests; of each what it answers.
     *
     * @param bytes how long they are together, as far as that is known
     */
    CompletableFuture<List<OpResult>> contents(List<String> paths, int bytes) {
        return server.multi ? together(paths, bytes) : atOnce(paths, path -> content(path, bytes / paths.size()));
    }

    /** Whether a node may not be read. */
    static boolean isDenied(OpResult result) {
        return result instanceof OpResult.ErrorResult error && error.getErr() == Code.NOAUTH.intValue();
    }

    /** Asks for several things at once, and waits for all answers. */
    static <T, R> CompletableFuture<List<R>> atOnce(List<T> several, Function<T, CompletableFuture<R>> ask) {
        List<CompletableFuture<R>> asked = several.stream().map(ask).toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(done -> asked.stream().map(CompletableFuture::join).toList());
    }

    private CompletableFuture<OpResult> content(String path, int bytes) {
        CompletableFuture<Answer<OpResult>> content = send(
                bytes,
                answer -> zooKeeper.getData(
                        path,
                        false,
                        (rc, of, context, data, stat) ->
                                complete(answer, rc, path, new OpResult.GetDataResult(data, stat)),
                        null));
        return content.thenApply(each ->
                each.value() == null ? new OpResult.ErrorResult(each.code().intValue()) : each.value());
    }

    private CompletableFuture<List<OpResult>> together(List<String> paths, int bytes) {
        return send(
                bytes,
                answer -> zooKeeper.multi(
                        paths.stream().map(Op::getData).toList(),
                        (rc, of, context, results) -> {
                            if (results == null) {
                                server.multi &= code(rc) != Code.UNIMPLEMENTED;
                                answer.completeExceptionally(KeeperException.create(code(rc), paths.get(0)));
                            } else {
                                answer.complete(results);
                            }
                        },
                        null));
    }

    private <T> CompletableFuture<T> send(int bytes, Consumer<CompletableFuture<T>> request) {
        return limits.send(bytes, () -> {
            CompletableFuture<T> answer = new CompletableFuture<>();
            request.accept(answer);
            return answer;
        });
    }

    private static <T> void complete(CompletableFuture<Answer<T>> answer, int rc, String path, @Nullable T value) {
        Code code = code(rc);
        if (code == Code.OK || code == Code.NONODE || code == Code.NOAUTH) {
            answer.complete(new Answer<>(code, code == Code.OK ? value : null));
        } else {
            answer.completeExceptionally(KeeperException.create(code, path));
        }
    }

    /** What a number stands for. */
    static Code code(int rc) {
        return Objects.requireNonNullElse(Code.get(rc), Code.SYSTEMERROR);
    }
}

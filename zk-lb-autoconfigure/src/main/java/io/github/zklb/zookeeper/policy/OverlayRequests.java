package io.github.zklb.zookeeper.policy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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
 * @param server what is known of the server
 * @param seen how each node was that was asked for
 */
record OverlayRequests(ZooKeeper zooKeeper, Server server, Map<String, Optional<Stat>> seen) {

    OverlayRequests(ZooKeeper zooKeeper, Server server) {
        this(zooKeeper, server, new ConcurrentHashMap<>());
    }

    /** What a server has been found not to know, as those before 3.6: such a request ends the connection, and is made once. */
    static final class Server {

        private volatile boolean watches = true;
        private volatile boolean multi = true;

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

    /** Done when the server keeps the watch, or does not know such watches. */
    CompletableFuture<Void> watch(String path, Watcher watcher) {
        if (!server.watches) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> answer = new CompletableFuture<>();
        zooKeeper.addWatch(
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
                null);
        return answer;
    }

    /** Removing one watcher only asks the server whether it has a watch; removing all of a type makes it forget. */
    CompletableFuture<Void> unwatch(String path) {
        zooKeeper.removeAllWatches(path, WatcherType.PersistentRecursive, true, (rc, of, context) -> {}, null);
        return CompletableFuture.completedFuture(null);
    }

    /** Nobody waits for it: what is asked after it is answered by a server that is up to date. */
    void sync(String path) {
        zooKeeper.sync(path, (rc, of, context) -> {}, null);
    }

    CompletableFuture<Answer<Stat>> exists(String path) {
        CompletableFuture<Answer<Stat>> answer = new CompletableFuture<>();
        zooKeeper.exists(path, false, (rc, of, context, stat) -> complete(answer, rc, path, stat), null);
        return answer.whenComplete((stat, failure) -> {
            if (failure == null) {
                seen.put(path, Optional.ofNullable(stat.value()));
            }
        });
    }

    CompletableFuture<Answer<List<String>>> children(String path) {
        CompletableFuture<Answer<List<String>>> answer = new CompletableFuture<>();
        zooKeeper.getChildren(path, false, (rc, of, context, names) -> complete(answer, rc, path, names), null);
        return answer;
    }

    CompletableFuture<Answer<List<ACL>>> acl(String path) {
        CompletableFuture<Answer<List<ACL>>> answer = new CompletableFuture<>();
        zooKeeper.getACL(
                path,
                new Stat(),
                (rc, of, context, acl, stat) -> {
                    seen.put(path, Optional.ofNullable(code(rc) == Code.OK ? stat : null));
                    complete(answer, rc, path, acl);
                },
                null);
        return answer;
    }

    /** The contents of nodes, by one request where the server knows such requests; of each what it answers. */
    CompletableFuture<List<OpResult>> contents(List<String> paths) {
        return server.multi ? together(paths) : atOnce(paths, this::content);
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

    private CompletableFuture<OpResult> content(String path) {
        CompletableFuture<Answer<OpResult>> answer = new CompletableFuture<>();
        zooKeeper.getData(
                path,
                false,
                (rc, of, context, data, stat) -> complete(answer, rc, path, new OpResult.GetDataResult(data, stat)),
                null);
        return answer.thenApply(each ->
                each.value() == null ? new OpResult.ErrorResult(each.code().intValue()) : each.value());
    }

    private CompletableFuture<List<OpResult>> together(List<String> paths) {
        CompletableFuture<List<OpResult>> answer = new CompletableFuture<>();
        zooKeeper.multi(
                paths.stream().map(Op::getData).toList(),
                (rc, of, context, results) -> {
                    if (results == null) {
                        server.multi &= code(rc) != Code.UNIMPLEMENTED;
                        answer.completeExceptionally(KeeperException.create(code(rc), paths.get(0)));
                    } else {
                        answer.complete(results);
                    }
                },
                null);
        return answer;
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

package io.github.zklb.zookeeper.membership;

import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.membership.Reading.Failed.Kind;
import io.github.zklb.membership.Worker.Alarm;
import io.github.zklb.zookeeper.membership.ZooKeeperDirectoryReader.Directory;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.OpResult.ErrorResult;
import org.apache.zookeeper.OpResult.GetDataResult;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one pass. Their answers are taken on the worker, in their order; when none is under way any more, the
 * pass is over. Used by the worker only.
 */
final class PassRequests {

    /** What servers answer that have no persistent watches, or another keeper of watches than ZooKeeper's first one. */
    private static final Set<Code> WITHOUT_WATCHES = Set.of(Code.UNIMPLEMENTED, Code.MARSHALLINGERROR);

    private final ZooKeeper zooKeeper;
    private final Directory from;
    private final Runnable next;
    private final Supplier<Reading> end;
    private final CompletableFuture<Reading> result = new CompletableFuture<>();
    private final Alarm overdue;
    private int underWay;
    private long lastAnswer;
    private boolean brokeHere;

    /** What a node answered: a stat, and perhaps data, or an error. */
    record Answer(
            Code code, byte @Nullable [] data, @Nullable Stat stat) {}

    /** Takes the list of a node's children. */
    @FunctionalInterface
    interface Children {
        void take(Code code, @Nullable List<String> names, @Nullable Stat stat);
    }

    /**
     * Requests of which none is made yet.
     *
     * @param next asks for more, after each answer
     * @param end gives the reading when everything is answered
     */
    PassRequests(ZooKeeper zooKeeper, Directory from, Runnable next, Supplier<Reading> end) {
        this.zooKeeper = zooKeeper;
        this.from = from;
        this.next = next;
        this.end = end;
        this.lastAnswer = from.worker().nanoTime();
        this.overdue = new Alarm(from.worker(), this::checkProgress);
        overdue.setFor(lastAnswer + from.timeout().toNanos());
        var unused = result.whenComplete((reading, failure) -> overdue.clear());
    }

    /** What comes of the pass. */
    CompletableFuture<Reading> result() {
        return result;
    }

    /** The size of the largest answer that the client takes, in bytes. */
    int limit() {
        return zooKeeper
                .getClientConfig()
                .getInt(ZKClientConfig.JUTE_MAXBUFFER, ZKClientConfig.CLIENT_MAX_PACKET_LENGTH_DEFAULT);
    }

    int underWay() {
        return underWay;
    }

    /** Whether the answer that is being taken is the one at which the connection broke. */
    boolean brokeHere() {
        return brokeHere;
    }

    void watch(String path, Watcher watcher) {
        send(
                0,
                () -> zooKeeper.addWatch(
                        path,
                        watcher,
                        AddWatchMode.PERSISTENT_RECURSIVE,
                        (rc, of, context) -> answer(rc, () -> {
                            if (WITHOUT_WATCHES.contains(code(rc))) {
                                from.requests().watchesAreUnknown();
                            } else {
                                require(code(rc) == Code.OK, code(rc), path);
                            }
                        }),
                        null));
    }

    void sync(String path) {
        send(
                0,
                () -> zooKeeper.sync(
                        path,
                        (rc, of, context) -> answer(rc, () -> require(code(rc) == Code.OK, code(rc), path)),
                        null));
    }

    void exists(String path, BiConsumer<Code, @Nullable Stat> take) {
        send(
                0,
                () -> zooKeeper.exists(
                        path, false, (rc, of, context, stat) -> answer(rc, () -> take.accept(code(rc), stat)), null));
    }

    void list(String path, Children take) {
        send(
                0,
                () -> zooKeeper.getChildren(
                        path,
                        false,
                        (rc, of, context, names, stat) -> answer(rc, () -> take.take(code(rc), names, stat)),
                        null));
    }

    /**
     * Reads the contents of nodes in one request.
     *
     * @param bytes how long the answer will be, about
     * @param take is given an answer for each path, or none at all: then the pass has failed
     */
    void contents(List<String> paths, int bytes, Consumer<List<Answer>> take) {
        if (paths.size() == 1) {
            send(
                    bytes,
                    () -> zooKeeper.getData(
                            paths.get(0),
                            false,
                            (rc, of, context, data, stat) -> answer(rc, () -> {
                                boolean failed = code(rc) == Code.CONNECTIONLOSS;
                                take.accept(failed ? List.of() : List.of(new Answer(code(rc), data, stat)));
                                require(!failed, code(rc), paths.get(0));
                            }),
                            null));
            return;
        }
        List<Op> reads = paths.stream().map(Op::getData).toList();
        send(
                bytes,
                () -> zooKeeper.multi(
                        reads,
                        // The code is that of the first error, complete results or not: only their absence is a
                        // failure.
                        (rc, of, context, results) -> answer(results == null ? rc : Code.OK.intValue(), () -> {
                            if (results == null && code(rc) == Code.UNIMPLEMENTED) {
                                from.requests().multiIsUnknown();
                            }
                            take.accept(
                                    results == null
                                            ? List.of()
                                            : results.stream()
                                                    .map(PassRequests::answer)
                                                    .toList());
                            require(results != null, code(rc), paths.get(0));
                        }),
                        null));
    }

    private static Answer answer(OpResult result) {
        return result instanceof GetDataResult read
                ? new Answer(Code.OK, read.getData(), read.getStat())
                : new Answer(result instanceof ErrorResult error ? code(error.getErr()) : Code.SYSTEMERROR, null, null);
    }

    private void send(int bytes, Runnable request) {
        underWay++;
        from.requests().send(bytes + NodeSizes.OVERHEAD, () -> {
            if (result.isDone()) {
                return false;
            }
            try {
                request.run();
                return true;
            } catch (RuntimeException e) {
                result.complete(new Failed(Kind.OTHER, String.valueOf(e.getMessage())));
                return false;
            }
        });
    }

    /** Takes an answer from the event thread to the worker. */
    private void answer(int rc, Runnable take) {
        from.worker().execute(() -> {
            brokeHere = from.requests().answered(code(rc));
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
            if (!result.isDone()) {
                next.run();
            }
            if (underWay == 0 && !result.isDone()) {
                result.complete(end.get());
            }
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
        }
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

    /** Ends the pass as failed if a condition does not hold. */
    void require(boolean condition, Code code, String path) {
        if (!condition) {
            result.complete(
                    switch (code) {
                        case CONNECTIONLOSS -> new Failed(Kind.CONNECTION_LOST, "the connection broke");
                        case AUTHFAILED -> new Failed(Kind.AUTHENTICATION_REFUSED, "its authentication is refused");
                        default ->
                            new Failed(
                                    Kind.OTHER,
                                    String.valueOf(
                                            KeeperException.create(code, path).getMessage()));
                    });
        }
    }

    private static Code code(int rc) {
        return Objects.requireNonNullElse(Code.get(rc), Code.SYSTEMERROR);
    }
}

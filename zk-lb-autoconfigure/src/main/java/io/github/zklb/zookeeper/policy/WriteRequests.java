package io.github.zklb.zookeeper.policy;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.OverlayWriter.NotWrittenException;
import io.github.zklb.policy.OverlayWriter.NotWrittenException.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult.SetDataResult;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one write. Each is made once, on ZooKeeper's own handle, and waited for; all of them have to be answered by
 * one deadline. For one thread.
 */
final class WriteRequests {

    private final CuratorFramework client;
    private final Duration atMost;
    private final long end;

    /** A request that is sent, and what takes its answer. */
    interface Request<T> {

        void send(ZooKeeper zooKeeper, CompletableFuture<T> answer);
    }

    /**
     * A directory.
     *
     * @param acl who may do what with it
     * @param stat what ZooKeeper says of it
     */
    record Directory(List<ACL> acl, Stat stat) {}

    /**
     * Sends nothing yet.
     *
     * @param atMost how long to wait for all answers together
     */
    WriteRequests(CuratorFramework client, Duration atMost) {
        this.client = client;
        this.atMost = atMost;
        this.end = System.nanoTime() + atMost.toNanos();
    }

    /** Null if there is none. */
    @Nullable Directory directory(String path, String right) throws NotWrittenException {
        return done(
                Set.of(Code.NONODE),
                right,
                (zooKeeper, answer) -> zooKeeper.getACL(
                        path,
                        new Stat(),
                        (rc, of, context, acl, stat) ->
                                complete(answer, rc, path, rc == Code.OK.intValue() ? new Directory(acl, stat) : null),
                        null));
    }

    /**
     * ZooKeeper's time, by a node that comes and goes at one moment, so that nobody ever sees it. What is read after it is at least
     * as new.
     */
    Instant time(String directory, String right) throws NotWrittenException {
        String path = directory + "/zk-lb-time-" + UUID.randomUUID();
        List<Op> ops = List.of(
                Op.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                Op.setData(path, new byte[0], 0),
                Op.delete(path, 1));
        Stat stat = done(
                Set.of(),
                right,
                (zooKeeper, answer) -> zooKeeper.multi(
                        ops,
                        (rc, of, context, results) -> complete(
                                answer,
                                rc,
                                directory,
                                results != null && results.size() > 1 && results.get(1) instanceof SetDataResult set
                                        ? set.getStat()
                                        : null),
                        null));
        return Instant.ofEpochMilli(Objects.requireNonNull(stat, directory).getMtime());
    }

    /** Lets what is read from now on be at least as new as now. */
    void sync(String path) throws NotWrittenException {
        done(
                Set.of(),
                "READ on " + path,
                (zooKeeper, answer) ->
                        zooKeeper.sync(path, (rc, of, context) -> complete(answer, rc, path, true), null));
    }

    /** Null if there is no such node. */
    @Nullable Stat exists(String path) throws NotWrittenException {
        return done(
                Set.of(Code.NONODE),
                "READ on " + path,
                (zooKeeper, answer) -> zooKeeper.exists(
                        path, false, (rc, of, context, stat) -> complete(answer, rc, path, stat), null));
    }

    /** What a node has; null if there is none. */
    byte @Nullable [] content(String path) throws NotWrittenException {
        return done(
                Set.of(Code.NONODE),
                "READ on " + path,
                (zooKeeper, answer) -> zooKeeper.getData(
                        path,
                        false,
                        (rc, of, context, data, stat) -> complete(answer, rc, path, data == null ? new byte[0] : data),
                        null));
    }

    /** Null if there is none, or another version. */
    @Nullable Stat set(String path, byte[] content, int version) throws NotWrittenException {
        return done(
                Set.of(Code.NONODE, Code.BADVERSION),
                "WRITE on " + path,
                (zooKeeper, answer) -> zooKeeper.setData(
                        path, content, version, (rc, of, context, stat) -> complete(answer, rc, path, stat), null));
    }

    /** Null if there is one already, or no directory. */
    @Nullable Stat create(String path, byte[] content, List<ACL> acl, String right) throws NotWrittenException {
        return done(
                Set.of(Code.NODEEXISTS, Code.NONODE),
                right,
                (zooKeeper, answer) -> zooKeeper.create(
                        path,
                        content,
                        acl,
                        CreateMode.PERSISTENT,
                        (rc, of, context, name, stat) -> complete(answer, rc, path, stat),
                        null));
    }

    /** Whether it was there, in this version. */
    boolean delete(String path, int version, String right) throws NotWrittenException {
        return done(
                        Set.of(Code.NONODE, Code.BADVERSION),
                        right,
                        (zooKeeper, answer) -> zooKeeper.delete(
                                path, version, (rc, of, context) -> complete(answer, rc, path, true), null))
                != null;
    }

    private static <T> void complete(CompletableFuture<T> answer, int rc, String path, @Nullable T value) {
        Code code = OverlayRequests.code(rc);
        if (code == Code.OK && value != null) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(
                    KeeperException.create(code == Code.OK ? Code.RUNTIMEINCONSISTENCY : code, path));
        }
    }

    /**
     * Sends a request and waits.
     *
     * @param usual what ZooKeeper may answer instead; then null is returned
     * @param right what it takes
     */
    <T> @Nullable T done(Set<Code> usual, String right, Request<T> request) throws NotWrittenException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            if (!client.getZookeeperClient().isConnected()) {
                throw new NotWrittenException(
                        Why.UNAVAILABLE, Message.NOT_POSSIBLE_NOW.of("ZooKeeper is not connected: nothing is written"));
            }
            if (end - System.nanoTime() <= 0) {
                throw new TimeoutException();
            }
            request.send(client.getZookeeperClient().getZooKeeper(), answer);
            return answer.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (NotWrittenException e) {
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KeeperException keeper && usual.contains(keeper.code())) {
                return null;
            }
            throw notWritten(e.getCause(), right);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notWritten(e, right);
        } catch (Exception e) {
            throw notWritten(e, right);
        }
    }

    private NotWrittenException notWritten(@Nullable Throwable cause, String right) {
        Code code = cause instanceof KeeperException keeper ? keeper.code() : Code.SYSTEMERROR;
        return switch (code) {
            case NOAUTH ->
                new NotWrittenException(
                        Why.FORBIDDEN,
                        Message.ZOOKEEPER_DOES_NOT_LET_THIS_APPLICATION_WRITE.of(
                                "ZooKeeper does not let this application: its identity (zk-lb.zookeeper.auth) needs the right "
                                        + Printable.of(right)));
            case INVALIDACL ->
                new NotWrittenException(
                        Why.FORBIDDEN,
                        Message.ZOOKEEPER_DOES_NOT_LET_THIS_APPLICATION_WRITE.of(
                                "ZooKeeper knows no identity of this application to which a new node could belong: set"
                                        + " zk-lb.zookeeper.auth"));
            case NOTEMPTY ->
                new NotWrittenException(
                        Why.CONFLICT,
                        Message.SOMETHING_ELSE_IS_THERE.of(
                                "there are nodes below it, which no overlay has: delete them by hand first"));
            default ->
                new NotWrittenException(
                        Why.UNAVAILABLE,
                        Message.NOT_POSSIBLE_NOW.of(
                                "ZooKeeper did not answer as it should, so that nobody knows whether it is done: look at the overlays"
                                        + " again. The reason is "
                                        + (cause instanceof TimeoutException
                                                ? "no answer within " + atMost.toSeconds() + " s"
                                                : Printable.of(String.valueOf(cause)))));
        };
    }
}

package io.github.zklb.zookeeper.policy;

import io.github.zklb.codec.Printable;
import io.github.zklb.policy.OverlayWriter;
import io.github.zklb.policy.OverlayWriter.NotWrittenException.Why;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Writes overlays over one borrowed {@link CuratorFramework}, with the rights of its identity, into directories that operators have
 * made: so it is they who say who may write. A new node may be written by whom its directory may be, and never by others. Each
 * request is made once: who asked decides whether to ask again. Thread-safe.
 */
public final class ZooKeeperOverlayWriter implements OverlayWriter {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    /** The clocks of ZooKeeper and of this application may differ so much, writing included, before ZooKeeper's counts. */
    private static final Duration LITTLE = Duration.ofSeconds(1);

    private static final int ANY_VERSION = -1;

    private final CuratorFramework client;
    private final PolicyPaths paths;
    private final InstantSource clock;

    /**
     * Writes nothing yet.
     *
     * @param client the client, started or not; it stays the caller's
     * @param root the path below which operators write
     * @param clock the wall clock of this application
     * @throws io.github.zklb.InvalidSettingException if the root is no path of a node of its own
     */
    public ZooKeeperOverlayWriter(CuratorFramework client, String root, InstantSource clock) {
        this.client = client;
        this.paths = PolicyPaths.of(client.getNamespace(), root);
        this.clock = clock;
    }

    /** Clients take the later of their own time and that of the writing, so that a clock that is wrong here must not count. */
    @Override
    public Written write(
            String serviceId, String name, @Nullable Integer expectedVersion, Function<Instant, byte[]> content)
            throws NotWrittenException {
        String directory = paths.overlays(PolicyPaths.directory(serviceId));
        String path = directory + '/' + name;
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Stat stat = put(directory, path, expectedVersion, content.apply(now));
        Instant writtenAt = Instant.ofEpochMilli(stat.getMtime());
        if (!writtenAt.isBefore(now) && !writtenAt.isAfter(now.plus(LITTLE))) {
            return new Written(stat.getVersion(), now);
        }
        Stat again = Objects.requireNonNull(set(path, content.apply(writtenAt), stat.getVersion()), path);
        return new Written(again.getVersion(), writtenAt);
    }

    private Stat put(String directory, String path, @Nullable Integer expected, byte[] content)
            throws NotWrittenException {
        if (expected != null && expected == ABSENT) {
            Stat made = create(directory, path, content);
            if (made == null) {
                throw new NotWrittenException(Why.CONFLICT, "it is there already, and expectedVersion is " + ABSENT);
            }
            return made;
        }
        Stat written = set(path, content, expected == null ? ANY_VERSION : expected);
        if (written == null && expected != null) {
            throw new NotWrittenException(Why.CONFLICT, "it is not there any more, and expectedVersion is " + expected);
        }
        Stat made = written == null ? create(directory, path, content) : written;
        Stat others = made == null ? set(path, content, ANY_VERSION) : made;
        if (others == null) {
            throw new NotWrittenException(Why.CONFLICT, "others make and delete it at the same moment: try again");
        }
        return others;
    }

    /** Null if the node is not there. */
    private @Nullable Stat set(String path, byte[] content, int version) throws NotWrittenException {
        return done(
                Code.NONODE,
                "WRITE on " + path,
                (zooKeeper, answer) -> zooKeeper.setData(
                        path, content, version, (rc, of, context, stat) -> complete(answer, rc, path, stat), null));
    }

    /** Null if the node is there. */
    private @Nullable Stat create(String directory, String path, byte[] content) throws NotWrittenException {
        List<ACL> acl = acl(directory);
        if (acl == null) {
            throw new NotWrittenException(
                    Why.FORBIDDEN,
                    Printable.of(directory) + " is not there: create it first, with ACLs that let this application"
                            + " create and delete nodes there, and keep others out");
        }
        return done(
                Code.NODEEXISTS,
                "CREATE on " + directory,
                (zooKeeper, answer) -> zooKeeper.create(
                        path,
                        content,
                        acl,
                        CreateMode.PERSISTENT,
                        (rc, of, context, name, stat) -> complete(answer, rc, path, stat),
                        null));
    }

    /** Who may do what with a new node in a directory: as with the directory itself. Null if there is no such directory. */
    private @Nullable List<ACL> acl(String directory) throws NotWrittenException {
        List<ACL> known = done(
                Code.NONODE,
                "READ on " + directory,
                (zooKeeper, answer) -> zooKeeper.getACL(
                        directory,
                        new Stat(),
                        (rc, of, context, acl, stat) -> complete(answer, rc, directory, acl),
                        null));
        if (known == null) {
            return null;
        }
        List<ACL> acl = new ArrayList<>();
        known.stream().filter(each -> !isMasked(each)).forEach(acl::add);
        if (acl.size() < known.size()) {
            acl.addAll(ZooDefs.Ids.CREATOR_ALL_ACL);
        }
        return acl;
    }

    /** Who may not administer a directory is told no digests of passwords; written back, such an entry would let nobody in. */
    private static boolean isMasked(ACL acl) {
        return acl.getId().getScheme().equals("digest") && acl.getId().getId().endsWith(":x");
    }

    @Override
    public void delete(String serviceId, String name, @Nullable Integer expectedVersion) throws NotWrittenException {
        String directory = paths.overlays(PolicyPaths.directory(serviceId));
        String path = directory + '/' + name;
        Boolean deleted = done(
                Code.NONODE,
                "DELETE on " + directory,
                (zooKeeper, answer) -> zooKeeper.delete(
                        path,
                        expectedVersion == null ? ANY_VERSION : expectedVersion,
                        (rc, of, context) -> complete(answer, rc, path, Boolean.TRUE),
                        null));
        if (deleted == null) {
            throw new NotWrittenException(Why.ABSENT, "there is no node " + Printable.of(path));
        }
    }

    private interface Request<T> {

        void send(ZooKeeper zooKeeper, CompletableFuture<T> answer);
    }

    private static <T> void complete(CompletableFuture<T> answer, int rc, String path, @Nullable T value) {
        Code code = Objects.requireNonNullElse(Code.get(rc), Code.SYSTEMERROR);
        if (code == Code.OK && value != null) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(KeeperException.create(code, path));
        }
    }

    /**
     * Sends a request and waits.
     *
     * @param usual what ZooKeeper may answer instead; then null is returned
     * @param right what it takes
     */
    private <T> @Nullable T done(Code usual, String right, Request<T> request) throws NotWrittenException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            if (!client.getZookeeperClient().isConnected()) {
                throw new NotWrittenException(Why.UNAVAILABLE, "ZooKeeper is not connected: nothing is written");
            }
            request.send(client.getZookeeperClient().getZooKeeper(), answer);
            return answer.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (NotWrittenException e) {
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KeeperException keeper && keeper.code() == usual) {
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

    private static NotWrittenException notWritten(@Nullable Throwable cause, String right) {
        Code code = cause instanceof KeeperException keeper ? keeper.code() : Code.SYSTEMERROR;
        return switch (code) {
            case NOAUTH, INVALIDACL ->
                new NotWrittenException(
                        Why.FORBIDDEN,
                        "ZooKeeper does not let this application: its identity (zk-lb.zookeeper.auth) needs the right "
                                + Printable.of(right));
            case BADVERSION ->
                new NotWrittenException(
                        Why.CONFLICT, "another version is there than expectedVersion says: look at it again");
            default ->
                new NotWrittenException(
                        Why.UNAVAILABLE,
                        "ZooKeeper did not answer as it should, so that nobody knows whether it is done: look at the overlays"
                                + " again. The reason is "
                                + (cause instanceof TimeoutException
                                        ? "no answer within " + LONGEST_WAIT.toSeconds() + " s"
                                        : Printable.of(String.valueOf(cause))));
        };
    }
}

package io.github.zklb.zookeeper.policy;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.OverlayDecoder;
import io.github.zklb.policy.OverlayDraft;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlayWriter;
import io.github.zklb.policy.OverlayWriter.NotWrittenException.Why;
import io.github.zklb.zookeeper.policy.WriteRequests.Directory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Writes overlays over one borrowed {@link CuratorFramework}, with the rights of its identity, into directories that operators have
 * made: so it is they who say who may write. Who may write a directory may write its new nodes, and nobody else. The version of a
 * content is the zxid that wrote it: that of a node begins anew when the node does. Each request is made once: who asked decides
 * whether to ask again. Thread-safe.
 */
public final class ZooKeeperOverlayWriter implements OverlayWriter {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    /** So many nodes whose time is over are deleted for a new one: each costs two requests. */
    private static final int MOST_FOR_ONE = 8;

    private static final int NO_VERSION = Integer.MAX_VALUE;

    private final CuratorFramework client;
    private final PolicyPaths paths;

    /**
     * Writes nothing yet.
     *
     * @param client the client, started or not; it stays the caller's
     * @param root the path below which operators write
     * @throws io.github.zklb.InvalidSettingException if the root is no path of a node of its own
     */
    public ZooKeeperOverlayWriter(CuratorFramework client, String root) {
        this.client = client;
        this.paths = PolicyPaths.of(client.getNamespace(), root);
    }

    private String directory(String serviceId) {
        return paths.overlays(PolicyPaths.directory(serviceId));
    }

    private static String right(String directory) {
        return "READ, CREATE and DELETE on " + directory;
    }

    /** Its time is ZooKeeper's, as that of its clients: a clock that is wrong here does not count. */
    @Override
    public Written write(String serviceId, String name, @Nullable Long expectedVersion, Draft draft)
            throws NotWrittenException {
        WriteRequests requests = new WriteRequests(client, LONGEST_WAIT);
        String directory = directory(serviceId);
        String path = directory + '/' + name;
        Directory there = requests.directory(directory, right(directory));
        if (there == null) {
            throw noDirectory(directory);
        }
        Instant now = requests.time(directory, right(directory));
        Stat standing = requests.exists(path);
        require(requests, directory, name, standing, expectedVersion);
        byte[] content = draft.content().apply(now);
        Stat written;
        if (standing == null) {
            List<ACL> acl = acl(directory, there.acl());
            int left = there.stat().getNumChildren()
                    - clear(requests, directory, draft.over().apply(now));
            if (left >= OverlayNode.MOST) {
                throw new NotWrittenException(
                        Why.CONFLICT,
                        Message.NO_ROOM_FOR_AN_OVERLAY.of("the service has " + left
                                + " overlays, and clients read no more: delete those that have expired"));
            }
            written = requests.create(path, content, acl, right(directory));
        } else {
            written = requests.set(path, content, standing.getVersion());
        }
        if (written == null) {
            throw new NotWrittenException(
                    Why.CONFLICT,
                    Message.SOMETHING_ELSE_IS_THERE.of(
                            "others make, write or delete it at the same moment: look at it again"));
        }
        return new Written(written.getMzxid(), now);
    }

    private static NotWrittenException noDirectory(String directory) {
        return new NotWrittenException(
                Why.FORBIDDEN,
                Message.ZOOKEEPER_DOES_NOT_LET_THIS_APPLICATION_WRITE.of(
                        Printable.of(directory) + " is not there: create it first, with ACLs that let this application"
                                + " create and delete nodes there, and keep others out"));
    }

    private static void require(
            WriteRequests requests, String directory, String name, @Nullable Stat standing, @Nullable Long expected)
            throws NotWrittenException {
        String problem = null;
        if (expected == null) {
            problem = standing == null || isDraft(requests, directory, name, standing)
                    ? null
                    : "what is there says more than can be written here, or cannot be understood: look at it, and send"
                            + " expectedVersion " + standing.getMzxid() + " if it is to go";
        } else if (standing == null) {
            problem = expected == ABSENT ? null : "it is not there any more, and expectedVersion is " + expected;
        } else if (expected == ABSENT) {
            problem = "it is there already, and expectedVersion is " + ABSENT;
        } else if (expected != standing.getMzxid()) {
            problem = "another version is there than expectedVersion says: look at it again";
        }
        if (problem != null) {
            throw new NotWrittenException(Why.CONFLICT, Message.SOMETHING_ELSE_IS_THERE.of(problem));
        }
    }

    private static boolean isDraft(WriteRequests requests, String directory, String name, Stat standing)
            throws NotWrittenException {
        if (standing.getDataLength() > OverlayDecoder.MAX_BYTES) {
            return false;
        }
        byte[] content = requests.content(directory + '/' + name);
        return content == null || OverlayDraft.isOne(name, content);
    }

    /** Deletes what is over, as far as it is still the same, and says how many. */
    private static int clear(WriteRequests requests, String directory, Map<String, Long> over)
            throws NotWrittenException {
        int cleared = 0;
        for (Map.Entry<String, Long> each :
                over.entrySet().stream().limit(MOST_FOR_ONE).toList()) {
            String path = directory + '/' + each.getKey();
            Stat stat = requests.exists(path);
            if (stat != null
                    && stat.getMzxid() == each.getValue()
                    && requests.delete(path, stat.getVersion(), right(directory))) {
                cleared++;
            }
        }
        return cleared;
    }

    /**
     * Who may do what with a new node in a directory: as with the directory itself, and the own identity everything. Who may not
     * administer a directory is told no digests of passwords; written back, such an entry would let nobody in.
     */
    private static List<ACL> acl(String directory, List<ACL> known) throws NotWrittenException {
        String masked = known.stream()
                .map(ACL::getId)
                .filter(each ->
                        each.getScheme().equals("digest") && each.getId().endsWith(":x"))
                .map(each -> each.getId().substring(0, each.getId().length() - 2))
                .collect(Collectors.joining(", "));
        if (!masked.isEmpty()) {
            throw new NotWrittenException(
                    Why.FORBIDDEN,
                    Message.ZOOKEEPER_DOES_NOT_LET_THIS_APPLICATION_WRITE.of(
                            "ZooKeeper does not tell this application who else may write to " + Printable.of(directory)
                                    + ", so that a new node there would shut them out (digest users: "
                                    + Printable.of(masked)
                                    + "): give its identity the right ADMIN there too"));
        }
        List<ACL> acl = new ArrayList<>(known);
        if (!everybodyMay(Perms.WRITE, known)) {
            acl.addAll(Ids.CREATOR_ALL_ACL);
        }
        return acl;
    }

    /** Whether everybody has any of some rights. */
    private static boolean everybodyMay(int rights, List<ACL> acl) {
        return acl.stream()
                .anyMatch(each -> each.getId().getScheme().equals("world") && (each.getPerms() & rights) != 0);
    }

    @Override
    public void delete(String serviceId, String name, @Nullable Long expectedVersion) throws NotWrittenException {
        WriteRequests requests = new WriteRequests(client, LONGEST_WAIT);
        String directory = directory(serviceId);
        String path = directory + '/' + name;
        requests.sync(path);
        Stat standing = requests.exists(path);
        if (standing != null) {
            require(requests, directory, name, standing, expectedVersion);
        }
        // without a node it is asked for all the same: whoever may not delete is told that
        int version = standing == null ? NO_VERSION : standing.getVersion();
        if (!requests.delete(path, version, "DELETE on " + directory)) {
            throw standing == null
                    ? new NotWrittenException(
                            Why.ABSENT, Message.SOMETHING_ELSE_IS_THERE.of("there is no node " + Printable.of(path)))
                    : new NotWrittenException(
                            Why.CONFLICT,
                            Message.SOMETHING_ELSE_IS_THERE.of(
                                    "others write or delete it at the same moment: look at it again"));
        }
    }

    @Override
    public boolean isOpen(String serviceId) throws NotWrittenException {
        String directory = directory(serviceId);
        Directory there = new WriteRequests(client, LONGEST_WAIT).directory(directory, "READ on " + directory);
        return there != null && everybodyMay(Perms.ALL & ~Perms.READ, there.acl());
    }
}

package io.github.zklb.zookeeper.membership;

import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.membership.DirectoryReader.Known;
import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.Denied;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Missing;
import io.github.zklb.membership.Reading.Node;
import io.github.zklb.membership.Reading.Unreadable;
import io.github.zklb.zookeeper.membership.PassRequests.Answer;
import io.github.zklb.zookeeper.membership.ZooKeeperDirectoryReader.Directory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a directory on one session, whose requests ZooKeeper answers in their order: what follows a sync is at
 * least as new as it. First comes the version of the directory, together with the first nodes; it is listed only if it is
 * not the one whose list is known. The nodes are read in batches. Lives on the worker; any answer but a clear one, or none
 * for too long, ends it as failed.
 */
final class DirectoryPass {

    /** Room for others: a large service has no more than this of what the client may ask at a time. */
    private static final int WINDOW = 8;

    private final Directory from;
    private final PassRequests requests;
    private final Order order;
    private final NodeSizes sizes;
    private final @Nullable Broken before;
    private final int limit;

    private final Queue<String> unread = new ArrayDeque<>();
    private final Set<String> asked = new HashSet<>();
    private final Set<String> measured = new HashSet<>();
    private final Set<String> ids = new HashSet<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private Set<String> carried = Set.of();
    private @Nullable DirectoryVersion directory;
    private @Nullable DirectoryVersion parent;
    private boolean denied;
    private int children;
    private List<String> brokeAt = List.of();
    private boolean brokeAtList;

    /**
     * What is to be read.
     *
     * @param renew whether to set the watch again and to bring the server up to date before anything is read
     * @param all whether to read all children
     * @param marked the children to read in any case
     * @param known the list that stands as long as the directory's version does
     */
    record Order(
            boolean renew,
            boolean all,
            Set<String> marked,
            @Nullable Known known) {

        private boolean wants(String id) {
            return all || marked.contains(id) || known == null || !known.ids().contains(id);
        }

        private Set<String> beforehand() {
            return all && known != null ? known.ids() : marked;
        }
    }

    /** What a reading had when its connection broke. */
    record Broken(DirectoryVersion directory, Map<String, Node> nodes) {}

    /**
     * A reading that has not begun.
     *
     * @param before what a reading had that broke, to be gone on with if the directory is the same
     */
    DirectoryPass(ZooKeeper zooKeeper, Directory from, Order order, NodeSizes sizes, @Nullable Broken before) {
        this.from = from;
        this.order = order;
        this.sizes = sizes;
        this.before = before;
        this.requests = new PassRequests(zooKeeper, from, this::readNext, this::reading);
        this.limit = requests.limit();
    }

    /** The children that were the next answer when the connection broke. */
    List<String> brokeAt() {
        return brokeAt;
    }

    /** Whether the connection broke when the list of children was the next answer. */
    boolean brokeAtList() {
        return brokeAtList;
    }

    /** What there is to go on with after the connection broke, if it is more than a batch. */
    @Nullable Broken broken() {
        return directory == null || nodes.size() <= NodeSizes.MOST ? null : new Broken(directory, Map.copyOf(nodes));
    }

    /** The children that were taken from a reading that broke: they may have changed before the watch was set again. */
    Set<String> carried() {
        return carried;
    }

    /** Why the list of children cannot be read: it is too large. */
    String listTooLarge() {
        return "the connection breaks at its list of " + children + " children, which is larger than this client's"
                + " jute.maxbuffer of " + limit + " bytes; raise the system property jute.maxbuffer";
    }

    /**
     * Starts to read.
     *
     * @param watcher the watcher to set, if the watch is renewed
     * @param cautious whether to count the children before they are listed
     */
    CompletableFuture<Reading> read(Watcher watcher, boolean cautious) {
        if (order.renew()) {
            if (from.requests().takesWatches()) {
                requests.watch(from.path(), watcher);
            }
            requests.sync(from.path());
            readParent();
        }
        if (cautious) {
            requests.exists(from.path(), this::counted);
        }
        if (order.known() == null) {
            list();
        } else {
            Set<String> saved = before == null ? Set.of() : before.nodes().keySet();
            order.beforehand().stream().filter(id -> !saved.contains(id)).forEach(unread::add);
            readBatch(true);
        }
        return requests.result();
    }

    /** Ends the pass without a reading. */
    void giveUp() {
        requests.result().cancel(false);
    }

    private void counted(Code code, @Nullable Stat stat) {
        children = stat == null ? 0 : stat.getNumChildren();
        requests.require(code != Code.CONNECTIONLOSS, code, from.path());
    }

    private void list() {
        requests.list(from.path(), (code, names, stat) -> {
            brokeAtList = requests.brokeHere();
            if (code == Code.OK && names != null && stat != null) {
                found(version(stat), names);
            } else {
                notFound(code);
            }
        });
    }

    private void directoryRead(Answer answer, Known known) {
        if (answer.stat() == null) {
            notFound(answer.code());
        } else if (version(answer.stat()).equals(known.directory())) {
            found(known.directory(), known.ids());
        } else {
            list();
        }
    }

    private void found(DirectoryVersion version, Collection<String> names) {
        Known known = order.known();
        boolean other = known != null && known.directory().created() != version.created();
        if (other) {
            nodes.clear();
            asked.clear();
        }
        directory = version;
        ids.clear();
        ids.addAll(names);
        if (before != null && before.directory().equals(version)) {
            carried = new HashSet<>(before.nodes().keySet());
            carried.retainAll(ids);
            carried.removeAll(asked);
            carried.forEach(id -> nodes.put(id, before.nodes().get(id)));
            asked.addAll(carried);
        }
        unread.clear();
        names.stream()
                .filter(id -> !asked.contains(id) && (other || order.wants(id)))
                .forEach(unread::add);
    }

    private void notFound(Code code) {
        denied = code == Code.NOAUTH;
        unread.clear();
        if (code == Code.NONODE && !order.renew()) {
            readParent();
        } else {
            requests.require(denied || code == Code.NONODE, code, from.path());
        }
    }

    private void readParent() {
        int end = from.path().lastIndexOf('/');
        String above = end > 0 ? from.path().substring(0, end) : "/";
        requests.exists(above, (code, stat) -> {
            parent = stat == null ? null : version(stat);
            requests.require(code == Code.OK || code == Code.NONODE || code == Code.NOAUTH, code, above);
        });
    }

    private void readNext() {
        while (directory != null && requests.underWay() < WINDOW && !unread.isEmpty()) {
            readBatch(false);
        }
    }

    private void readBatch(boolean withDirectory) {
        String next = unread.peek();
        if (next != null && sizes.isDoubtful(next, limit) && !measured.contains(next)) {
            if (withDirectory) {
                read(List.of(), true);
            } else {
                unread.remove();
                requests.exists(child(next), (code, stat) -> measured(next, code, stat));
            }
        } else if (from.requests().takesMulti()) {
            read(sizes.cut(unread, limit), withDirectory);
        } else {
            read(withDirectory ? List.of() : List.of(unread.remove()), withDirectory);
        }
    }

    private void measured(String id, Code code, @Nullable Stat stat) {
        if (stat == null) {
            nodeRead(id, new Answer(code, null, null));
            return;
        }
        int bytes = stat.getDataLength();
        sizes.measured(id, bytes);
        if (bytes > limit - NodeSizes.OVERHEAD) {
            nodes.put(id, new Content(stat.getCzxid(), stat.getMzxid(), () -> {
                throw new InvalidNodeException("it has " + bytes + " bytes, too many for this client (jute.maxbuffer)");
            }));
        } else {
            measured.add(id);
            unread.add(id);
        }
    }

    private void read(List<String> batch, boolean withDirectory) {
        asked.addAll(batch);
        List<String> paths = new ArrayList<>();
        if (withDirectory) {
            paths.add(from.path());
        }
        batch.forEach(id -> paths.add(child(id)));
        requests.contents(paths, sizes.of(batch, limit), answers -> {
            if (answers.isEmpty()) {
                brokeAt = requests.brokeHere() ? batch : List.of();
                return;
            }
            int first = 0;
            Known known = order.known();
            if (withDirectory && known != null) {
                directoryRead(answers.get(first++), known);
            }
            for (String id : batch) {
                nodeRead(id, answers.get(first++));
            }
            if (withDirectory && directory != null && !ids.containsAll(nodes.keySet())) {
                list(); // The server answers the reads of one request at different times.
            }
        });
    }

    private void nodeRead(String id, Answer answer) {
        Stat stat = answer.stat();
        if (stat != null) {
            byte[] content = answer.data() == null ? new byte[0] : answer.data();
            boolean emptyForGood = content.length == 0 && stat.getEphemeralOwner() == 0;
            sizes.measured(id, stat.getDataLength());
            String path = child(id);
            nodes.put(
                    id,
                    new Content(
                            stat.getCzxid(),
                            stat.getMzxid(),
                            () -> from.format().json(path, content),
                            stat.getNumChildren() > 0 || emptyForGood));
        } else if (answer.code() == Code.NONODE) {
            ids.remove(id);
        } else {
            requests.require(answer.code() == Code.NOAUTH, answer.code(), child(id));
            nodes.put(id, new Unreadable());
        }
    }

    private Reading reading() {
        Optional<DirectoryVersion> above = Optional.ofNullable(parent);
        if (directory == null) {
            return denied ? new Denied() : new Missing(above);
        }
        nodes.keySet().retainAll(ids);
        return new Listed(directory, above, ids, nodes);
    }

    private String child(String id) {
        return from.path() + '/' + id;
    }

    private static DirectoryVersion version(Stat stat) {
        return new DirectoryVersion(stat.getCzxid(), stat.getPzxid());
    }
}

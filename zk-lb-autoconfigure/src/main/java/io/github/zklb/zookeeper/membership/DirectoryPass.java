package io.github.zklb.zookeeper.membership;

import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.Denied;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Missing;
import io.github.zklb.membership.Reading.Unreadable;
import io.github.zklb.zookeeper.membership.PartialReading.Left;
import io.github.zklb.zookeeper.membership.PartialReading.Order;
import io.github.zklb.zookeeper.membership.PassRequests.Answer;
import io.github.zklb.zookeeper.membership.ZooKeeperDirectoryReader.Directory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a directory on one session, whose requests ZooKeeper answers in their order: what follows a sync is at
 * least as new as it. First comes the directory itself, together with the first nodes and, if the watch is renewed, with the
 * node above; it is listed only if its list does not follow from that. The nodes are read in batches. Lives on the worker; any
 * answer but a clear one, or none for too long, ends it as failed.
 */
final class DirectoryPass {

    /** Room for others: a large service has no more than this of what the client may ask at a time. */
    private static final int WINDOW = 8;

    private final Directory from;
    private final PassRequests requests;
    private final Order order;
    private final NodeSizes sizes;
    private final PartialReading found;
    private final int limit;

    private final Set<String> measured = new HashSet<>();
    private @Nullable DirectoryVersion parent;
    private boolean denied;
    private int children;
    private List<String> brokeAt = List.of();
    private boolean brokeAtList;

    /**
     * A reading that has not begun.
     *
     * @param before what the reading before left behind
     */
    DirectoryPass(ZooKeeper zooKeeper, Directory from, Order order, NodeSizes sizes, @Nullable Left before) {
        this.from = from;
        this.order = order;
        this.sizes = sizes;
        this.found = new PartialReading(order, before);
        this.requests = new PassRequests(zooKeeper, from, this::readNext, this::reading);
        this.limit = requests.limit();
    }

    /** What it has found. */
    PartialReading found() {
        return found;
    }

    /** The children that were the next answer when the connection broke. */
    List<String> brokeAt() {
        return brokeAt;
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
            if (!readsParentWithNodes()) {
                readParent();
            }
        }
        if (cautious) {
            requests.exists(from.path(), this::counted);
        }
        if (order.known() == null) {
            list();
        } else {
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
                found.listed(stat, names);
            } else {
                notFound(code);
            }
        });
    }

    private void notFound(Code code) {
        denied = code == Code.NOAUTH;
        found.unread().clear();
        if (code == Code.NONODE && !order.renew()) {
            readParent();
        } else {
            requests.require(denied || code == Code.NONODE, code, from.path());
        }
    }

    /** Then it costs no request of its own. */
    private boolean readsParentWithNodes() {
        return order.renew() && order.known() != null && from.requests().takesMulti() && sizes.takesParent();
    }

    private String above() {
        int end = from.path().lastIndexOf('/');
        return end > 0 ? from.path().substring(0, end) : "/";
    }

    private void readParent() {
        requests.exists(above(), (code, stat) -> {
            if (stat != null) {
                sizes.parentMeasured(stat.getDataLength(), limit);
            }
            parentRead(code, stat);
        });
    }

    private void parentRead(Code code, @Nullable Stat stat) {
        parent = stat == null ? null : PartialReading.version(stat);
        requests.require(code == Code.OK || code == Code.NONODE || code == Code.NOAUTH, code, above());
    }

    private void parentRead(Answer answer) {
        if (answer.code() == Code.NOAUTH) {
            sizes.parentIsUnreadable();
            readParent(); // needs no right
        } else {
            parentRead(answer.code(), answer.stat());
        }
    }

    private void readNext() {
        while (found.isListed()
                && requests.underWay() < WINDOW
                && !found.unread().isEmpty()) {
            readBatch(false);
        }
    }

    private void readBatch(boolean withDirectory) {
        String next = found.unread().peek();
        boolean doubtful = next != null && sizes.isDoubtful(next, limit) && !measured.contains(next);
        if (doubtful && !withDirectory) {
            found.unread().remove();
            requests.exists(child(next), (code, stat) -> measured(next, code, stat));
        } else if (from.requests().takesMulti() && !doubtful) {
            read(sizes.cut(found.unread(), limit), withDirectory);
        } else {
            read(withDirectory ? List.of() : List.of(found.unread().remove()), withDirectory);
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
            found.read(id, new Content(stat.getCzxid(), stat.getMzxid(), () -> {
                throw new InvalidNodeException("it has " + bytes + " bytes, too many for this client (jute.maxbuffer)");
            }));
        } else {
            measured.add(id);
            found.unread().add(id);
        }
    }

    private void read(List<String> batch, boolean withDirectory) {
        found.asked(batch);
        List<String> paths = new ArrayList<>();
        batch.forEach(id -> paths.add(child(id)));
        boolean withParent = withDirectory && readsParentWithNodes();
        if (withDirectory) {
            paths.add(from.path());
        }
        if (withParent) {
            paths.add(above());
        }
        requests.contents(paths, sizes.of(batch, limit), answers -> {
            if (answers.isEmpty()) {
                brokeAt = requests.brokeHere() ? batch : List.of();
                if (requests.brokeHere() && withParent) {
                    sizes.brokeAtParent();
                }
                return;
            }
            for (int i = 0; i < batch.size(); i++) {
                nodeRead(batch.get(i), answers.get(i));
            }
            if (withDirectory) {
                directoryRead(answers.get(batch.size()));
            }
            if (withParent) {
                parentRead(answers.get(batch.size() + 1));
            }
        });
    }

    private void directoryRead(Answer answer) {
        if (answer.stat() == null) {
            notFound(answer.code());
        } else if (!found.isKnown(answer.stat())) {
            list();
        }
    }

    private void nodeRead(String id, Answer answer) {
        Stat stat = answer.stat();
        if (stat != null) {
            byte[] content = answer.data() == null ? new byte[0] : answer.data();
            boolean emptyForGood = content.length == 0 && stat.getEphemeralOwner() == 0;
            sizes.measured(id, stat.getDataLength());
            String path = child(id);
            found.read(
                    id,
                    new Content(
                            stat.getCzxid(),
                            stat.getMzxid(),
                            () -> from.format().json(path, content),
                            stat.getNumChildren() > 0 || emptyForGood));
        } else if (answer.code() == Code.NONODE) {
            found.vanished(id);
        } else {
            requests.require(answer.code() == Code.NOAUTH, answer.code(), child(id));
            found.read(id, new Unreadable());
        }
    }

    private Reading reading() {
        Optional<DirectoryVersion> above = Optional.ofNullable(parent);
        Optional<Listed> listed = found.reading(above);
        if (listed.isPresent()) {
            return listed.get();
        }
        return denied ? new Denied() : new Missing(above);
    }

    private String child(String id) {
        return from.path() + '/' + id;
    }
}

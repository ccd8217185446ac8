package io.github.zklb.zookeeper.membership;

import io.github.zklb.membership.DirectoryReader.Known;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Node;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** What a pass has found so far, and what it has still to read. Used by the worker only. */
final class PartialReading {

    private final Order order;
    private final @Nullable Left before;
    private final Queue<String> unread = new ArrayDeque<>();
    private final Set<String> asked = new HashSet<>();
    private final Set<String> ids = new HashSet<>();
    private final Set<String> vanished = new HashSet<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private Set<String> carried = Set.of();
    private @Nullable Stat directory;

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
    }

    /**
     * What the reading before left behind.
     *
     * @param directory the directory as it was then
     * @param nodes the nodes that it had read when its connection broke
     */
    record Left(Stat directory, Map<String, Node> nodes) {}

    /** Begins with what can be read before the directory is known. */
    PartialReading(Order order, @Nullable Left before) {
        this.order = order;
        this.before = before;
        Known known = order.known();
        if (known != null) {
            Set<String> saved = before == null ? Set.of() : before.nodes().keySet();
            (order.all() ? known.ids() : order.marked())
                    .stream().filter(id -> !saved.contains(id)).forEach(unread::add);
        }
    }

    /** The nodes to read next, in order. */
    Queue<String> unread() {
        return unread;
    }

    /** Whether the directory is found, so that what is unread is known. */
    boolean isListed() {
        return directory != null;
    }

    /** The nodes that were taken from a reading that broke: they may have changed before the watch was set again. */
    Set<String> carried() {
        return carried;
    }

    void asked(Collection<String> children) {
        asked.addAll(children);
    }

    void read(String id, Node node) {
        nodes.put(id, node);
    }

    void vanished(String id) {
        vanished.add(id);
        asked.remove(id);
        ids.remove(id);
    }

    /** Takes a directory without listing it, if its list is known in spite of what has changed. */
    boolean isKnown(Stat now) {
        Known known = order.known();
        if (known == null) {
            return false;
        }
        boolean unchanged = version(now).equals(known.directory());
        if (!unchanged && !isExplained(now, known)) {
            return false;
        }
        Set<String> names = new HashSet<>(known.ids());
        names.removeAll(vanished);
        names.addAll(nodes.keySet());
        listed(now, names);
        return !unchanged
                || names.equals(known.ids()); // Some servers answer the reads of one request at different times.
    }

    /** Whether the nodes that were read account for every creation and deletion since the list was known: cversion counts. */
    private boolean isExplained(Stat now, Known known) {
        if (before == null || !version(before.directory()).equals(known.directory()) || !unread.isEmpty()) {
            return false;
        }
        int deletions = 0;
        for (String id : vanished) {
            deletions += known.ids().contains(id) ? 1 : 0;
        }
        int creations = 0;
        int replacements = 0;
        for (Map.Entry<String, Node> read : nodes.entrySet()) {
            if (!known.ids().contains(read.getKey())) {
                creations++;
            } else if (read.getValue() instanceof Content content
                    && content.created() > known.directory().changed()) {
                replacements++;
            }
        }
        return now.getCzxid() == known.directory().created()
                && now.getCversion() - before.directory().getCversion() == creations + deletions + 2 * replacements
                && now.getNumChildren() == known.ids().size() + creations - deletions;
    }

    /** The directory has these children. */
    void listed(Stat stat, Collection<String> names) {
        Known known = order.known();
        boolean other = known != null && known.directory().created() != stat.getCzxid();
        if (other) {
            nodes.clear();
            asked.clear();
        }
        directory = stat;
        ids.clear();
        ids.addAll(names);
        if (before != null && version(before.directory()).equals(version(stat))) {
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

    /**
     * What there is to go on with.
     *
     * @param failed whether the pass was broken off: then it is what was read, if that is more than a batch
     */
    @Nullable Left left(boolean failed) {
        if (directory == null) {
            return failed ? before : null;
        }
        return new Left(directory, failed && nodes.size() > NodeSizes.MOST ? Map.copyOf(nodes) : Map.of());
    }

    /** The reading, unless there is no directory. */
    Optional<Listed> reading(Optional<DirectoryVersion> parent) {
        nodes.keySet().retainAll(ids);
        return Optional.ofNullable(directory).map(stat -> new Listed(version(stat), parent, ids, nodes));
    }

    static DirectoryVersion version(Stat stat) {
        return new DirectoryVersion(stat.getCzxid(), stat.getPzxid());
    }
}

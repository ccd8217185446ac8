package io.github.zklb.zookeeper.policy;

import io.github.zklb.codec.Printable;
import io.github.zklb.policy.OverlayDecoder;
import io.github.zklb.policy.OverlayNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.zookeeper.OpResult.GetDataResult;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * One reading of directories of overlays. Nothing is asked for before its size is known, since an answer that is too large
 * breaks the connection, which is that of the membership too. A content that is known is not read again.
 *
 * @param requests of one session
 * @param paths where the nodes stand
 * @param known what is known of each directory
 */
record OverlayPass(OverlayRequests requests, PolicyPaths paths, Map<String, List<OverlayNode>> known) {

    private static final int AT_ONCE = 32;
    private static final int WRITE = Perms.CREATE | Perms.WRITE | Perms.DELETE | Perms.ADMIN;

    /**
     * What was found.
     *
     * @param byDirectory the overlays of each directory that was asked for
     * @param tooMany those directories that hold more than is read, with what was known of them
     * @param open whether everybody may write here; null if that was not asked
     */
    record Found(
            Map<String, List<OverlayNode>> byDirectory,
            List<String> tooMany,
            @Nullable Boolean open) {}

    private record Directory(String name, List<OverlayNode> nodes, boolean tooMany) {}

    /**
     * Reads.
     *
     * @param withAcl whether to look at who may write
     */
    CompletableFuture<Found> read(Collection<String> directories, boolean withAcl) {
        return requests.exists(paths.overlays()).thenCompose(root -> {
            CompletableFuture<Boolean> open =
                    withAcl && root.value() != null ? isOpen() : CompletableFuture.completedFuture(false);
            CompletableFuture<List<Directory>> all = all(
                    directories,
                    name -> root.value() == null
                            ? CompletableFuture.completedFuture(new Directory(name, List.of(), false))
                            : directory(name));
            return all.thenCombine(open, (read, isOpen) -> found(read, withAcl ? isOpen : null));
        });
    }

    private static Found found(List<Directory> read, @Nullable Boolean open) {
        return new Found(
                read.stream().collect(Collectors.toUnmodifiableMap(Directory::name, Directory::nodes)),
                read.stream().filter(Directory::tooMany).map(Directory::name).toList(),
                open);
    }

    private CompletableFuture<Boolean> isOpen() {
        return all(
                        List.of(paths.root(), paths.overlays(), paths.overlays(OverlayNode.ALL)),
                        path -> requests.acl(path).thenApply(acl -> acl.value() != null && isOpen(acl.value())))
                .thenApply(open -> open.contains(true));
    }

    private static boolean isOpen(List<ACL> acl) {
        return acl.stream()
                .anyMatch(each -> each.getId().getScheme().equals("world") && (each.getPerms() & WRITE) != 0);
    }

    private CompletableFuture<Directory> directory(String name) {
        Directory empty = new Directory(name, List.of(), false);
        return requests.exists(paths.overlays(name))
                .thenCompose(stat -> stat.then(there -> directory(name, there, empty), empty));
    }

    private CompletableFuture<Directory> directory(String name, Stat there, Directory empty) {
        List<OverlayNode> last = known.getOrDefault(name, List.of());
        if (there.getNumChildren() > OverlayNode.MOST) {
            return CompletableFuture.completedFuture(new Directory(name, last, true));
        }
        return there.getNumChildren() == 0
                ? CompletableFuture.completedFuture(empty)
                : requests.children(paths.overlays(name))
                        .thenCompose(names -> names.then(listed -> nodes(name, listed), empty));
    }

    private CompletableFuture<Directory> nodes(String directory, List<String> names) {
        List<String> inOrder = names.stream().sorted().toList();
        return all(inOrder, name -> requests.exists(paths.overlays(directory) + '/' + name))
                .thenCompose(stats -> {
                    Map<String, OverlayNode> last = known.getOrDefault(directory, List.of()).stream()
                            .collect(Collectors.toMap(OverlayNode::name, each -> each, (one, cutAlike) -> one));
                    Map<String, OverlayNode> nodes = new HashMap<>();
                    List<String> unread = new ArrayList<>();
                    for (int i = 0; i < stats.size(); i++) {
                        String name = inOrder.get(i);
                        Stat stat = stats.get(i).value();
                        if (stat == null) {
                            continue;
                        }
                        OverlayNode before = last.get(name);
                        if (before != null && before.modified() == stat.getMzxid()) {
                            nodes.put(name, before);
                        } else if (!OverlayNode.isName(name)) {
                            nodes.put(
                                    name, invalid(directory, name, stat, "its name must be 1 to 64 of a-z, 0-9 and -"));
                        } else if (stat.getDataLength() > OverlayDecoder.MAX_BYTES) {
                            nodes.put(
                                    name,
                                    invalid(
                                            directory,
                                            name,
                                            stat,
                                            "it has " + stat.getDataLength() + " bytes, more than "
                                                    + OverlayDecoder.MAX_BYTES));
                        } else {
                            unread.add(name);
                        }
                    }
                    return contents(directory, unread).thenApply(read -> {
                        nodes.putAll(read);
                        return new Directory(
                                directory,
                                nodes.entrySet().stream()
                                        .sorted(Map.Entry.comparingByKey())
                                        .map(Map.Entry::getValue)
                                        .toList(),
                                false);
                    });
                });
    }

    private CompletableFuture<Map<String, OverlayNode>> contents(String directory, List<String> names) {
        List<List<String>> parts = new ArrayList<>();
        for (int i = 0; i < names.size(); i += AT_ONCE) {
            parts.add(names.subList(i, Math.min(names.size(), i + AT_ONCE)));
        }
        return all(parts, part -> part(directory, part)).thenApply(all -> {
            Map<String, OverlayNode> nodes = new HashMap<>();
            all.forEach(nodes::putAll);
            return nodes;
        });
    }

    private CompletableFuture<Map<String, OverlayNode>> part(String directory, List<String> names) {
        List<String> nodes = names.stream()
                .map(name -> paths.overlays(directory) + '/' + name)
                .toList();
        return requests.contents(nodes).thenApply(results -> {
            Map<String, OverlayNode> read = new HashMap<>();
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i) instanceof GetDataResult data) {
                    byte[] content = data.getData() == null ? new byte[0] : data.getData();
                    read.put(
                            names.get(i),
                            node(directory, names.get(i), data.getStat(), OverlayDecoder.decode(content)));
                }
            }
            return read;
        });
    }

    private static OverlayNode invalid(String directory, String name, Stat stat, String why) {
        return node(directory, Printable.of(name), stat, new OverlayNode.Invalid(why));
    }

    private static OverlayNode node(String directory, String name, Stat stat, OverlayNode.Content content) {
        return new OverlayNode(
                directory.equals(OverlayNode.ALL),
                name,
                stat.getCzxid(),
                stat.getMzxid(),
                stat.getVersion(),
                Instant.ofEpochMilli(stat.getMtime()),
                content);
    }

    /** Asks for some at a time, so that what else goes over the connection does not wait for all of them. */
    private static <T, R> CompletableFuture<List<R>> all(Collection<T> of, Function<T, CompletableFuture<R>> ask) {
        List<T> inOrder = List.copyOf(of);
        CompletableFuture<List<R>> answers = CompletableFuture.completedFuture(new ArrayList<>());
        for (int i = 0; i < inOrder.size(); i += AT_ONCE) {
            List<T> some = inOrder.subList(i, Math.min(inOrder.size(), i + AT_ONCE));
            answers = answers.thenCompose(
                    before -> OverlayRequests.atOnce(some, ask).thenApply(more -> {
                        before.addAll(more);
                        return before;
                    }));
        }
        return answers;
    }
}

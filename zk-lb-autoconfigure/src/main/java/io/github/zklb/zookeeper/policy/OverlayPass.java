package io.github.zklb.zookeeper.policy;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.OverlayDecoder;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.PolicyDecoder;
import io.github.zklb.policy.PolicyNode;
import io.github.zklb.policy.SettingLayers;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * One reading of directories of overlays, and of the policies of the services that these belong to.
 *
 * @param requests of one session
 * @param paths where the nodes stand
 * @param worker runs what is not for ZooKeeper's event thread
 * @param check looks whether the settings of a node can be
 * @param known what is known of each directory
 */
record OverlayPass(
        OverlayRequests requests,
        PolicyPaths paths,
        Executor worker,
        SettingLayers.Check check,
        Map<String, Known> known) {

    private static final Known NOTHING = new Known(List.of(), null);
    private static final int WRITE = Perms.CREATE | Perms.WRITE | Perms.DELETE | Perms.ADMIN;

    /**
     * What is known of a directory.
     *
     * @param policy the policy of its service; null if that has none
     */
    record Known(List<OverlayNode> overlays, @Nullable PolicyNode policy) {}

    /**
     * What was found.
     *
     * @param byDirectory what there is of each directory that was asked for
     * @param tooMany those directories that hold more overlays than are read, with what was known of them
     * @param denied those that may not be listed, with what was known of them
     * @param open what everybody may write to; null if that was not asked
     */
    record Found(
            Map<String, Known> byDirectory,
            List<String> tooMany,
            List<String> denied,
            @Nullable Open open) {

        private Found with(Open asked) {
            return new Found(byDirectory, tooMany, denied, asked);
        }

        /** What an operator should know. */
        void tell(PolicyPaths paths, BiConsumer<Message, String> warnings) {
            tooMany.forEach(each -> warnings.accept(
                    Message.TOO_MANY_OVERLAYS,
                    "more than " + OverlayNode.MOST + " nodes are in " + Printable.of(paths.overlays(each))
                            + ": it is not read again before there are fewer"));
            denied.forEach(
                    each -> warnings.accept(
                            Message.OVERLAYS_CANNOT_BE_READ,
                            "This application may not list the overlays in " + Printable.of(paths.overlays(each))
                                    + ": those that it knows count until they expire, and new ones do not. Give it READ there"));
            if (open != null && open.ofAll) {
                warnings.accept(
                        Message.EVERYBODY_MAY_WRITE_OVERLAYS,
                        "Everybody may write below " + Printable.of(paths.root())
                                + ", by the ACLs of its first nodes: overlays of all services are ignored until only operators may");
            }
            if (open != null && open.policies) {
                warnings.accept(
                        Message.EVERYBODY_MAY_WRITE_POLICIES,
                        "Everybody may create policies in " + Printable.of(paths.policies())
                                + ", by its ACL: they count all the same, so give the right to create there only to the owners of services");
            }
        }
    }

    /**
     * What everybody may write to.
     *
     * @param ofAll the overlays of all services, or what stands above them
     * @param policies the directory of the policies
     */
    record Open(boolean ofAll, boolean policies) {}

    private record Directory(String name, List<OverlayNode> nodes, boolean tooMany, boolean denied) {}

    /**
     * Reads.
     *
     * @param withAcl whether to look at who may write
     */
    CompletableFuture<Found> read(Collection<String> directories, boolean withAcl) {
        return requests.exists(paths.overlays())
                .thenCombine(
                        requests.exists(paths.policies()),
                        (overlays, policies) -> new Roots(overlays.value() != null, policies.value() != null))
                .thenCompose(roots -> read(roots, directories, withAcl));
    }

    /** Which of the two are there. */
    private record Roots(boolean overlays, boolean policies) {}

    private CompletableFuture<Found> read(Roots roots, Collection<String> directories, boolean withAcl) {
        CompletableFuture<Map<String, PolicyNode>> policies =
                roots.policies ? policies(directories) : CompletableFuture.completedFuture(Map.of());
        return NodeReader.all(
                        directories,
                        name -> roots.overlays
                                ? directory(name)
                                : CompletableFuture.completedFuture(new Directory(name, List.of(), false, false)))
                .thenCombine(policies, OverlayPass::found)
                .thenCompose(found -> withAcl
                        ? open(roots.overlays || roots.policies).thenApply(found::with)
                        : CompletableFuture.completedFuture(found));
    }

    private static Found found(List<Directory> read, Map<String, PolicyNode> policies) {
        return new Found(
                read.stream()
                        .collect(Collectors.toUnmodifiableMap(
                                Directory::name, each -> new Known(each.nodes, policies.get(each.name)))),
                read.stream().filter(Directory::tooMany).map(Directory::name).toList(),
                read.stream().filter(Directory::denied).map(Directory::name).toList(),
                null);
    }

    private CompletableFuture<Map<String, PolicyNode>> policies(Collection<String> directories) {
        List<String> services = directories.stream()
                .filter(each -> !each.equals(OverlayNode.ALL))
                .toList();
        Map<String, PolicyNode> last = new HashMap<>();
        known.forEach((name, each) -> {
            if (each.policy != null) {
                last.put(name, each.policy);
            }
        });
        return new NodeReader<>(requests, worker, new Policies(paths.policies(), check))
                .read(paths.policies(), services, last);
    }

    /** Asked after the contents: who sees what was written after a change of the rights sees that change. */
    private CompletableFuture<Open> open(boolean isAnyThere) {
        List<String> asked = List.of(paths.policies(), paths.root(), paths.overlays(), paths.overlays(OverlayNode.ALL));
        return NodeReader.all(
                        isAnyThere ? asked : List.<String>of(),
                        path -> requests.acl(path).thenApply(acl -> acl.value() != null && isOpen(acl.value())))
                .thenApply(open -> new Open(open.lastIndexOf(true) > 0, open.indexOf(true) == 0));
    }

    private static boolean isOpen(List<ACL> acl) {
        return acl.stream()
                .anyMatch(each -> each.getId().getScheme().equals("world") && (each.getPerms() & WRITE) != 0);
    }

    private CompletableFuture<Directory> directory(String name) {
        return requests.exists(paths.overlays(name))
                .thenCompose(stat -> stat.then(there -> directory(name, there), unlisted(name, stat)));
    }

    private CompletableFuture<Directory> directory(String name, Stat there) {
        if (there.getNumChildren() > OverlayNode.MOST) {
            return CompletableFuture.completedFuture(new Directory(name, last(name), true, false));
        }
        return there.getNumChildren() == 0
                ? CompletableFuture.completedFuture(new Directory(name, List.of(), false, false))
                : requests.children(paths.overlays(name))
                        .thenCompose(names -> names.then(listed -> nodes(name, listed), unlisted(name, names)));
    }

    /** Without a directory there are no overlays; where it may not be listed, there are those that were known. */
    private Directory unlisted(String name, OverlayRequests.Answer<?> answer) {
        boolean denied = answer.code() == Code.NOAUTH;
        return new Directory(name, denied ? last(name) : List.of(), false, denied);
    }

    private List<OverlayNode> last(String directory) {
        return known.getOrDefault(directory, NOTHING).overlays;
    }

    private CompletableFuture<Directory> nodes(String directory, List<String> names) {
        Map<String, OverlayNode> last = last(directory).stream()
                .collect(Collectors.toMap(OverlayNode::name, each -> each, (one, cutAlike) -> one));
        return new NodeReader<>(requests, worker, new Overlays(directory.equals(OverlayNode.ALL), check))
                .read(paths.overlays(directory), names, last)
                .thenApply(read -> new Directory(
                        directory,
                        read.entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(Map.Entry::getValue)
                                .toList(),
                        false,
                        false));
    }

    /** Overlays as nodes. */
    private record Overlays(boolean ofAll, SettingLayers.Check check) implements NodeReader.Kind<OverlayNode> {

        @Override
        public long modified(OverlayNode node) {
            return node.modified();
        }

        @Override
        public @Nullable String refusal(String name) {
            return OverlayNode.isName(name) ? null : "its name must be 1 to 64 of a-z, 0-9 and -";
        }

        @Override
        public OverlayNode refused(String name, Stat stat, String why) {
            return node(Printable.of(name), stat, new OverlayNode.Invalid(why));
        }

        /** What it said counts until it expires. */
        @Override
        public OverlayNode denied(String name, @Nullable OverlayNode before) {
            return before == null ? refused(name, new Stat(), NodeReader.DENIED) : before;
        }

        @Override
        public OverlayNode read(String name, Stat stat, byte[] content) {
            return node(name, stat, OverlayDecoder.decode(content, check));
        }

        private OverlayNode node(String name, Stat stat, OverlayNode.Content content) {
            return new OverlayNode(
                    ofAll, name, stat.getCzxid(), stat.getMzxid(), Instant.ofEpochMilli(stat.getMtime()), content);
        }
    }

    /** Policies as nodes. */
    private record Policies(String directory, SettingLayers.Check check) implements NodeReader.Kind<PolicyNode> {

        @Override
        public long modified(PolicyNode node) {
            return node.modified();
        }

        @Override
        public @Nullable String refusal(String name) {
            return null;
        }

        @Override
        public PolicyNode refused(String name, Stat stat, String why) {
            return node(name, stat, new PolicyNode.Invalid(why));
        }

        @Override
        public PolicyNode denied(String name, @Nullable PolicyNode before) {
            return before == null ? refused(name, new Stat(), NodeReader.DENIED) : before.unread(NodeReader.DENIED);
        }

        @Override
        public PolicyNode read(String name, Stat stat, byte[] content) {
            return node(name, stat, PolicyDecoder.decode(content, check));
        }

        private PolicyNode node(String name, Stat stat, PolicyNode.Content content) {
            return new PolicyNode(
                    directory + '/' + name,
                    stat.getCzxid(),
                    stat.getMzxid(),
                    stat.getVersion(),
                    Instant.ofEpochMilli(stat.getMtime()),
                    content);
        }
    }
}

package io.github.zklb.zookeeper.policy;

import io.github.zklb.policy.OverlayDecoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.OpResult.GetDataResult;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Reads nodes of one kind by their names. Nothing is asked for before its size is known, since an answer that is too large breaks
 * the connection, which is that of the membership too. A content that is known is not read again, others many by one request.
 *
 * @param worker makes nodes of their contents
 */
record NodeReader<N>(OverlayRequests requests, Executor worker, Kind<N> kind) {

    /** Why nothing is known of a node that is there. */
    static final String DENIED = "this application may not read it: give it READ there";

    private static final int AT_ONCE = 32;
    private static final int MAX_BYTES = OverlayDecoder.MAX_BYTES;

    /** What the nodes are. */
    interface Kind<N> {

        /** The zxid of the content of a node. */
        long modified(N node);

        /** Why no node of this kind has such a name; null if one may have. */
        @Nullable String refusal(String name);

        /** A node whose content is not read. */
        N refused(String name, Stat stat, String why);

        /** One that may not be read: of no zxid, so that it is asked for again, or the one before. */
        N denied(String name, @Nullable N before);

        /** A node with its content. */
        N read(String name, Stat stat, byte[] content);
    }

    /**
     * Reads.
     *
     * @param last what is known of them
     * @return those that are there, by their names
     */
    CompletableFuture<Map<String, N>> read(String directory, Collection<String> names, Map<String, N> last) {
        List<String> inOrder = names.stream().sorted().toList();
        return all(inOrder, name -> requests.exists(directory + '/' + name)).thenCompose(stats -> {
            Map<String, N> nodes = new HashMap<>();
            Map<String, Integer> unread = new TreeMap<>();
            for (int i = 0; i < stats.size(); i++) {
                String name = inOrder.get(i);
                Stat stat = stats.get(i).value();
                N before = last.get(name);
                if (stats.get(i).code() == Code.NOAUTH) {
                    nodes.put(name, kind.denied(name, before));
                }
                if (stat == null) {
                    continue;
                }
                String refusal = refusal(name, stat);
                if (before != null && kind.modified(before) == stat.getMzxid()) {
                    nodes.put(name, before);
                } else if (refusal != null) {
                    nodes.put(name, kind.refused(name, stat, refusal));
                } else {
                    unread.put(name, stat.getDataLength());
                }
            }
            return contents(directory, unread, last).thenApply(read -> {
                nodes.putAll(read);
                return nodes;
            });
        });
    }

    private @Nullable String refusal(String name, Stat stat) {
        String refusal = kind.refusal(name);
        return refusal == null && stat.getDataLength() > MAX_BYTES
                ? "it has " + stat.getDataLength() + " bytes, more than " + MAX_BYTES
                : refusal;
    }

    private CompletableFuture<Map<String, N>> contents(
            String directory, Map<String, Integer> lengths, Map<String, N> last) {
        List<String> names = List.copyOf(lengths.keySet());
        List<List<String>> parts = new ArrayList<>();
        for (int i = 0; i < names.size(); i += AT_ONCE) {
            parts.add(names.subList(i, Math.min(names.size(), i + AT_ONCE)));
        }
        return all(parts, part -> {
                    int bytes = part.stream()
                            .mapToInt(name -> lengths.getOrDefault(name, 0))
                            .sum();
                    return part(directory, part, bytes, last);
                })
                .thenApply(all -> {
                    Map<String, N> nodes = new HashMap<>();
                    all.forEach(nodes::putAll);
                    return nodes;
                });
    }

    private CompletableFuture<Map<String, N>> part(
            String directory, List<String> names, int bytes, Map<String, N> last) {
        List<String> nodes = names.stream().map(name -> directory + '/' + name).toList();
        return requests.contents(nodes, bytes)
                .thenApplyAsync(
                        results -> {
                            Map<String, N> read = new HashMap<>();
                            for (int i = 0; i < results.size(); i++) {
                                String name = names.get(i);
                                if (results.get(i) instanceof GetDataResult data) {
                                    byte[] content = data.getData() == null ? new byte[0] : data.getData();
                                    read.put(name, kind.read(name, data.getStat(), content));
                                } else if (OverlayRequests.isDenied(results.get(i))) {
                                    read.put(name, kind.denied(name, last.get(name)));
                                }
                            }
                            return read;
                        },
                        worker);
    }

    /** Asks for some at a time, so that what else goes over the connection does not wait for all of them. */
    static <T, R> CompletableFuture<List<R>> all(Collection<T> of, Function<T, CompletableFuture<R>> ask) {
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

package io.github.zklb.zookeeper.policy;

import io.github.zklb.policy.OverlayDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.OpResult.GetDataResult;
import org.apache.zookeeper.data.Stat;

/**
 * How each node was when it was last asked for. Whether any has changed since costs one request, however many there are, unless
 * they are large: a watch tells of changes, and so what is asked to be sure is to cost next to nothing. What may not be read is
 * the same for as long as it may not. Confined to one thread, which does not ask twice at once, but for {@code denied}: the
 * thread of an answer changes that.
 *
 * @param paths where the nodes stand
 * @param byPath what was seen of each; empty without the node
 * @param denied those that could not be read when they were last asked for
 */
record SeenNodes(PolicyPaths paths, Map<String, Optional<Stat>> byPath, Set<String> denied) {

    /** What an answer may have beside the contents, and how large it may be. */
    private static final int OVERHEAD = 200;

    private static final int LARGEST_ANSWER = 256 * 1024;

    SeenNodes(PolicyPaths paths) {
        this(paths, new HashMap<>(), ConcurrentHashMap.newKeySet());
    }

    /**
     * Takes what a reading has seen.
     *
     * @param directories what it has read
     * @param withAcl whether it has looked at who may write, too
     */
    void take(Map<String, Optional<Stat>> seen, Set<String> directories, boolean withAcl) {
        byPath.keySet().removeIf(path -> directories.contains(paths.directoryOf(path)));
        seen.forEach((path, stat) -> {
            if (withAcl || !paths.directoryOf(path).isEmpty()) {
                byPath.put(path, stat);
            }
        });
    }

    /** Forgets all, so that a reading asks how large each is. */
    void forget() {
        byPath.clear();
    }

    /** Forgets all but some directories. */
    void retain(Set<String> directories) {
        byPath.keySet().removeIf(path -> {
            String directory = paths.directoryOf(path);
            return !directory.isEmpty() && !directories.contains(directory);
        });
        denied.retainAll(byPath.keySet());
    }

    /**
     * The directories in which something is other than it was.
     *
     * @param all their names, which are given if it is above them
     */
    CompletableFuture<Set<String>> changed(OverlayRequests requests, Set<String> all) {
        List<String> large = new ArrayList<>();
        List<List<String>> parts = new ArrayList<>();
        int left = 0;
        for (Map.Entry<String, Optional<Stat>> each : byPath.entrySet()) {
            int length = each.getValue().map(Stat::getDataLength).orElse(0);
            if (length > OverlayDecoder.MAX_BYTES) {
                large.add(each.getKey());
                continue;
            }
            left -= length + OVERHEAD;
            if (left < 0) {
                left = LARGEST_ANSWER - length - OVERHEAD;
                parts.add(new ArrayList<>());
            }
            parts.get(parts.size() - 1).add(each.getKey());
        }
        Map<String, Optional<Stat>> before = Map.copyOf(byPath);
        return OverlayRequests.atOnce(parts, part -> requests.contents(part, bytes(part)))
                .thenCombine(OverlayRequests.atOnce(large, requests::exists), (contents, stats) -> {
                    Map<String, Optional<Stat>> now = new HashMap<>();
                    Set<String> deniedNow = new HashSet<>();
                    for (int i = 0; i < parts.size(); i++) {
                        for (int j = 0; j < parts.get(i).size(); j++) {
                            String path = parts.get(i).get(j);
                            OpResult result = contents.get(i).get(j);
                            now.put(path, stat(result));
                            if (OverlayRequests.isDenied(result)) {
                                deniedNow.add(path);
                            }
                        }
                    }
                    for (int i = 0; i < large.size(); i++) {
                        now.put(large.get(i), Optional.ofNullable(stats.get(i).value()));
                    }
                    Set<String> deniedBefore = Set.copyOf(denied);
                    denied.clear();
                    denied.addAll(deniedNow);
                    return before.keySet().stream()
                            .filter(path -> deniedBefore.contains(path) != deniedNow.contains(path)
                                    || !deniedNow.contains(path)
                                            && !isSame(path, required(before, path), required(now, path)))
                            .map(paths::directoryOf)
                            .flatMap(directory -> directory.isEmpty() ? all.stream() : Stream.of(directory))
                            .collect(Collectors.toSet());
                });
    }

    private int bytes(List<String> paths) {
        return paths.stream()
                .mapToInt(path -> OVERHEAD
                        + required(byPath, path).map(Stat::getDataLength).orElse(0))
                .sum();
    }

    private static Optional<Stat> required(Map<String, Optional<Stat>> seen, String path) {
        return Objects.requireNonNull(seen.get(path));
    }

    private static Optional<Stat> stat(OpResult result) {
        return result instanceof GetDataResult data ? Optional.of(data.getStat()) : Optional.empty();
    }

    /** Of those above the directories, who may write there counts; what else stands below them does not. */
    private boolean isSame(String path, Optional<Stat> before, Optional<Stat> now) {
        if (before.isEmpty() || now.isEmpty()) {
            return before.isEmpty() && now.isEmpty();
        }
        Stat one = before.get();
        Stat other = now.get();
        return one.getCzxid() == other.getCzxid()
                && one.getAversion() == other.getAversion()
                && (paths.directoryOf(path).isEmpty()
                        || one.getMzxid() == other.getMzxid() && one.getPzxid() == other.getPzxid());
    }
}

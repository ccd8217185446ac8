package io.github.zklb.zookeeper.membership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * How large the nodes of a directory are, as far as it is known, and how many of them may be read at once: an answer that
 * is larger than the client takes breaks the application's connection, so batches aim at a quarter of that. Used by the
 * worker only.
 */
final class NodeSizes {

    /** The most nodes of a batch. */
    static final int MOST = 256;

    /** What an answer has beside the content, generously. */
    static final int OVERHEAD = 256;

    private static final int UNKNOWN_AT_ONCE = 32;
    private static final int LEAST_GUESS = 1_024;

    private final Map<String, Integer> bytes = new HashMap<>();
    private final Set<String> suspects = new HashSet<>();
    private int largest;
    private int most = MOST;
    private boolean parentIsSmall;
    private boolean parentIsReadable = true;

    /** A node's size is known now. */
    void measured(String id, int length) {
        bytes.put(id, length);
        suspects.remove(id);
        largest = Math.max(largest, length);
    }

    /** The connection broke when the contents of these nodes were the next answer. */
    void brokeAt(Collection<String> ids) {
        suspects.addAll(ids);
        most = Math.max(1, most / 2);
    }

    /** The size of the node above the directory is known now. */
    void parentMeasured(int length, int limit) {
        parentIsSmall = length <= limit / 4;
    }

    /** The connection broke when the node above was in the next answer. */
    void brokeAtParent() {
        parentIsSmall = false;
    }

    /** The content of the node above may not be read. */
    void parentIsUnreadable() {
        parentIsReadable = false;
    }

    /** Whether the node above may be read together with a batch. */
    boolean takesParent() {
        return parentIsReadable && parentIsSmall;
    }

    /** A reading came to its end, and the directory has these nodes. */
    void read(Set<String> ids) {
        most = Math.min(MOST, most * 2);
        if (bytes.size() + suspects.size() > ids.size()) {
            bytes.keySet().retainAll(ids);
            suspects.retainAll(ids);
        }
    }

    /** Whether a node may be so large that its size has to be asked for before its content. */
    boolean isDoubtful(String id, int limit) {
        return suspects.contains(id) || bytes.getOrDefault(id, 0) > limit / 4;
    }

    /** About how many bytes a batch is answered with. */
    int of(Collection<String> ids, int limit) {
        return ids.stream().mapToInt(id -> guess(id, limit)).sum();
    }

    /** Takes the nodes of the next batch from the head of a queue, at least one if there is any. */
    List<String> cut(Queue<String> unread, int limit) {
        List<String> batch = new ArrayList<>();
        int room = limit / 4;
        while (batch.size() < most && !unread.isEmpty()) {
            room -= guess(unread.element(), limit);
            if (!batch.isEmpty() && (room < 0 || suspects.contains(unread.element()))) {
                break;
            }
            batch.add(unread.remove());
        }
        return batch;
    }

    private int guess(String id, int limit) {
        Integer known = bytes.get(id);
        if (known != null) {
            return known + OVERHEAD;
        }
        return largest > 0 ? 2 * largest + OVERHEAD : Math.max(LEAST_GUESS, limit / 4 / UNKNOWN_AT_ONCE);
    }
}

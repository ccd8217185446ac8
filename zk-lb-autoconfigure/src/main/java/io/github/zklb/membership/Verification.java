package io.github.zklb.membership;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The nodes of a service in the order in which they were read last, so that each of them is read again within an interval,
 * some at each tick. Used by the worker only.
 */
final class Verification {

    private final Set<String> longestAgoFirst = new LinkedHashSet<>();

    /** How many nodes there are. */
    int size() {
        return longestAgoFirst.size();
    }

    /** Nodes were read, and the directory has some. */
    void read(Collection<String> read, Set<String> ids) {
        Set<String> there = new HashSet<>(read);
        there.retainAll(ids);
        longestAgoFirst.removeAll(there);
        longestAgoFirst.addAll(there);
        if (longestAgoFirst.size() > ids.size()) {
            longestAgoFirst.retainAll(ids);
        }
    }

    /**
     * The nodes to read at a tick.
     *
     * @param tick the time from one tick to the next
     * @param interval the time within which every node is to be read
     */
    List<String> due(Duration tick, Duration interval) {
        double share = Math.min(1, (double) tick.toNanos() / interval.toNanos());
        return longestAgoFirst.stream()
                .limit((long) Math.ceil(longestAgoFirst.size() * share))
                .toList();
    }
}

package io.github.zklb.testing;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Counts who answered. */
public final class Shares {

    private Shares() {}

    /** How often each name was given. */
    public static Map<String, Integer> of(int requests, Supplier<String> call) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < requests; i++) {
            counts.merge(call.get(), 1, Integer::sum);
        }
        return counts;
    }

    /** How often each port was given. */
    public static Map<Integer, Integer> ofPorts(int picks, Supplier<Optional<Integer>> pick) {
        Map<Integer, Integer> counts = new TreeMap<>();
        for (int i = 0; i < picks; i++) {
            counts.merge(pick.get().orElseThrow(), 1, Integer::sum);
        }
        return counts;
    }
}

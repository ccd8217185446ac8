package io.github.zklb.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.ref.Reference;
import java.util.function.Supplier;

/**
 * The heap that something holds on to, found by making it and collecting garbage. The process must do nothing else, and its
 * collector must leave no garbage, as Serial does with {@code -XX:MarkSweepAlwaysCompactCount=1}.
 */
final class Footprint {

    private static final int COLLECTIONS = 3;
    private static final int COPIES = 3;
    private static final int ATTEMPTS = 8;
    private static final double AGREEMENT = 0.01;

    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();

    /** The bytes that stay in use after one more was made, what all of them share left out; asked until two answers agree. */
    long bytes(Supplier<Object> maker) {
        long last = once(maker);
        for (int i = 0; i < ATTEMPTS; i++) {
            long next = once(maker);
            if (Math.abs(next - last) <= AGREEMENT * next) {
                return next;
            }
            last = next;
        }
        throw new IllegalStateException("no two answers agree: last " + last + " bytes");
    }

    private long once(Supplier<Object> maker) {
        Object[] kept = new Object[COPIES];
        long before = used();
        for (int i = 0; i < COPIES; i++) {
            kept[i] = maker.get();
        }
        long after = used();
        Reference.reachabilityFence(kept);
        return (after - before) / COPIES;
    }

    private long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            memory.gc();
        }
        return memory.getHeapMemoryUsage().getUsed();
    }
}

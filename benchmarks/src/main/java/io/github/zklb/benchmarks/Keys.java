package io.github.zklb.benchmarks;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The keys of the requests: different ones, about as long as a UUID, and too many for a branch predictor to learn them. A
 * balancer's own form of them is made beforehand, so that a pick hashes the text but does not make it.
 */
final class Keys {

    /** A power of two. */
    static final int COUNT = 1 << 14;

    private static final long SEED = 42;

    private static final List<String> TEXTS = texts();

    private Keys() {}

    /** The keys in the form that a balancer wants. */
    static <T> List<T> as(Function<? super String, ? extends T> form) {
        return TEXTS.stream().<T>map(form).toList();
    }

    private static List<String> texts() {
        Random random = new Random(SEED);
        return Stream.generate(() -> "user-%016x%016x".formatted(random.nextLong(), random.nextLong()))
                .limit(COUNT)
                .toList();
    }
}

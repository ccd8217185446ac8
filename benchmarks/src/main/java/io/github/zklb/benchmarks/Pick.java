package io.github.zklb.benchmarks;

import org.jspecify.annotations.Nullable;

/** One pick of a balancer that is ready to serve: what is measured. Any number of threads may pick at once. */
@FunctionalInterface
interface Pick {

    /**
     * Picks for the request with one of the {@link Keys}.
     *
     * @param key the index of the key; a balancer that does not look at keys ignores it
     */
    @Nullable Object pick(int key);
}

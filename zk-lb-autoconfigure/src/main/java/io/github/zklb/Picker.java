package io.github.zklb;

import org.jspecify.annotations.Nullable;

/**
 * Picks an endpoint out of one {@link HostSet}. Immutable but for counters that its {@link Strategy} owns; any number
 * of threads may pick at once. A pick takes no lock, allocates nothing and never waits.
 */
@FunctionalInterface
public interface Picker {

    /**
     * The endpoint for one request.
     *
     * @param context what is known of the request
     * @return an endpoint of this picker's host set, or null when there is none to give
     */
    @Nullable Endpoint pick(PickContext context);
}

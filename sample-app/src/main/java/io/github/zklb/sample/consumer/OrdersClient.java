package io.github.zklb.sample.consumer;

import org.jspecify.annotations.Nullable;

/** Calls the service {@code orders}. */
@FunctionalInterface
public interface OrdersClient {

    /**
     * Sends one request.
     *
     * @param user the user on whose behalf it is, or null if on nobody's
     * @return how the provider that answered describes itself
     */
    String call(@Nullable String user);
}

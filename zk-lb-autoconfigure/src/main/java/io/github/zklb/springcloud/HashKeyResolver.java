package io.github.zklb.springcloud;

import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.Request;

/**
 * Finds the hash key of a request. A bean of this type is a key source of the user's own: {@code bean:NAME} in
 * {@code zk-lb.consistent-hash.key}. Called for each request, by many threads at once; it must not block.
 */
@FunctionalInterface
public interface HashKeyResolver {

    /**
     * The key of a request.
     *
     * @param request the request; its context tells what the client has given (for HTTP clients a
     *     {@code RequestDataContext})
     * @return the key, or null or an empty string if the request has none
     */
    @Nullable String resolve(Request<?> request);
}

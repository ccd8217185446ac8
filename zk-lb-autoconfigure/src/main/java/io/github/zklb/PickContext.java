package io.github.zklb;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a pick knows of its request. Immutable.
 *
 * @param key the request's hash key, or null if it has none; only consistent hashing looks at it
 * @param tried the endpoints that this request was already sent to: a picker gives one of them only when no other is left
 */
public record PickContext(@Nullable String key, Set<Endpoint> tried) {

    /** The context of a first attempt without a key. */
    public static final PickContext NONE = new PickContext(null, Set.of());

    /** Refuses null where there is no null to mean anything. */
    public PickContext {
        Objects.requireNonNull(tried, "tried");
    }

    /** The context of a first attempt with the given key. */
    public static PickContext ofKey(@Nullable String key) {
        return key == null ? NONE : new PickContext(key, Set.of());
    }
}

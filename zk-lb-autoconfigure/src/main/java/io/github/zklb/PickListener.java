package io.github.zklb;

/**
 * Hears of the picks that did not go the way that their strategy has for them first. Thread-safe; no method waits or
 * allocates. A pick of which nothing is heard went the ordinary way.
 */
public interface PickListener {

    /** Hears nothing. */
    PickListener NONE = new PickListener() {};

    /** The request had no key, and the strategy for requests without one gave the endpoint. */
    default void fallback() {}

    /** The owner of the request's key did not take it, being full, ejected or warming up; the endpoint is a later one. */
    default void spilled() {}
}

package io.github.zklb.engine;

/** What can become of a pick. Each pick has one outcome: where two would do, the one that stands further down. */
public enum PickOutcome {
    /** The strategy gave an endpoint in the ordinary way. */
    PICKED,
    /** The request had no key, and the strategy for such requests gave the endpoint. */
    FALLBACK,
    /** The owner of the request's key was full, ejected or warming up, and another endpoint was given. */
    SPILLED,
    /** An endpoint was given while the panic threshold ignored the ejections. */
    PANIC,
    /** There was no endpoint to give. */
    EMPTY
}

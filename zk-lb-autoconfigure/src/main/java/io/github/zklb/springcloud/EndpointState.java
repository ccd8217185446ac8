package io.github.zklb.springcloud;

/** How an endpoint of a service is treated. Each has one state: where two would do, the one that stands further down. */
public enum EndpointState {
    /** It is given its whole share. */
    SERVING,
    /** It is new, and given a part of its share. */
    WARMING,
    /** It is not registered any more, and served until the loss guard lets it go. */
    HELD,
    /** Its calls failed, and it is left alone, unless the panic threshold says otherwise. */
    EJECTED,
    /** Its weight is 0. */
    DRAINED,
    /** It says of itself that it is not {@code UP}. */
    NOT_UP
}

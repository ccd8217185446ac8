package io.github.zklb.membership;

/** What came of the attempt to open a TCP connection to an endpoint. */
public enum Verdict {
    /** Somebody listens there. */
    CONNECTED,
    /** The host is there, and nobody listens. */
    REFUSED,
    /** No answer came in time, or the network says that it finds no host there. */
    TIMED_OUT,
    /** The attempt failed at the caller already: no descriptor, no port, no network, no answer to the name. It says nothing. */
    LOCAL_TROUBLE
}

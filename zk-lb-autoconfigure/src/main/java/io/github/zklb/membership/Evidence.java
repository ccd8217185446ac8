package io.github.zklb.membership;

/** What was seen of an endpoint that has no registration, as far as it tells whether anybody is there. */
public enum Evidence {
    /** A call to it brought an answer of its own. */
    ANSWERED,
    /** A call to it brought an answer that also comes from a proxy before an endpoint that is not there. */
    UNAVAILABLE,
    /** A call to it brought no answer, through the fault of the endpoint or of the way to it. */
    FAILED,
    /** The connection of a call to it was refused. */
    REFUSED,
    /** It took the connection of a probe. */
    PROBE_CONNECTED,
    /** It refused the connection of a probe. */
    PROBE_REFUSED,
    /** It did not answer a probe. */
    PROBE_TIMED_OUT,
    /** A probe of it came to nothing for a reason that says nothing of it. */
    PROBE_UNDECIDED
}

package io.github.zklb;

/**
 * What this client knows of one endpoint from its own calls; of itself, nothing. Thread-safe; no method waits or
 * allocates.
 */
public interface EndpointLoad {

    /** An endpoint whose calls nobody counts. */
    EndpointLoad UNKNOWN = new EndpointLoad() {};

    /** The requests that have been sent and have not ended, and the places {@linkplain #tryReserve reserved}. */
    default int inFlight() {
        return 0;
    }

    /**
     * The part of the requests that failed of late, from 0 to 1, as far as it is more than can happen to any endpoint; it
     * becomes 0 when the endpoint is left alone.
     */
    default double errorRate() {
        return 0;
    }

    /**
     * The time in nanoseconds that a response is expected to take, with what is added for {@linkplain #errorRate errors}.
     * A single slow response raises it a little, several raise it fast, and it falls slowly. 0 for an endpoint that is not
     * known, or was left alone for so long that it is not known any more; and a cautious guess from the first request until
     * the first response.
     */
    default double latency() {
        return 0;
    }

    /**
     * Takes a place for a request that is about to be sent, if fewer than so many are taken. Exact, however many threads
     * reserve at once. The request takes over the place when it is sent; if none comes, the place is free again after a
     * moment.
     *
     * @param limit the most requests that may be in flight, with this one
     * @return whether there was a place
     */
    default boolean tryReserve(int limit) {
        return true;
    }
}

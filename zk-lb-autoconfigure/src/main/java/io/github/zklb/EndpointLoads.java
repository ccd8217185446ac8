package io.github.zklb;

/** What this client knows of the endpoints of one service from its own calls. Thread-safe. */
public interface EndpointLoads {

    /** Of a service whose calls nobody counts. */
    EndpointLoads NONE = new EndpointLoads() {};

    /** The load of an endpoint; the same object as long as the endpoint is there. Not for the request path. */
    default EndpointLoad of(Endpoint endpoint) {
        return EndpointLoad.UNKNOWN;
    }

    /** The requests in flight to all endpoints that serve together, reserved places included. O(n): not for the request path. */
    default long inFlight() {
        return 0;
    }
}

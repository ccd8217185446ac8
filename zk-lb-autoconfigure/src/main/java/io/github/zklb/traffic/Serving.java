package io.github.zklb.traffic;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;

/** The stages that keep the endpoints which are there to serve, by what they say of themselves. Pure functions, O(n). */
public final class Serving {

    /** The metadata key of an endpoint's status, as Spring Cloud Zookeeper writes it. */
    public static final String STATUS_KEY = "instance_status";

    /** The one status that serves. */
    public static final String STATUS_UP = "UP";

    private Serving() {}

    /** Whether an endpoint passes all of these stages. */
    public static boolean serves(Endpoint endpoint) {
        return isUp(endpoint) && endpoint.weight() > 0;
    }

    /** Those whose status is UP, in any case of letters, absent or blank; an unknown status does not serve. */
    static Candidates up(Candidates candidates) {
        return candidates.without(endpoint -> !isUp(endpoint), Reason.NOT_UP);
    }

    /** Those with a weight above 0. */
    static Candidates undrained(Candidates candidates) {
        return candidates.without(endpoint -> endpoint.weight() == 0, Reason.DRAINED);
    }

    /** Whether its status is UP, in any case of letters, absent or blank. */
    public static boolean isUp(Endpoint endpoint) {
        String status = endpoint.metadata().get(STATUS_KEY);
        return status == null || status.isBlank() || status.equalsIgnoreCase(STATUS_UP);
    }
}

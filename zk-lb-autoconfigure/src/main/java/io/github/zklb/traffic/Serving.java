package io.github.zklb.traffic;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;

/** Which of the registered endpoints are there to serve, by what they say of themselves. Pure functions, O(n). */
public final class Serving {

    /** The metadata key of an endpoint's status, as Spring Cloud Zookeeper writes it. */
    public static final String STATUS_KEY = "instance_status";

    /** The one status that serves. */
    public static final String STATUS_UP = "UP";

    private Serving() {}

    /** The endpoints whose status is UP, in any case of letters, absent or blank; an unknown status does not serve. */
    public static HostSet up(HostSet hosts) {
        return hosts.filter(Serving::isUp);
    }

    /** The endpoints with a weight above 0. */
    public static HostSet undrained(HostSet hosts) {
        return hosts.filter(endpoint -> endpoint.weight() > 0);
    }

    private static boolean isUp(Endpoint endpoint) {
        String status = endpoint.metadata().get(STATUS_KEY);
        return status == null || status.isBlank() || status.equalsIgnoreCase(STATUS_UP);
    }
}

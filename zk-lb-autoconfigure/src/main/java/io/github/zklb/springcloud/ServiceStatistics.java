package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.traffic.CallLoad;

/**
 * What there is to know of one service while its calls are balanced. Thread-safe; nothing here asks ZooKeeper or slows a
 * pick down. Numbers that grow do so until the application ends, whatever is refreshed.
 */
public final class ServiceStatistics {

    private final ServiceBalancer balancer;
    private volatile EndpointCounts counts = EndpointCounts.NONE;

    ServiceStatistics(ServiceBalancer balancer) {
        this.balancer = balancer;
    }

    /** The service's id, as callers name it. */
    public String serviceId() {
        return balancer.serviceId();
    }

    /** Where the service's endpoints come from. */
    public ServiceMembership membership() {
        return balancer.membership();
    }

    /** Has the picks counted from now on. */
    public void countPicks() {
        balancer.picks().begin();
    }

    /** How many picks had an outcome since they are counted. */
    public long picks(PickOutcome outcome) {
        return balancer.picks().of(outcome);
    }

    /** How many endpoints are in a state. O(n) the first time after a change. */
    public int endpoints(EndpointState state) {
        EndpointCounts current = counts.next(
                balancer.snapshot(),
                balancer.admittance().ejections(),
                membership().held());
        counts = current;
        return current.of(state);
    }

    /** The time in nanoseconds since the endpoints and their shares changed last, or NaN as long as nothing is loaded. */
    public double snapshotAge() {
        return balancer.snapshotAge();
    }

    /** How often the snapshot has been built. */
    public long rebuilds() {
        return balancer.rebuilds().count();
    }

    /** The time that this took in all, in nanoseconds. */
    public long rebuildNanos() {
        return balancer.rebuilds().nanos();
    }

    /** How many endpoints have been ejected, each time counting. */
    public long ejections() {
        return balancer.admittance().ejected();
    }

    /** The requests in flight, and the places that picks reserved a moment ago. O(n). */
    public long inFlight() {
        return balancer.loads().countInFlight();
    }

    /** The accounting of the calls to one endpoint; the same object as long as the endpoint is there. */
    public CallLoad load(Endpoint endpoint) {
        return balancer.loads().of(endpoint);
    }
}

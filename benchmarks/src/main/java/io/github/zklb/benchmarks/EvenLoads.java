package io.github.zklb.benchmarks;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Loads at which a bound is looked at and kept: each endpoint has the same number of requests in flight, and a request
 * that is added ends at once. So a pick measures the look and the reservation, not how many requests pile up. Thread-safe.
 *
 * @param inFlight the requests in flight to all endpoints together
 */
record EvenLoads(long inFlight) implements EndpointLoads {

    /** How far above the mean an endpoint may be loaded. */
    static final double BOUND = 1.25;

    /** The requests in flight to each endpoint. */
    static final int IN_FLIGHT = 4;

    static EvenLoads of(Fleet fleet) {
        return new EvenLoads((long) IN_FLIGHT * fleet.hosts().size());
    }

    @Override
    public EndpointLoad of(Endpoint endpoint) {
        return new EvenLoad();
    }

    private static final class EvenLoad implements EndpointLoad {

        private final AtomicInteger taken = new AtomicInteger(IN_FLIGHT);

        @Override
        public int inFlight() {
            return taken.get();
        }

        @Override
        public double failing() {
            return 0;
        }

        @Override
        public double latency() {
            return 0;
        }

        @Override
        public boolean tryReserve(int limit) {
            int before = taken.get();
            if (before >= limit || !taken.compareAndSet(before, before + 1)) {
                return false;
            }
            taken.decrementAndGet();
            return true;
        }
    }
}

package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;

/** The loads as they are, with room for a reservation told but none made. */
record ReadOnlyLoads(EndpointLoads loads) implements EndpointLoads {

    @Override
    public EndpointLoad of(Endpoint endpoint) {
        return new ReadOnlyLoad(loads.of(endpoint));
    }

    @Override
    public long inFlight() {
        return loads.inFlight();
    }

    private record ReadOnlyLoad(EndpointLoad load) implements EndpointLoad {

        @Override
        public int inFlight() {
            return load.inFlight();
        }

        @Override
        public double errorRate() {
            return load.errorRate();
        }

        @Override
        public double latency() {
            return load.latency();
        }

        @Override
        public boolean tryReserve(int limit) {
            return load.inFlight() < limit;
        }
    }
}

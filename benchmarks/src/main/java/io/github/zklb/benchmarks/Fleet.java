package io.github.zklb.benchmarks;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The endpoints to pick from, the same for every balancer. Immutable.
 *
 * @param hosts the endpoints
 */
record Fleet(HostSet hosts) {

    /** Where loads are bounded: how far above its share an endpoint may be loaded. */
    static final double BOUND = 1.25;

    /** Where loads are bounded: the requests in flight to each endpoint, besides those that are measured. */
    static final int IN_FLIGHT = 4;

    private static final long SEED = 7;
    private static final int PORT = 8080;

    /** A fleet of so many endpoints. */
    static Fleet of(int size, Weights weights) {
        Random random = new Random(SEED);
        return new Fleet(HostSet.of(IntStream.range(0, size)
                .mapToObj(i -> Endpoint.of("10.%d.%d.%d".formatted(i >> 16, i >> 8 & 255, i & 255), PORT)
                        .withWeight(1 + random.nextInt(weights.most)))
                .toList()));
    }

    /** The endpoints. */
    List<Endpoint> endpoints() {
        return hosts.endpoints();
    }

    /** The fleet without one of its endpoints, one from the middle. */
    Fleet withoutOne() {
        Endpoint gone = hosts.get(hosts.size() / 2);
        return new Fleet(hosts.filter(endpoint -> !endpoint.equals(gone)));
    }

    /** How the weights are spread, evenly from 1. */
    enum Weights {
        /** All are 1. */
        EQUAL(1),
        /** As an operator sets them by hand. */
        NARROW(10),
        /** As a program computes them. */
        WIDE(1_000);

        private final int most;

        Weights(int most) {
            this.most = most;
        }
    }
}

package io.github.zklb.strategy;

import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import java.util.Arrays;

/**
 * Admits a request to a candidate as long as its requests in flight stay within {@code bound} times its share of all:
 * consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, 2016), with weights. Lock-free.
 *
 * <p>With {@code m} requests in flight to all that serve, a candidate of the share {@code s} of the weights has {@code
 * ceil(bound × (m + 1) × s)} places, the request at hand being the one more, and {@value #FLOOR} at least: where few are in
 * flight, one or two at an endpoint are chance, not load. There are at least {@code m + 1} places, as the bound is at least
 * 1 and the shares add up to 1; so one of them is free.
 *
 * <p><b>Why the bound holds however many threads pick.</b> A pick does not look at a count and leave it to the sender to
 * raise it: it {@linkplain EndpointLoad#tryReserve reserves} the place by one compare-and-set on the candidate's count,
 * which fails when the count has reached the limit. The limit is computed from a total read before that. The total is
 * raised after a candidate's count is and lowered before it, so what is read never exceeds what is in flight at that
 * moment, and the limit never exceeds what the definition gives for it. So the count is exact at the moment of the
 * reservation, and the total was so at a moment of the same pick: calls to others that end between the two are not waited
 * for.
 *
 * <p><b>Why a place is found.</b> A total that lags behind may hide the free place for a moment. Then {@link #anywhere}
 * adds up the counts themselves, and with them each request that was in flight during the pick at most once. It finds all
 * places taken only if another thread took one in between, so that some thread always gets on.
 *
 * <p>Keys whose owner has a free place stay with it: the others do not count. When no request ever overflows, the mapping
 * is the plain one.
 */
final class BoundedLoad {

    /** Takes a product that is whole, but for rounding, as whole. */
    private static final double ROUNDING = 1 - 1e-12;

    /** The places of any candidate that is given a share. */
    static final int FLOOR = 4;

    private static final int ATTEMPTS = 1_000;

    private final double bound;
    private final double[] shares;
    private final EndpointLoad[] loads;
    private final EndpointLoads all;

    /**
     * @param bound how far above its share a candidate may be loaded, at least 1; infinite for any load
     * @param parts the part of its share that each candidate is given; not all 0
     * @param all the loads of the service
     */
    BoundedLoad(double bound, WeightedEndpoints candidates, double[] parts, EndpointLoads all) {
        this.bound = bound;
        this.shares = new double[parts.length];
        Arrays.setAll(shares, i -> candidates.weights()[i] * parts[i]);
        double total = Arrays.stream(shares).sum();
        Arrays.setAll(shares, i -> shares[i] / total);
        this.loads = Arrays.stream(candidates.endpoints()).map(all::of).toArray(EndpointLoad[]::new);
        this.all = all;
    }

    /** Whether the candidate takes one more request; if so, it counts as picked. */
    boolean admits(int candidate) {
        return bound == Double.POSITIVE_INFINITY || loads[candidate].tryReserve(limit(candidate, all.inFlight()));
    }

    private int limit(int candidate, long inFlight) {
        double share = shares[candidate];
        return share == 0 ? 0 : Math.max(FLOOR, (int) Math.ceil(bound * (inFlight + 1) * share * ROUNDING));
    }

    /** Whether a candidate has less in flight than another, each measured by its share. */
    boolean isLighter(int candidate, int other) {
        return loads[candidate].inFlight() * shares[other] < loads[other].inFlight() * shares[candidate];
    }

    /**
     * A candidate with a free place, the first one from a given candidate on.
     *
     * @return its index, or the given one if other threads were faster time and again
     */
    int anywhere(int start) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long inFlight = 0;
            for (EndpointLoad load : loads) {
                inFlight += load.inFlight();
            }
            for (int i = 0, candidate = start; i < loads.length; i++) {
                if (loads[candidate].tryReserve(limit(candidate, inFlight))) {
                    return candidate;
                }
                candidate = candidate + 1 < loads.length ? candidate + 1 : 0;
            }
        }
        return start;
    }
}

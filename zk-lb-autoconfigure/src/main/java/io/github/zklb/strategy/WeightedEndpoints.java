package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * The candidates of a picker: the endpoints of a host set that may be picked, with their weights, in ring order, which is
 * that of the hash of their identity. Clients thereby agree on the order, and endpoints of one machine are not neighbours.
 * An endpoint that is drained is none of them. The arrays are not copied, and nobody changes them.
 *
 * @param endpoints the endpoints
 * @param seeds the hashes of their identities, ascending
 * @param weights their weights, each at least 1
 */
record WeightedEndpoints(Endpoint[] endpoints, long[] seeds, long[] weights) {

    /** In place of an index: the candidate is not there any more, or not with the same share. */
    static final int GONE = -1;

    /** What a weight is multiplied by where parts of it are given. */
    private static final int PERCENT = 100;

    private static final Comparator<Identified> RING_ORDER =
            Comparator.comparingLong(Identified::seed).thenComparing(Identified::identity);

    /**
     * Every endpoint that accepts something, identified by its address.
     *
     * @param weight the endpoint's weight where it accepts everything, at least 1
     */
    static WeightedEndpoints of(HostSet hosts, Acceptance acceptance, ToLongFunction<Endpoint> weight) {
        boolean full = hosts.endpoints().stream().allMatch(endpoint -> acceptance.of(endpoint) >= 1);
        ToLongFunction<Endpoint> given =
                endpoint -> Math.max(1, Math.round(acceptance.of(endpoint) * PERCENT * weight.applyAsLong(endpoint)));
        HostSet accepting = hosts.filter(endpoint -> acceptance.of(endpoint) > 0);
        return of(accepting, Endpoint::address, full ? weight : given, identity -> true);
    }

    /** One endpoint for each identity, with its own weight: of several that share it, the first in the host set. */
    static WeightedEndpoints distinct(HostSet hosts, Function<Endpoint, String> identity) {
        return of(hosts, identity, Endpoint::weight, new HashSet<>()::add);
    }

    private static WeightedEndpoints of(
            HostSet hosts,
            Function<Endpoint, String> identity,
            ToLongFunction<Endpoint> weight,
            Predicate<String> counts) {
        List<Identified> sorted = hosts.endpoints().stream()
                .filter(endpoint -> endpoint.weight() > 0)
                .map(endpoint -> Identified.by(identity.apply(endpoint), endpoint))
                .filter(identified -> counts.test(identified.identity))
                .sorted(RING_ORDER)
                .toList();
        return new WeightedEndpoints(
                sorted.stream().map(Identified::endpoint).toArray(Endpoint[]::new),
                sorted.stream().mapToLong(Identified::seed).toArray(),
                sorted.stream().map(Identified::endpoint).mapToLong(weight).toArray());
    }

    private record Identified(Endpoint endpoint, String identity, long seed) {
        static Identified by(String identity, Endpoint endpoint) {
            return new Identified(endpoint, identity, Hashing.ofText(identity));
        }
    }

    boolean isEmpty() {
        return endpoints.length == 0;
    }

    /**
     * The largest power of two not above the mean of the weights: what counts as one share. A change of one weight
     * changes it only when the mean crosses a power of two.
     */
    long unit() {
        return Long.highestOneBit(Arrays.stream(weights).sum() / weights.length);
    }

    boolean haveSameSharesAs(WeightedEndpoints others) {
        return Arrays.equals(seeds, others.seeds) && Arrays.equals(weights, others.weights);
    }

    /**
     * The index of each candidate among the next ones, or {@link #GONE}.
     *
     * @param shares what they have to have again to be the same
     * @param nextShares what the next ones have
     */
    int[] indexesAmong(WeightedEndpoints next, long[] shares, long[] nextShares) {
        int[] indexes = new int[seeds.length];
        for (int i = 0, j = 0; i < seeds.length; i++) {
            while (j < next.seeds.length && next.seeds[j] < seeds[i]) {
                j++;
            }
            boolean same = j < next.seeds.length && next.seeds[j] == seeds[i] && nextShares[j] == shares[i];
            indexes[i] = same ? j++ : GONE;
        }
        return indexes;
    }
}

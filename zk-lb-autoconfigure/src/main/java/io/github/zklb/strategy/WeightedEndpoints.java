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
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * The candidates of a picker: the endpoints of a host set that may be picked, with their weights, in ring order, which is
 * that of the hash of their identity. Clients thereby agree on the order, and endpoints of one machine are not neighbours.
 * An endpoint that is drained is none of them. The arrays are not copied, and nobody changes them.
 *
 * @param endpoints the endpoints
 * @param seeds the hashes of their identities, ascending
 * @param weights their weights, in thousandths or finer parts, each at least 1
 */
record WeightedEndpoints(Endpoint[] endpoints, long[] seeds, long[] weights) {

    /** In place of an index: the candidate is not there any more, or not with the same share. */
    static final int GONE = -1;

    private static final double THOUSANDTHS = 1_000;

    /** A weight is multiplied by this where parts of it are given. */
    private static final int PARTS = 10_000;

    /** The units of a ring are powers of this: the rarer a unit is left, the rarer all endpoints' keys move. */
    private static final double UNIT_STEP = 16;

    private static final Comparator<Identified> RING_ORDER =
            Comparator.comparingLong(Identified::seed).thenComparing(Identified::identity);

    /**
     * Every endpoint that accepts something, identified by its address, with the part of its weight that it accepts.
     *
     * @param weighing what counts as the weight of an endpoint
     */
    static WeightedEndpoints of(HostSet hosts, Acceptance acceptance, Weighing weighing) {
        ToLongFunction<Endpoint> whole = weighing.among(hosts);
        ToLongFunction<Endpoint> part = endpoint -> Math.max(1, Math.round(acceptance.of(endpoint) * PARTS));
        boolean full = hosts.endpoints().stream().allMatch(endpoint -> acceptance.of(endpoint) >= 1);
        return of(
                hosts.filter(endpoint -> acceptance.of(endpoint) > 0),
                Endpoint::address,
                full ? whole : endpoint -> part.applyAsLong(endpoint) * whole.applyAsLong(endpoint),
                identity -> true);
    }

    /**
     * One endpoint for each identity, with its own weight: of several that share it, the first in the host set.
     *
     * @param maxWeightRatio how many times the lower median a weight counts for at most
     */
    static WeightedEndpoints distinct(HostSet hosts, Function<Endpoint, String> identity, int maxWeightRatio) {
        return of(hosts, identity, Weighing.upTo(maxWeightRatio).among(hosts), new HashSet<>()::add);
    }

    /** What counts as the weight of each endpoint of a host set. */
    @FunctionalInterface
    interface Weighing {

        /** All are equal. */
        Weighing EQUAL = hosts -> endpoint -> 1;

        /** The weight of an endpoint of the host set: at least 1, in a unit that is the same for all of them. */
        ToLongFunction<Endpoint> among(HostSet hosts);

        /** In thousandths, those that are out of all proportion being cut. */
        static Weighing upTo(int maxWeightRatio) {
            return hosts -> {
                double limit = hosts.weightLimit(maxWeightRatio);
                return endpoint -> Math.round(Math.min(endpoint.weight(), limit) * THOUSANDTHS);
            };
        }

        /** The same, by the present settings. */
        static Weighing by(Supplier<StrategySettings> settings) {
            return hosts -> upTo(settings.get().maxWeightRatio()).among(hosts);
        }
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
     * The weights, which are in thousandths, in a unit that a table counts in: the largest power of 16 not above twice
     * their lower median, so that the median has half a unit to eight. The change of one endpoint changes the unit, and so
     * the shares of the others, only when the median crosses 8 × 16^k.
     */
    double[] shares() {
        long[] sorted = weights.clone();
        Arrays.sort(sorted);
        double unit = unit(sorted[(sorted.length - 1) / 2] / THOUSANDTHS);
        return Arrays.stream(weights)
                .mapToDouble(weight -> weight / THOUSANDTHS / unit)
                .toArray();
    }

    static double unit(double median) {
        double unit = 1;
        while (unit > 2 * median) {
            unit /= UNIT_STEP;
        }
        while (unit * UNIT_STEP <= 2 * median) {
            unit *= UNIT_STEP;
        }
        return unit;
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

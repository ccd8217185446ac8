package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.InvalidSettingException;
import org.jspecify.annotations.Nullable;

/**
 * How consistent hashing maps keys to endpoints. All clients of a service must agree on algorithm, virtual nodes,
 * table size and identity, or they send the same key to different endpoints.
 *
 * @param algorithm the way keys are mapped
 * @param virtualNodes the points on the ring of an endpoint of average weight, 1 to 4,096; only the ring looks at
 *     it
 * @param tableSize the least number of slots of the table, 1,000 to 2,000,000, of which the next prime is taken; null for
 *     one that follows from the number of endpoints, so that the keys move when a fleet grows through 655, 1,310, 2,620 or
 *     5,240 endpoints. The ring has none
 * @param boundedLoad how far above its share of the requests in flight an endpoint may be loaded before its keys go on to
 *     the next one, 1 to 1,000; null for no bound
 * @param replicas among how many endpoints, the first of its sequence, a key goes to the least loaded: 1 or 2
 * @param identity what makes an endpoint the same endpoint
 * @param whenMissing the name of the strategy for requests without a key, or {@value #FAIL} to give them no endpoint
 */
public record ConsistentHashSettings(
        Algorithm algorithm,
        int virtualNodes,
        @Nullable Integer tableSize,
        @Nullable Double boundedLoad,
        int replicas,
        Identity identity,
        String whenMissing) {

    /** The name under which the catalogue has consistent hashing. */
    public static final String STRATEGY = "consistent-hash";

    /** The value of {@code whenMissing} that refuses a request without a key. */
    public static final String FAIL = "fail";

    /** A ring of 160 virtual nodes by address, and weighted rotation without a key. */
    public static final ConsistentHashSettings DEFAULTS =
            new ConsistentHashSettings(Algorithm.RING, 160, null, null, Identity.ADDRESS, "weighted");

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public ConsistentHashSettings {
        InvalidSettingException.requireRange("consistent-hash.virtual-nodes", virtualNodes, 1, 4_096);
        if (tableSize != null) {
            InvalidSettingException.requireRange("consistent-hash.table-size", tableSize, 1_000, 2_000_000);
        }
        if (boundedLoad != null) {
            InvalidSettingException.requireRange("consistent-hash.bounded-load", boundedLoad, 1, 1_000);
        }
        InvalidSettingException.requireRange("consistent-hash.replicas", replicas, 1, 2);
        if (whenMissing.isBlank() || whenMissing.equals(STRATEGY)) {
            throw new InvalidSettingException(
                    "consistent-hash.when-missing",
                    "'" + FAIL + "' or the name of another strategy",
                    "'" + whenMissing + "'");
        }
    }

    /** With one endpoint for each key. */
    public ConsistentHashSettings(
            Algorithm algorithm,
            int virtualNodes,
            @Nullable Integer tableSize,
            @Nullable Double boundedLoad,
            Identity identity,
            String whenMissing) {
        this(algorithm, virtualNodes, tableSize, boundedLoad, 1, identity, whenMissing);
    }

    /**
     * Whether the change of one endpoint of these may change the unit in which a ring or a table of {@code maglev} counts
     * the weights, and so move keys of all. Of two, that is whether one more may; the lighter one's weight is the median
     * itself, and may be set to anything. O(n log n).
     */
    public boolean isNearBorder(HostSet hosts) {
        double[] weights = hosts.endpoints().stream()
                .mapToDouble(Endpoint::weight)
                .filter(weight -> weight > 0)
                .sorted()
                .toArray();
        int median = (weights.length - 1) / 2;
        return algorithm != Algorithm.RENDEZVOUS
                && weights.length > 1
                && WeightedEndpoints.unit(weights[Math.max(0, median - 1)])
                        != WeightedEndpoints.unit(weights[median + 1]);
    }

    /** The ways to map keys to endpoints. */
    public enum Algorithm {
        /** A ring of virtual nodes: a change of one endpoint moves only keys from or to it. Shares within a fifth. */
        RING,
        /** Maglev's table: the most even shares; a change of one endpoint moves a few keys of the others, too. */
        MAGLEV,
        /** Highest random weight: a change of one endpoint moves only keys from or to it. Shares within a tenth. */
        RENDEZVOUS
    }

    /** What makes an endpoint the same endpoint after it has been away. */
    public enum Identity {
        /** Its host and port, so that it gets its keys back after a restart. */
        ADDRESS,
        /** The id of its registration. */
        INSTANCE_ID
    }
}

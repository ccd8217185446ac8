package io.github.zklb.strategy;

import io.github.zklb.InvalidSettingException;
import java.util.Objects;

/**
 * How consistent hashing maps keys to endpoints. All clients of a service must agree on every value but {@code
 * whenMissing}, or they send the same key to different endpoints.
 *
 * @param algorithm the way keys are mapped
 * @param virtualNodes the points on the ring of an endpoint of average weight, 1 to {@value #MAX_VIRTUAL_NODES}; only
 *     the ring looks at it
 * @param identity what makes an endpoint the same endpoint
 * @param whenMissing the name of the strategy for requests without a key, or {@value #FAIL} to give them no endpoint
 */
public record ConsistentHashSettings(Algorithm algorithm, int virtualNodes, Identity identity, String whenMissing) {

    /** The name under which the catalogue has consistent hashing. */
    public static final String STRATEGY = "consistent-hash";

    /** The value of {@code whenMissing} that refuses a request without a key. */
    public static final String FAIL = "fail";

    /** The most virtual nodes an endpoint of average weight can have. */
    public static final int MAX_VIRTUAL_NODES = 4_096;

    /** A ring of 160 virtual nodes by address, and weighted rotation without a key. */
    public static final ConsistentHashSettings DEFAULTS =
            new ConsistentHashSettings(Algorithm.RING, 160, Identity.ADDRESS, "weighted");

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public ConsistentHashSettings {
        Objects.requireNonNull(algorithm, "algorithm");
        Objects.requireNonNull(identity, "identity");
        InvalidSettingException.requireRange("consistent-hash.virtual-nodes", virtualNodes, 1, MAX_VIRTUAL_NODES);
        if (whenMissing.isBlank() || whenMissing.equals(STRATEGY)) {
            throw new InvalidSettingException(
                    "consistent-hash.when-missing",
                    "'" + FAIL + "' or the name of another strategy",
                    "'" + whenMissing + "'");
        }
    }

    /** The ways to map keys to endpoints. */
    public enum Algorithm {
        /** A ring of virtual nodes: removing or adding an endpoint moves only keys from or to it. */
        RING
    }

    /** What makes an endpoint the same endpoint after it has been away. */
    public enum Identity {
        /** Its host and port, so that it gets its keys back after a restart. */
        ADDRESS,
        /** The id of its registration. */
        INSTANCE_ID
    }
}

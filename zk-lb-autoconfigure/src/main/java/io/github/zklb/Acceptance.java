package io.github.zklb;

/**
 * How much of its share an endpoint is given at present: everything, less while it warms up, nothing while it is ejected.
 * A strategy asks once for each endpoint and picker. Immutable.
 */
@FunctionalInterface
public interface Acceptance {

    /** Every endpoint is given its whole share. */
    Acceptance FULL = endpoint -> 1;

    /** The part of its share that the endpoint is given, from 0 to 1. */
    double of(Endpoint endpoint);

    /** What is left of the share when both have taken their part of it. */
    @SuppressWarnings("ReferenceEquality") // FULL is a constant
    default Acceptance and(Acceptance other) {
        return this == FULL ? other : other == FULL ? this : endpoint -> of(endpoint) * other.of(endpoint);
    }
}

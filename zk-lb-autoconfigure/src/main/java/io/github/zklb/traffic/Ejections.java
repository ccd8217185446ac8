package io.github.zklb.traffic;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import java.util.Set;

/**
 * The outcome of a sweep. Immutable.
 *
 * @param addresses the addresses of the ejected endpoints
 * @param panic whether so few endpoints are left that the ejections are ignored
 */
public record Ejections(Set<String> addresses, boolean panic) implements Acceptance {

    /** Nothing is ejected. */
    public static final Ejections NONE = new Ejections(Set.of(), false);

    /** Copies the addresses. */
    public Ejections {
        addresses = Set.copyOf(addresses);
    }

    @Override
    public double of(Endpoint endpoint) {
        return panic || !addresses.contains(endpoint.address()) ? 1 : 0;
    }
}

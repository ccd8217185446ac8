package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The endpoints of a host set that may be picked, which are those of positive weight, in ring order: sorted by the hash
 * of their identity. Clients thereby agree on the order, and endpoints of one machine are not neighbours. Immutable.
 */
final class Candidates {

    private static final Comparator<Candidate> RING_ORDER =
            Comparator.comparingLong(Candidate::hash).thenComparing(Candidate::identity);

    private final List<Candidate> inRingOrder;

    private Candidates(List<Candidate> candidates) {
        inRingOrder = candidates.stream().sorted(RING_ORDER).toList();
    }

    /** Every endpoint of positive weight, identified by its address. */
    static Candidates of(HostSet hosts) {
        return new Candidates(identify(hosts, Endpoint::address));
    }

    /** One endpoint of positive weight for each identity: of several that share it, the first in the host set. */
    static Candidates distinct(HostSet hosts, Function<Endpoint, String> identity) {
        Set<String> seen = new HashSet<>();
        return new Candidates(identify(hosts, identity).stream()
                .filter(candidate -> seen.add(candidate.identity()))
                .toList());
    }

    private static List<Candidate> identify(HostSet hosts, Function<Endpoint, String> identity) {
        return hosts.endpoints().stream()
                .filter(endpoint -> endpoint.weight() > 0)
                .map(endpoint -> Candidate.of(endpoint, identity.apply(endpoint)))
                .toList();
    }

    boolean isEmpty() {
        return inRingOrder.isEmpty();
    }

    int size() {
        return inRingOrder.size();
    }

    /** A new array of the endpoints. */
    Endpoint[] endpoints() {
        return inRingOrder.stream().map(Candidate::endpoint).toArray(Endpoint[]::new);
    }

    /** A new array of the hashes of the endpoints' identities, ascending. */
    long[] hashes() {
        return inRingOrder.stream().mapToLong(Candidate::hash).toArray();
    }

    /** A new array of the endpoints' weights. */
    long[] weights() {
        return inRingOrder.stream().mapToLong(c -> c.endpoint().weight()).toArray();
    }

    private record Candidate(Endpoint endpoint, String identity, long hash) {
        static Candidate of(Endpoint endpoint, String identity) {
            return new Candidate(endpoint, identity, Hashing.XXH3.ofText(identity));
        }
    }
}

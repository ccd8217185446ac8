package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The endpoints of a host set that may be picked, with their weights, in ring order: sorted by the hash of their
 * identity. Clients thereby agree on the order, and endpoints of one machine are not neighbours. An endpoint that is
 * drained is none of them. Immutable.
 */
final class Candidates {

    /** What a weight is multiplied by where parts of it are given. */
    private static final int PERCENT = 100;

    private static final Comparator<Candidate> RING_ORDER =
            Comparator.comparingLong(Candidate::hash).thenComparing(Candidate::identity);

    private final List<Candidate> inRingOrder;

    private Candidates(List<Candidate> candidates) {
        inRingOrder = candidates.stream().sorted(RING_ORDER).toList();
    }

    /**
     * Every endpoint that accepts something, identified by its address.
     *
     * @param weight the endpoint's weight where it accepts everything, at least 1
     */
    static Candidates of(HostSet hosts, Acceptance acceptance, ToLongFunction<Endpoint> weight) {
        boolean full = hosts.endpoints().stream().allMatch(endpoint -> acceptance.of(endpoint) >= 1);
        ToLongFunction<Endpoint> given =
                endpoint -> Math.max(1, Math.round(acceptance.of(endpoint) * PERCENT * weight.applyAsLong(endpoint)));
        HostSet accepting = full ? hosts : hosts.filter(endpoint -> acceptance.of(endpoint) > 0);
        return new Candidates(identify(accepting, Endpoint::address, full ? weight : given));
    }

    /** One endpoint for each identity, with its own weight: of several that share it, the first in the host set. */
    static Candidates distinct(HostSet hosts, Function<Endpoint, String> identity) {
        Set<String> seen = new HashSet<>();
        return new Candidates(identify(hosts, identity, Endpoint::weight).stream()
                .filter(candidate -> seen.add(candidate.identity()))
                .toList());
    }

    private static List<Candidate> identify(
            HostSet hosts, Function<Endpoint, String> identity, ToLongFunction<Endpoint> weight) {
        return hosts.endpoints().stream()
                .filter(endpoint -> endpoint.weight() > 0)
                .map(endpoint -> Candidate.of(endpoint, identity.apply(endpoint), weight.applyAsLong(endpoint)))
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
        return inRingOrder.stream().mapToLong(Candidate::weight).toArray();
    }

    private record Candidate(Endpoint endpoint, String identity, long hash, long weight) {
        static Candidate of(Endpoint endpoint, String identity, long weight) {
            return new Candidate(endpoint, identity, Hashing.XXH3.ofText(identity), weight);
        }
    }
}

package io.github.zklb;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * An immutable list of endpoints, sorted by host, port and id, so that every client sees the same order whatever the
 * order in which ZooKeeper names the children. Building costs O(n log n).
 *
 * @param endpoints the endpoints, in that order
 */
public record HostSet(List<Endpoint> endpoints) {

    private static final Comparator<Endpoint> ORDER = Comparator.comparing(Endpoint::host)
            .thenComparingInt(Endpoint::port)
            .thenComparing(Endpoint::id);

    /** The host set without endpoints. */
    public static final HostSet EMPTY = new HostSet(List.of());

    /** Sorts and copies the endpoints. */
    public HostSet {
        endpoints = endpoints.stream().sorted(ORDER).toList();
    }

    /** The host set of the given endpoints, in any order. */
    public static HostSet of(Collection<Endpoint> endpoints) {
        return endpoints.isEmpty() ? EMPTY : new HostSet(List.copyOf(endpoints));
    }

    /** The host set of the given endpoints, in any order. */
    public static HostSet of(Endpoint... endpoints) {
        return of(List.of(endpoints));
    }

    /** The endpoints that pass the test; this host set itself when all do. */
    public HostSet filter(Predicate<Endpoint> test) {
        List<Endpoint> kept = endpoints.stream().filter(test).toList();
        return kept.size() == endpoints.size() ? this : of(kept);
    }

    /**
     * The most that any weight counts for: so many times the lower median of the positive weights. It follows from this host
     * set alone, so that all clients agree on it. O(n log n).
     *
     * @param maxRatio how many times, at least 1
     */
    public double weightLimit(int maxRatio) {
        double[] positive = endpoints.stream()
                .mapToDouble(Endpoint::weight)
                .filter(weight -> weight > 0)
                .sorted()
                .toArray();
        return positive.length == 0 ? 0 : maxRatio * positive[(positive.length - 1) / 2];
    }

    /** The number of endpoints. */
    public int size() {
        return endpoints.size();
    }

    /** Whether there is no endpoint. */
    public boolean isEmpty() {
        return endpoints.isEmpty();
    }

    /** The endpoint at a position of the order, from 0. */
    public Endpoint get(int index) {
        return endpoints.get(index);
    }
}

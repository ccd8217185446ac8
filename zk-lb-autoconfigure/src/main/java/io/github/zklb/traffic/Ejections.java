package io.github.zklb.traffic;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoints are left alone at present. Immutable.
 *
 * @param failing the addresses of those whose answers failed or were slow
 * @param slow the addresses of those of them whose answers were slow
 * @param unreached the addresses of those to which no connection came about
 * @param panic whether so few endpoints are left that the failing ones are not left alone
 * @param terms since when and until when each of them is, by its address
 */
public record Ejections(
        Set<String> failing, Set<String> slow, Set<String> unreached, boolean panic, Map<String, Term> terms)
        implements Acceptance {

    /** Nothing is ejected. */
    public static final Ejections NONE = new Ejections(Set.of(), Set.of(), Set.of(), false, Map.of());

    /** Copies the addresses. */
    public Ejections {
        failing = Set.copyOf(failing);
        slow = Set.copyOf(slow);
        unreached = Set.copyOf(unreached);
        terms = Map.copyOf(terms);
    }

    /**
     * The time of an ejection, in nanoseconds of the monotonic clock.
     *
     * @param since when it began
     * @param until when it ends; null if it ends when a connection comes about
     */
    public record Term(long since, @Nullable Long until) {}

    /** Whether nothing is ejected. */
    public boolean isEmpty() {
        return failing.isEmpty() && unreached.isEmpty();
    }

    /** The addresses of all that are ejected, be it that this is ignored. */
    public Set<String> addresses() {
        Set<String> all = new HashSet<>(failing);
        all.addAll(unreached);
        return all;
    }

    /** The same where these are the endpoints that serve. */
    Ejections among(HostSet serving, OutlierEjectionSettings settings) {
        Set<String> addresses =
                serving.endpoints().stream().map(Endpoint::address).collect(Collectors.toSet());
        Set<String> stillFailing = new HashSet<>(failing);
        stillFailing.retainAll(addresses);
        Set<String> stillUnreached = new HashSet<>(unreached);
        stillUnreached.retainAll(addresses);
        int left = addresses.size() - stillFailing.size();
        return new Ejections(stillFailing, slow, stillUnreached, settings.isPanic(addresses.size(), left), terms);
    }

    @Override
    public double of(Endpoint endpoint) {
        String address = endpoint.address();
        return unreached.contains(address) || !panic && failing.contains(address) ? 0 : 1;
    }
}

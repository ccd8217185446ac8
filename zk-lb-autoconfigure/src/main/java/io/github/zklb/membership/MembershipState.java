package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Registrations.Registration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What counts as registered of a service: the registrations, and those that left so recently that they may come back.
 * Immutable and free of I/O; time is an argument.
 *
 * @param settings the settings of the service
 * @param registrations what is registered
 * @param leaving what was registered a moment ago, by the names of the nodes
 * @param hosts the endpoints of both, as they were settled last
 */
record MembershipState(
        MembershipSettings settings, Registrations registrations, Map<String, Leaving> leaving, HostSet hosts) {

    /**
     * A registration whose node is gone.
     *
     * @param dueNanos when its endpoint is to go, too
     */
    record Leaving(Registration registration, long dueNanos) {}

    /** The state before anything was read. */
    static MembershipState initial(MembershipSettings settings) {
        return new MembershipState(settings, Registrations.NONE, Map.of(), HostSet.EMPTY);
    }

    /** The state that follows from new registrations; {@link #settle} applies it. */
    MembershipState with(Registrations next, boolean resets, long nanoTime) {
        Map<String, Leaving> left = new HashMap<>(leaving);
        long due = nanoTime + settings.removalDelay().toNanos();
        Registrations last = resets ? registrations.outOfHistory() : registrations;
        last.byId().forEach((id, registration) -> left.put(id, new Leaving(registration, due)));
        left.keySet().removeAll(next.byId().keySet());
        return new MembershipState(settings, next, Map.copyOf(left), hosts);
    }

    /** The state as time has passed: what was to leave until now has left. */
    MembershipState settle(long nanoTime) {
        Map<String, Leaving> left = new HashMap<>(leaving);
        left.values().removeIf(registration -> registration.dueNanos() - nanoTime <= 0);
        return new MembershipState(settings, registrations, Map.copyOf(left), registered(left));
    }

    /** When to settle next if nothing else happens. */
    OptionalLong dueNanos() {
        return leaving.values().stream()
                .mapToLong(Leaving::dueNanos)
                .reduce((one, other) -> one - other <= 0 ? one : other);
    }

    /** One endpoint for each address: the one that was registered last stands for all. */
    private HostSet registered(Map<String, Leaving> stillThere) {
        Map<String, Registration> byAddress = new HashMap<>();
        stillThere.values().forEach(left -> keepNewest(byAddress, left.registration()));
        registrations.byId().values().forEach(registration -> keepNewest(byAddress, registration));
        return HostSet.of(byAddress.values().stream()
                .map(Registration::endpoint)
                .filter(Objects::nonNull)
                .toList());
    }

    private static void keepNewest(Map<String, Registration> byAddress, Registration registration) {
        Endpoint endpoint = registration.endpoint();
        if (endpoint != null) {
            byAddress.merge(endpoint.address(), registration, (one, other) -> one.isNewerThan(other) ? one : other);
        }
    }
}

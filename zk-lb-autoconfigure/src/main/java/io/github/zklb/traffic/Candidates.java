package io.github.zklb.traffic;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What passes from stage to stage: the endpoints that may still be picked, the tier and the part of its share that each is
 * given, and why any registered one is given less than all of it. Immutable; each step costs O(n) at most.
 *
 * @param hosts the endpoints that may be picked
 * @param acceptance the part of its share that each of these is given
 * @param tiers the tiers of those that are not in the first, from 1: a request goes to one of them only when none that it
 *     has not tried is left in the tiers before. By identity
 * @param reasons why an endpoint was removed or is given less; endpoints without a reason are not in it. By identity
 */
public record Candidates(
        HostSet hosts, Acceptance acceptance, Map<Endpoint, Integer> tiers, Map<Endpoint, Set<Reason>> reasons) {

    /** The tier of those whose zones are given nothing. */
    public static final int OTHER_ZONES = 1;

    /** The tier of those that are not registered any more and have not proved to be alive. */
    public static final int UNPROVEN = 2;

    /** The tier of those that are not registered any more and failed last. */
    public static final int DEMOTED = 3;

    /** The tier of those that are ejected. */
    public static final int EJECTED = 4;

    /** All registered endpoints, each with its whole share. */
    public static Candidates of(HostSet registered) {
        return new Candidates(registered, Acceptance.FULL, new IdentityHashMap<>(), new IdentityHashMap<>());
    }

    /** Those candidates for which something does not hold. */
    @SuppressWarnings("ReferenceEquality") // it gives itself when nothing was noted
    public Candidates without(Predicate<Endpoint> test, Reason why) {
        Candidates noted = because(test, why);
        return noted == this ? this : noted.among(hosts.filter(test.negate()));
    }

    /** The same, where these are the endpoints that may be picked. */
    public Candidates among(HostSet some) {
        return new Candidates(some, acceptance, tiers, reasons);
    }

    /** The same candidates, given only a part of their shares. */
    public Candidates accepting(Acceptance part) {
        return new Candidates(hosts, acceptance.and(part), tiers, reasons);
    }

    /** The same candidates, those for which something holds moved to a tier, unless they are in a later one. */
    @SuppressWarnings("IdentityHashMapUsage") // as with the reasons
    public Candidates later(Predicate<Endpoint> test, int tier) {
        Map<Endpoint, Integer> moved = new IdentityHashMap<>(tiers);
        hosts.endpoints().stream().filter(test).forEach(endpoint -> moved.merge(endpoint, tier, Math::max));
        return moved.equals(tiers) ? this : new Candidates(hosts, acceptance, moved, reasons);
    }

    /** The tier that an endpoint is in, from 0. */
    public int tier(Endpoint endpoint) {
        return tiers.getOrDefault(endpoint, 0);
    }

    /** The same candidates, with a reason noted for those for which something holds. */
    @SuppressWarnings("IdentityHashMapUsage") // whoever reads the reasons asks by the same objects
    public Candidates because(Predicate<Endpoint> test, Reason why) {
        IdentityHashMap<Endpoint, Set<Reason>> noted = null;
        for (Endpoint endpoint : hosts.endpoints()) {
            if (test.test(endpoint)) {
                noted = noted == null ? new IdentityHashMap<>(reasons) : noted;
                noted.merge(endpoint, EnumSet.of(why), Candidates::union);
            }
        }
        return noted == null ? this : new Candidates(hosts, acceptance, tiers, noted);
    }

    /** Whether a reason is noted for any endpoint, be it beside one that counts more. */
    public boolean isNoted(Reason reason) {
        return reasons.values().stream().anyMatch(each -> each.contains(reason));
    }

    /** How many registered endpoints are in a state: the last of their reasons. */
    public int count(Reason state) {
        return (int)
                reasons.keySet().stream().filter(each -> state == state(each)).count();
    }

    /** The last of an endpoint's reasons; null if it has none. */
    public @Nullable Reason state(Endpoint endpoint) {
        return reasons.getOrDefault(endpoint, Set.of()).stream()
                .max(Enum::compareTo)
                .orElse(null);
    }

    private static Set<Reason> union(Set<Reason> some, Set<Reason> others) {
        EnumSet<Reason> all = EnumSet.copyOf(some);
        all.addAll(others);
        return all;
    }
}

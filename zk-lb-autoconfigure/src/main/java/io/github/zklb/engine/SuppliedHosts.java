package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The endpoints of one service that came in lists of late, and not from its registry. Bounded, whatever the lists are:
 * an endpoint is forgotten when no list has had it for a while. Thread-safe.
 */
final class SuppliedHosts {

    private static final long RENEWED_AFTER = Duration.ofSeconds(10).toNanos();
    private static final long FORGOTTEN_AFTER = Duration.ofMinutes(5).toNanos();
    private static final int MOST = 10_000;

    private final Map<String, Seen> byAddress = new ConcurrentHashMap<>();

    private record Seen(Endpoint endpoint, long at) {}

    /** A list has these endpoints; returns whether that changes anything. */
    boolean note(Collection<Endpoint> endpoints, long now) {
        boolean renewed = false;
        boolean changed = false;
        for (Endpoint endpoint : endpoints) {
            Seen last = byAddress.get(endpoint.address());
            boolean same = last != null && last.endpoint().equals(endpoint);
            if (last == null || !same || now - last.at() >= RENEWED_AFTER) {
                byAddress.put(endpoint.address(), new Seen(endpoint, now));
                renewed = true;
                changed |= !same;
            }
        }
        if (renewed) {
            long longest = byAddress.size() > MOST ? 1 : FORGOTTEN_AFTER;
            changed |= byAddress.values().removeIf(seen -> now - seen.at() >= longest);
        }
        return changed;
    }

    /** Whether no list has come. */
    boolean isEmpty() {
        return byAddress.isEmpty();
    }

    /** These and the registered ones, of which each stands for whatever else is at its address. */
    HostSet and(HostSet registered) {
        if (byAddress.isEmpty()) {
            return registered;
        }
        Set<String> known =
                registered.endpoints().stream().map(Endpoint::address).collect(Collectors.toSet());
        List<Endpoint> all = new ArrayList<>(registered.endpoints());
        byAddress.forEach((address, seen) -> {
            if (!known.contains(address)) {
                all.add(seen.endpoint());
            }
        });
        return HostSet.of(all);
    }
}

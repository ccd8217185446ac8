package io.github.zklb.reports;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * How much endpoints can serve, by their last reports. An endpoint counts once it has reported for {@link #BLACKOUT}, since the
 * first reports of a server that has just started say little, and until {@link #EXPIRY} after its last report. A report by which
 * nothing can be told, such as that of an idle server, changes nothing. Endpoints are known by their addresses. For one thread at a
 * time.
 */
public final class Capacities {

    /** So long after its first report an endpoint begins to count. */
    public static final Duration BLACKOUT = Duration.ofSeconds(10);

    /** So long after its last report it counts no more. */
    public static final Duration EXPIRY = Duration.ofMinutes(3);

    private final Map<String, Known> all = new HashMap<>();

    private record Known(double capacity, long since, long at) {}

    /** An endpoint has reported, in the time before now. */
    public void note(String address, LoadReport report, long now) {
        double capacity = report.capacity();
        if (capacity > 0) {
            Known before = all.get(address);
            long since = before != null && now - before.at < EXPIRY.toNanos() ? before.since : now;
            all.put(address, new Known(capacity, since, now));
        }
    }

    /** Forgets all endpoints but some. */
    public void retain(Predicate<String> addresses) {
        all.keySet().removeIf(addresses.negate());
    }

    /** How many endpoints have reported of late, whether they count yet or not. */
    public int size(long now) {
        return (int) all.values().stream()
                .filter(known -> now - known.at < EXPIRY.toNanos())
                .count();
    }

    /** The requests each second that those endpoints can serve that count now; their order is that of the addresses. */
    public Map<String, Double> usable(long now) {
        Map<String, Double> usable = new TreeMap<>();
        all.forEach((address, known) -> {
            if (now - known.at < EXPIRY.toNanos() && now - known.since >= BLACKOUT.toNanos()) {
                usable.put(address, known.capacity);
            }
        });
        return Collections.unmodifiableMap(usable);
    }
}

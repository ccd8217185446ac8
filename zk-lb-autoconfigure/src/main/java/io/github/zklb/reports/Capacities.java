package io.github.zklb.reports;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * How much endpoints can serve, by their reports of late. These are averaged over {@link #DECAY}: one report is of the requests
 * of a few seconds, and where these are a handful, the share of an endpoint would waver by several percent with each. An endpoint
 * counts once it has reported for {@link #BLACKOUT}, since the first reports of a server that has just started say little, and
 * until {@link #EXPIRY} after its last report. A report by which nothing can be told, such as that of an idle server, changes
 * nothing. Endpoints are known by their addresses. For one thread at a time.
 */
public final class Capacities {

    /** So long after its first report an endpoint begins to count. */
    public static final Duration BLACKOUT = Duration.ofSeconds(10);

    /** So long after its last report it counts no more. */
    public static final Duration EXPIRY = Duration.ofMinutes(3);

    /** The time over which reports are averaged; those of the first seconds count alike. */
    static final Duration DECAY = Duration.ofSeconds(15);

    private final Map<String, Known> all = new HashMap<>();

    private record Known(double capacity, long since, long at) {

        /** The ratios are averaged, not the differences, so that one report of nonsense is a dip, and not long remembered. */
        Known and(double reported, long now) {
            double passed = now - at;
            double part = Math.max(-Math.expm1(-passed / DECAY.toNanos()), passed / Math.max(1, now - since));
            double ratio = Math.max(ReportedWeights.LEAST, Math.min(ReportedWeights.MOST, reported / capacity));
            return new Known(capacity * Math.pow(ratio, part), since, now);
        }
    }

    /** An endpoint has reported, in the time before now. */
    public void note(String address, LoadReport report, long now) {
        double capacity = report.capacity();
        if (capacity > 0) {
            Known before = all.get(address);
            all.put(
                    address,
                    before != null && now - before.at < EXPIRY.toNanos()
                            ? before.and(capacity, now)
                            : new Known(capacity, now, now));
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

package io.github.zklb.traffic;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives an endpoint that is new to a running client a share that grows with time, so that it can fill its caches. Endpoints
 * found at the client's start are not new. An endpoint is known by its address, and forgotten as soon as a host set is
 * without it; one that the membership keeps while it registers anew has never been away. For one thread at a time.
 */
public final class SlowStart {

    private final LongSupplier nanoTime;

    /** The addresses of the last host set, or null before the first. */
    private @Nullable Set<String> present;

    /** When those came that came after the first host set, as long as they warm up. */
    private final Map<String, Long> newcomers = new HashMap<>();

    /**
     * For a client that starts.
     *
     * @param nanoTime monotonic time in nanoseconds, as {@link System#nanoTime()}
     */
    public SlowStart(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * What each endpoint is given now. To be asked at each change of the host set, and time and again while {@link
     * #isWarming}.
     *
     * @param hosts the endpoints that there are
     * @param settings the present settings
     */
    public Acceptance update(HostSet hosts, SlowStartSettings settings) {
        long now = nanoTime.getAsLong();
        note(hosts, now);
        newcomers.values().removeIf(since -> now - since >= settings.window().toNanos());
        if (newcomers.isEmpty()) {
            return Acceptance.FULL;
        }
        Map<String, Double> parts = newcomers.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> settings.part(now - e.getValue())));
        return endpoint -> parts.getOrDefault(endpoint.address(), 1.0);
    }

    private void note(HostSet hosts, long now) {
        Set<String> before = present;
        Set<String> addresses = new HashSet<>();
        for (Endpoint endpoint : hosts.endpoints()) {
            String address = endpoint.address();
            if (addresses.add(address) && before != null && !before.contains(address)) {
                newcomers.put(address, now);
            }
        }
        newcomers.keySet().retainAll(addresses);
        present = addresses;
    }

    /** Whether an endpoint had less than its share at the last update. */
    public boolean isWarming() {
        return !newcomers.isEmpty();
    }
}

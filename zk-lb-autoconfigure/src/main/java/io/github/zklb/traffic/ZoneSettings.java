package io.github.zklb.traffic;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the zones of a service's endpoints count.
 *
 * @param mode whether requests keep to the caller's own zone, and how far
 * @param own the zone of this caller; null if it has none
 * @param metadataKey the metadata key by which endpoints and callers name their zones
 * @param callerShares how the callers' requests are spread over the zones, in any unit; if empty, the registrations of the
 *     caller's own service tell
 * @param minEndpoints with fewer endpoints that serve, zones do not count, 1 to 1000000
 */
public record ZoneSettings(
        Mode mode, @Nullable String own, String metadataKey, Map<String, Double> callerShares, int minEndpoints) {

    /** Zones do not count. */
    public static final ZoneSettings DEFAULTS = new ZoneSettings(Mode.OFF, null, "zone", Map.of(), 6);

    private static final int MOST = 1_000_000;

    /** How far requests keep to the caller's own zone. */
    public enum Mode {
        /** Zones do not count. */
        OFF,
        /** As far as each endpoint of the service still gets its fair share of all callers' requests. */
        BALANCED,
        /** All of them, as long as most of the zone's endpoints serve. */
        PREFER_LOCAL
    }

    /**
     * Checks the ranges, and copies the shares.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public ZoneSettings {
        own = own == null || own.isBlank() ? null : own.strip();
        if (metadataKey.isBlank()) {
            throw new InvalidSettingException(
                    "zone.metadata-key", "the name of a metadata key, such as zone,", "empty");
        }
        callerShares.forEach((zone, share) ->
                InvalidSettingException.requireRange("zone.caller-shares[" + zone + "]", share, 0.001, MOST));
        callerShares = Collections.unmodifiableMap(new TreeMap<>(callerShares));
        InvalidSettingException.requireRange("zone.min-endpoints", minEndpoints, 1, MOST);
    }

    /** The zone of an endpoint. Those without one are a zone of their own, which has an empty name and is nobody's. */
    public String of(Endpoint endpoint) {
        return endpoint.metadata().getOrDefault(metadataKey, "").strip();
    }
}

package io.github.zklb.registration;

import static io.github.zklb.InvalidSettingException.requireRange;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.codec.Weight;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.registration}, of an application that Spring Cloud Zookeeper registers.
 *
 * @param enabled Whether the registration is UP only while the application accepts traffic, and leaves before the server stops.
 * @param drainDelay Time between leaving and the stop of the server, 0s to 10m: as long as consumers may take to see it.
 * @param weight Weight of this instance, 0 to 1000000 with up to three decimals; 0 gives it no new request.
 * @param zone Zone of this instance.
 * @param version Version of this instance.
 */
@ConfigurationProperties("zk-lb.registration")
public record RegistrationProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("2s") Duration drainDelay,
        @Nullable String weight,
        @Nullable String zone,
        @Nullable String version) {

    private static final Duration LONGEST_DELAY = Duration.ofMinutes(10);

    /** Checks the values. */
    public RegistrationProperties {
        requireRange("registration.drain-delay", drainDelay, Duration.ZERO, LONGEST_DELAY);
        if (weight != null && !weight.isBlank() && !Weight.of(weight).asDeclared()) {
            throw new InvalidSettingException(
                    "registration.weight", "0.." + Endpoint.MAX_WEIGHT + " with up to three decimals", weight);
        }
    }

    /** What consumers read of it in the registration's metadata. */
    Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        put(metadata, Weight.KEY, weight);
        put(metadata, "zone", zone);
        put(metadata, "version", version);
        return metadata;
    }

    private static void put(Map<String, String> metadata, String key, @Nullable String value) {
        if (value != null && !value.isBlank()) {
            metadata.put(key, value.strip());
        }
    }
}

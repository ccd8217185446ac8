package io.github.zklb.autoconfigure;

import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.slow-start}.
 *
 * @param window Time in which an instance that is new to a running client comes to its whole share, 0s to 1h; 0s gives it
 *     at once.
 * @param aggression Shape of the rise, 0.1 to 10: 1 is even, more is steep at first.
 * @param minimumWeightPercent Part of its share that a new instance begins with, 1 to 100.
 */
public record SlowStartProperties(
        @DefaultValue("0s") Duration window,
        @DefaultValue("1") double aggression,
        @DefaultValue("10") int minimumWeightPercent) {

    /** Checks the values. */
    public SlowStartProperties {
        new SlowStartSettings(window, aggression, minimumWeightPercent);
    }

    SlowStartSettings toSettings() {
        return new SlowStartSettings(window, aggression, minimumWeightPercent);
    }
}

package io.github.zklb.autoconfigure;

import io.github.zklb.resilience.LoadSettings;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.load}.
 *
 * @param decay Time in which what is known of an instance's latency falls to 1/e, 1ms to 1h; peak-ewma looks at it.
 * @param failurePenalty Time that a failed call counts as having taken, 1ms to 1h, so that an instance that fails at once
 *     does not look fast.
 */
public record LoadProperties(
        @DefaultValue("10s") Duration decay,
        @DefaultValue("5s") Duration failurePenalty) {

    /** Checks the values. */
    public LoadProperties {
        new LoadSettings(decay, failurePenalty);
    }

    LoadSettings toSettings() {
        return new LoadSettings(decay, failurePenalty);
    }
}

package io.github.zklb.autoconfigure;

import io.github.zklb.traffic.Failures;
import io.github.zklb.traffic.LoadSettings;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.load}.
 *
 * @param decay Time in which what is known of an instance's latency falls to 1/e, 1ms to 1h; peak-ewma looks at it.
 * @param failurePenalty Time that a failed call counts as having taken, 1ms to 1h, so that an instance that fails at once
 *     does not look fast.
 * @param errorStatuses HTTP statuses that count as errors of the instance: single ones and ranges.
 * @param errorTypes Class names of exceptions that count as errors of the instance, be it as a cause. Other exceptions are the
 *     caller's own.
 */
public record LoadProperties(
        @DefaultValue("10s") Duration decay,
        @DefaultValue("5s") Duration failurePenalty,
        @DefaultValue("500-599") List<String> errorStatuses,

        @DefaultValue({"java.io.IOException", "java.util.concurrent.TimeoutException"})
        List<String> errorTypes) {

    /** Checks the values. */
    public LoadProperties {
        new LoadSettings(decay, failurePenalty);
        Failures.of(errorStatuses, errorTypes);
    }

    LoadSettings toSettings() {
        return new LoadSettings(decay, failurePenalty);
    }

    Failures toFailures() {
        return Failures.of(errorStatuses, errorTypes);
    }
}

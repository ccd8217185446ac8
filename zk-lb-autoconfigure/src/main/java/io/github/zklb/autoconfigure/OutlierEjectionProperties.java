package io.github.zklb.autoconfigure;

import io.github.zklb.traffic.OutlierEjectionSettings;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.outlier-ejection}.
 *
 * @param enabled Whether instances whose calls fail are left alone for a while.
 * @param consecutiveErrors Number of errors in a row that ejects, up to 10000; 0 does not look at that.
 * @param errorRatePercent Share of failed calls that ejects, in a hundred; 0 does not look at that.
 * @param minimumRequests Fewest calls between two sweeps by which the error rate is judged, 1 to 1000000.
 * @param interval Time between two sweeps, 100ms to 1h.
 * @param baseEjectionTime Time that the first ejection lasts, 100ms to 1h; each further one lasts so much longer.
 * @param maxEjectionTime Longest time that an ejection lasts, 100ms to 24h.
 * @param maxEjectedPercent Most instances ejected at once, in a hundred.
 * @param panicThresholdPercent Share of instances, in a hundred, below which ejections are ignored.
 */
public record OutlierEjectionProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("5") int consecutiveErrors,
        @DefaultValue("50") int errorRatePercent,
        @DefaultValue("20") int minimumRequests,
        @DefaultValue("10s") Duration interval,
        @DefaultValue("30s") Duration baseEjectionTime,
        @DefaultValue("5m") Duration maxEjectionTime,
        @DefaultValue("50") int maxEjectedPercent,
        @DefaultValue("50") int panicThresholdPercent) {

    /** Checks the values. */
    public OutlierEjectionProperties {
        new OutlierEjectionSettings(
                enabled,
                consecutiveErrors,
                errorRatePercent,
                minimumRequests,
                interval,
                baseEjectionTime,
                maxEjectionTime,
                maxEjectedPercent,
                panicThresholdPercent);
    }

    OutlierEjectionSettings toSettings() {
        return new OutlierEjectionSettings(
                enabled,
                consecutiveErrors,
                errorRatePercent,
                minimumRequests,
                interval,
                baseEjectionTime,
                maxEjectionTime,
                maxEjectedPercent,
                panicThresholdPercent);
    }
}

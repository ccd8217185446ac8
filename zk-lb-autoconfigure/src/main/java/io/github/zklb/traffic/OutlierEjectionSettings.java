package io.github.zklb.traffic;

import io.github.zklb.InvalidSettingException;
import java.time.Duration;

/**
 * When an endpoint that fails is left alone for a while.
 *
 * @param enabled whether endpoints are ejected at all
 * @param consecutiveErrors eject after so many errors in a row, up to 10,000; 0 does not look at that
 * @param errorRatePercent eject when so many calls in a hundred fail, up to 100; 0 does not look at that
 * @param minimumRequests the fewest calls between two sweeps by which the error rate is judged, 1 to 1,000,000
 * @param interval the time between two sweeps, 100 ms to 1 h
 * @param baseEjectionTime how long the first ejection lasts, 100 ms to 1 h; each further one lasts so much longer, and a
 *     sweep that finds it well takes one off the count
 * @param maxEjectionTime the longest that an ejection lasts, 100 ms to 24 h
 * @param maxEjectedPercent the most endpoints ejected at once, 0 to 100 in a hundred
 * @param panicThresholdPercent while fewer endpoints than that serve, in a hundred, ejections are ignored, 0 to 100
 */
public record OutlierEjectionSettings(
        boolean enabled,
        int consecutiveErrors,
        int errorRatePercent,
        int minimumRequests,
        Duration interval,
        Duration baseEjectionTime,
        Duration maxEjectionTime,
        int maxEjectedPercent,
        int panicThresholdPercent) {

    private static final String PREFIX = "outlier-ejection.";
    private static final Duration LEAST = Duration.ofMillis(100);
    private static final Duration HOUR = Duration.ofHours(1);

    /** Off; otherwise five errors in a row or half of twenty calls, for 30 s to 5 min, and at most half of the endpoints. */
    public static final OutlierEjectionSettings DEFAULTS = new OutlierEjectionSettings(
            false, 5, 50, 20, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(5), 50, 50);

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public OutlierEjectionSettings {
        InvalidSettingException.requireRange(PREFIX + "consecutive-errors", consecutiveErrors, 0, 10_000);
        InvalidSettingException.requireRange(PREFIX + "error-rate-percent", errorRatePercent, 0, 100);
        InvalidSettingException.requireRange(PREFIX + "minimum-requests", minimumRequests, 1, 1_000_000);
        InvalidSettingException.requireRange(PREFIX + "interval", interval, LEAST, HOUR);
        InvalidSettingException.requireRange(PREFIX + "base-ejection-time", baseEjectionTime, LEAST, HOUR);
        InvalidSettingException.requireRange(PREFIX + "max-ejection-time", maxEjectionTime, LEAST, Duration.ofDays(1));
        InvalidSettingException.requireRange(PREFIX + "max-ejected-percent", maxEjectedPercent, 0, 100);
        InvalidSettingException.requireRange(PREFIX + "panic-threshold-percent", panicThresholdPercent, 0, 100);
    }

    boolean condemns(CallLoad.Outcomes outcomes) {
        boolean row = consecutiveErrors > 0 && outcomes.errors() > 0 && outcomes.errorsInARow() >= consecutiveErrors;
        boolean rate = errorRatePercent > 0
                && outcomes.calls() >= minimumRequests
                && 100L * outcomes.errors() >= (long) errorRatePercent * outcomes.calls();
        return row || rate;
    }

    /** How long the ejection of the given number, from 1, lasts. */
    long ejectionNanos(int number) {
        return Math.min(maxEjectionTime.toNanos(), number * baseEjectionTime.toNanos());
    }
}

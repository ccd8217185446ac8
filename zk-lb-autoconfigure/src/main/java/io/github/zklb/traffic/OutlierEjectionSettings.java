package io.github.zklb.traffic;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.calls.CallLoad;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;

/**
 * When an endpoint that fails is left alone for a while.
 *
 * @param consecutiveConnectFailures eject after so many connections in a row that do not come about, until one does, up to
 *     10,000; 0 does not look at that
 * @param enabled whether endpoints are ejected for their answers, by what follows
 * @param consecutiveErrors eject after so many errors in a row, up to 10,000; 0 does not look at that
 * @param errorRatePercent eject when so many calls in a hundred fail, up to 100; 0 does not look at that
 * @param outlierFactor eject when so many standard deviations more calls fail than on average, up to 100; 0 does not look at
 *     that
 * @param slowFactor eject when half of the answers take so many times as long as those of the endpoint in the middle, 1.5 to
 *     1,000; 0 does not look at that
 * @param slowFloor what takes no longer is not slow, however fast the others are, 1 ms to 1 h
 * @param minimumRequests the fewest calls between two sweeps by which error rates and slow answers are judged, 1 to 1,000,000
 * @param interval the time between two sweeps, 100 ms to 1 h
 * @param baseEjectionTime how long the first ejection lasts, 100 ms to 1 h; each further one lasts so much longer, and a
 *     sweep that finds it well takes one off the count
 * @param maxEjectionTime the longest that an ejection lasts, 100 ms to 24 h
 * @param maxEjectedPercent the most endpoints ejected at once, 0 to 100 in a hundred; but one of two or more in any case,
 *     unless it is 0
 * @param panicThresholdPercent while fewer endpoints than that serve, in a hundred, ejections are ignored, 0 to 100
 */
public record OutlierEjectionSettings(
        int consecutiveConnectFailures,
        boolean enabled,
        int consecutiveErrors,
        int errorRatePercent,
        double outlierFactor,
        double slowFactor,
        Duration slowFloor,
        int minimumRequests,
        Duration interval,
        Duration baseEjectionTime,
        Duration maxEjectionTime,
        int maxEjectedPercent,
        int panicThresholdPercent) {

    private static final String PREFIX = "outlier-ejection.";
    private static final Duration LEAST = Duration.ofMillis(100);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final double LEAST_SLOW_FACTOR = 1.5;
    private static final double MOST_SLOW_FACTOR = 1_000;

    /** An ejection lasts longer by up to this part of its time. */
    private static final double JITTER = 0.25;

    /** With fewer endpoints than that, there is no average to be an outlier of. */
    private static final int FEWEST_TO_COMPARE = 5;

    /** Of fewer endpoints, nobody knows which is the slow one: that in the middle would be one of two. */
    private static final int FEWEST_FOR_A_MIDDLE = 3;

    /** An error rate of less than that is no reason, however even the others are. */
    private static final double LEAST_OUTLYING_RATE = 0.05;

    /**
     * Five connections in a row. By answers, off; otherwise five errors in a row, half of twenty calls, or a rate beyond 1.9 standard deviations, or
     * half of the answers five times as slow as those in the middle and over 100 ms, for 30 s to 5 min, and at most 30 % of the
     * endpoints.
     */
    public static final OutlierEjectionSettings DEFAULTS = new OutlierEjectionSettings(
            5,
            false,
            5,
            50,
            1.9,
            5,
            Duration.ofMillis(100),
            20,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            30,
            50);

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public OutlierEjectionSettings {
        InvalidSettingException.requireRange(
                PREFIX + "consecutive-connect-failures", consecutiveConnectFailures, 0, 10_000);
        InvalidSettingException.requireRange(PREFIX + "consecutive-errors", consecutiveErrors, 0, 10_000);
        InvalidSettingException.requireRange(PREFIX + "error-rate-percent", errorRatePercent, 0, 100);
        InvalidSettingException.requireRange(PREFIX + "outlier-factor", outlierFactor, 0, 100);
        if (slowFactor != 0 && !(slowFactor >= LEAST_SLOW_FACTOR && slowFactor <= MOST_SLOW_FACTOR)) {
            throw new InvalidSettingException(PREFIX + "slow-factor", "0 or 1.5..1000", String.valueOf(slowFactor));
        }
        InvalidSettingException.requireRange(PREFIX + "slow-floor", slowFloor, Duration.ofMillis(1), HOUR);
        InvalidSettingException.requireRange(PREFIX + "minimum-requests", minimumRequests, 1, 1_000_000);
        InvalidSettingException.requireRange(PREFIX + "interval", interval, LEAST, HOUR);
        InvalidSettingException.requireRange(PREFIX + "base-ejection-time", baseEjectionTime, LEAST, HOUR);
        InvalidSettingException.requireRange(PREFIX + "max-ejection-time", maxEjectionTime, LEAST, Duration.ofDays(1));
        InvalidSettingException.requireRange(PREFIX + "max-ejected-percent", maxEjectedPercent, 0, 100);
        InvalidSettingException.requireRange(PREFIX + "panic-threshold-percent", panicThresholdPercent, 0, 100);
    }

    /**
     * The error rate above which an endpoint is an outlier among these.
     *
     * @return more than 1 if there is none
     */
    double highestOrdinaryErrorRate(Collection<CallLoad.Outcomes> all) {
        double[] rates = all.stream()
                .filter(outcomes -> outcomes.calls() >= minimumRequests)
                .mapToDouble(CallLoad.Outcomes::errorRate)
                .toArray();
        if (outlierFactor == 0 || rates.length < FEWEST_TO_COMPARE) {
            return Double.MAX_VALUE;
        }
        double mean = Arrays.stream(rates).average().orElseThrow();
        double variance = Arrays.stream(rates)
                .map(rate -> (rate - mean) * (rate - mean))
                .average()
                .orElseThrow();
        return Math.max(LEAST_OUTLYING_RATE, mean + outlierFactor * Math.sqrt(variance));
    }

    /**
     * Whether an endpoint deserves ejection.
     *
     * @param highestOrdinary the error rate above which it is an outlier
     */
    boolean condemns(CallLoad.Outcomes outcomes, double highestOrdinary) {
        boolean row = consecutiveErrors > 0 && outcomes.errors() > 0 && outcomes.errorsInARow() >= consecutiveErrors;
        boolean rate = errorRatePercent > 0 && 100L * outcomes.errors() >= (long) errorRatePercent * outcomes.calls();
        boolean outlier = outcomes.errorRate() > highestOrdinary;
        return row || outcomes.calls() >= minimumRequests && (rate || outlier);
    }

    /**
     * The time in nanoseconds after which answers are slow until the next sweep.
     *
     * @param answerTimes the time that an answer takes at each endpoint
     * @return {@link Long#MAX_VALUE} if none is slow
     */
    long slowAfter(double[] answerTimes) {
        if (!enabled || slowFactor == 0 || answerTimes.length < FEWEST_FOR_A_MIDDLE) {
            return Long.MAX_VALUE;
        }
        double[] sorted = answerTimes.clone();
        Arrays.sort(sorted);
        return Math.max(slowFloor.toNanos(), (long) (slowFactor * sorted[(sorted.length - 1) / 2]));
    }

    /** Whether an endpoint deserves ejection for being slow: for half of its answers, since a few slow ones are no reason. */
    boolean isSlow(CallLoad.Outcomes outcomes) {
        return outcomes.calls() >= minimumRequests && 2L * outcomes.slow() >= outcomes.calls();
    }

    /** How many of so many endpoints are ejected at most. */
    int mostEjected(int serving) {
        long most = (long) serving * maxEjectedPercent / 100;
        return maxEjectedPercent == 0 || serving < 2 ? 0 : (int) Math.max(1, Math.min(most, serving - 1));
    }

    /** Whether so few of those that serve are left that the others are not left alone. */
    boolean isPanic(int serving, int left) {
        return 100L * left < (long) panicThresholdPercent * serving;
    }

    /** How long the ejection of the given number, from 1, lasts at least. */
    long ejectionNanos(int number) {
        return Math.min(maxEjectionTime.toNanos(), number * baseEjectionTime.toNanos());
    }

    /** The part of that by which it may last longer. */
    double jitter() {
        return JITTER;
    }
}

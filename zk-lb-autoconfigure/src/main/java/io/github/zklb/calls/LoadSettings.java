package io.github.zklb.calls;

import io.github.zklb.InvalidSettingException;
import java.time.Duration;

/**
 * How the past of an endpoint counts.
 *
 * @param decay the time over which the calls to an endpoint are averaged, 1 ms to 1 h
 * @param failurePenalty what is added to an endpoint's expected latency if all its calls fail, and in proportion if some
 *     do, 1 ms to 1 h. An endpoint that fails at once does not look fast by that
 * @param useReports whether endpoints are asked for their own load, and given their shares by it
 */
public record LoadSettings(Duration decay, Duration failurePenalty, boolean useReports) {

    private static final Duration LEAST = Duration.ofMillis(1);
    private static final Duration MOST = Duration.ofHours(1);

    /** A decay of 10 seconds and a penalty of 5, without reports. */
    public static final LoadSettings DEFAULTS = new LoadSettings(Duration.ofSeconds(10), Duration.ofSeconds(5), false);

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public LoadSettings {
        InvalidSettingException.requireRange("load.decay", decay, LEAST, MOST);
        InvalidSettingException.requireRange("load.failure-penalty", failurePenalty, LEAST, MOST);
    }
}

package io.github.zklb.traffic;

import io.github.zklb.InvalidSettingException;
import java.time.Duration;

/**
 * How an endpoint that is new to a running client comes to its share.
 *
 * @param window the time until it has its whole share, up to 1 h; 0 gives it at once
 * @param aggression the shape of the rise, 0.1 to 10: with 1 it is even, with more it is steep at first
 * @param minimumWeightPercent the part of its share that it begins with, 1 to 100
 */
public record SlowStartSettings(Duration window, double aggression, int minimumWeightPercent) {

    /** No slow start. */
    public static final SlowStartSettings DEFAULTS = new SlowStartSettings(Duration.ZERO, 1, 10);

    /**
     * Checks the ranges.
     *
     * @throws InvalidSettingException if a value is out of range
     */
    public SlowStartSettings {
        InvalidSettingException.requireRange("slow-start.window", window, Duration.ZERO, Duration.ofHours(1));
        InvalidSettingException.requireRange("slow-start.aggression", aggression, 0.1, 10);
        InvalidSettingException.requireRange("slow-start.minimum-weight-percent", minimumWeightPercent, 1, 100);
    }

    /** The part of its share that an endpoint has when it has been there for a time shorter than the window. */
    double part(long nanos) {
        double part = Math.pow((double) nanos / window.toNanos(), 1 / aggression);
        return Math.max(minimumWeightPercent / 100.0, part);
    }
}

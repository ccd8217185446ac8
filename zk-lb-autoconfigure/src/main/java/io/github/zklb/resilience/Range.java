package io.github.zklb.resilience;

import java.time.Duration;

/** Refuses settings that are out of range, by the name of their property. */
final class Range {

    private Range() {}

    static void check(String property, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw outOf(property, text(value), text(least), text(most));
        }
    }

    static void check(String property, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw outOf(property, value, least, most);
        }
    }

    static void check(String property, int value, int least, int most) {
        if (value < least || value > most) {
            throw outOf(property, value, least, most);
        }
    }

    private static IllegalArgumentException outOf(String property, Object value, Object least, Object most) {
        return new IllegalArgumentException(property + " must be " + least + ".." + most + " but was " + value);
    }

    /** As properties write it: {@code 250ms}, {@code 30s}. */
    private static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }
}

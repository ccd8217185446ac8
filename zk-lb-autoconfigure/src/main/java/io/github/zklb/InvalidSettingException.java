package io.github.zklb;

import java.io.Serial;
import java.time.Duration;

/** A setting has a value that it cannot have. The message names the property, what it must be, and what it was. */
public final class InvalidSettingException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String prefix;
    private final String property;
    private final String requirement;
    private final String value;

    /**
     * A refusal of a value.
     *
     * @param property the property below {@code zk-lb}, such as {@code consistent-hash.virtual-nodes}
     * @param requirement what the value must be, such as {@code 1..4096}
     * @param value the value
     */
    public InvalidSettingException(String property, String requirement, Object value) {
        this("zk-lb.", property, requirement, String.valueOf(value));
    }

    private InvalidSettingException(String prefix, String property, String requirement, String value) {
        super(prefix + property + " must be " + requirement + " but was " + value);
        this.prefix = prefix;
        this.property = property;
        this.requirement = requirement;
        this.value = value;
    }

    /**
     * A refusal of a value of a property that is not ours, although it concerns us.
     *
     * @param property the property's full name
     * @param requirement what the value must be
     * @param value the value
     */
    public static InvalidSettingException ofOthers(String property, String requirement, Object value) {
        return new InvalidSettingException("", property, requirement, String.valueOf(value));
    }

    /** The same refusal, of a value that was set for one service. */
    public InvalidSettingException inService(String serviceId) {
        return prefix.isEmpty()
                ? this
                : new InvalidSettingException("services" + key(serviceId) + "." + property, requirement, value);
    }

    /** An id as part of a key: in brackets if the key would lose characters otherwise. */
    private static String key(String serviceId) {
        return serviceId.matches("[A-Za-z0-9-]+") ? "." + serviceId : "[" + serviceId + "]";
    }

    /** The property's full name. */
    public String property() {
        return prefix + property;
    }

    /** What the value must be. */
    public String requirement() {
        return requirement;
    }

    /** The refused value. */
    public String value() {
        return value;
    }

    /**
     * Refuses a number outside the bounds.
     *
     * @throws InvalidSettingException if it is
     */
    public static void requireRange(String property, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidSettingException(property, least + ".." + most, value);
        }
    }

    /**
     * Refuses a number outside the bounds, and what is none.
     *
     * @throws InvalidSettingException if it is
     */
    public static void requireRange(String property, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new InvalidSettingException(property, text(least) + ".." + text(most), value);
        }
    }

    /**
     * Refuses a duration outside the bounds.
     *
     * @throws InvalidSettingException if it is
     */
    public static void requireRange(String property, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new InvalidSettingException(property, text(least) + ".." + text(most), text(value));
        }
    }

    private static String text(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    }

    /** As properties write it: {@code 250ms}, {@code 30s}, {@code 5m}, {@code 24h}. */
    private static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1_000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1_000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        return seconds % 3_600 == 0 ? seconds / 3_600 + "h" : seconds / 60 + "m";
    }
}

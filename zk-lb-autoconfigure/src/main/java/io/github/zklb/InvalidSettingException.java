package io.github.zklb;

import java.io.Serial;

/** A setting has a value that it cannot have. The message names the property, what it must be, and what it was. */
public final class InvalidSettingException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1L;

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
        super("zk-lb." + property + " must be " + requirement + " but was " + value);
        this.property = property;
        this.requirement = requirement;
        this.value = String.valueOf(value);
    }

    /** The same refusal, of a value that was set for one service. */
    public InvalidSettingException inService(String serviceId) {
        return new InvalidSettingException("services." + serviceId + "." + property, requirement, value);
    }

    /** The property's full name. */
    public String property() {
        return "zk-lb." + property;
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
     * The value, if it lies within the bounds.
     *
     * @throws InvalidSettingException if it does not
     */
    public static int requireRange(String property, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidSettingException(property, least + ".." + most, value);
        }
        return value;
    }
}

package io.github.zklb.codec;

import io.github.zklb.Endpoint;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The weight that a registration declares. It follows from the text alone, so that all clients agree.
 *
 * @param value the weight, 0 to {@value Endpoint#MAX_WEIGHT}
 * @param asDeclared whether the text says just that, or nothing
 */
public record Weight(int value, boolean asDeclared) {

    /** The metadata key of the weight. */
    public static final String KEY = "weight";

    private static final Weight UNUSABLE = new Weight(Endpoint.DEFAULT_WEIGHT, false);
    private static final int LONGEST = 100;

    /** Whole numbers are taken, larger ones as the maximum, negative ones as 0; anything else counts as undeclared. */
    public static Weight of(@Nullable String text) {
        if (text == null) {
            return new Weight(Endpoint.DEFAULT_WEIGHT, true);
        }
        String number = text.strip();
        if (number.equals("Infinity") || number.equals("+Infinity")) {
            return new Weight(Endpoint.MAX_WEIGHT, false);
        }
        if (number.equals("-Infinity")) {
            return new Weight(0, false);
        }
        try {
            return number.length() > LONGEST ? UNUSABLE : of(new BigDecimal(number));
        } catch (NumberFormatException e) {
            return UNUSABLE;
        }
    }

    private static Weight of(BigDecimal number) {
        if (number.signum() < 0) {
            return new Weight(0, false);
        }
        if (number.compareTo(BigDecimal.valueOf(Endpoint.MAX_WEIGHT)) > 0) {
            return new Weight(Endpoint.MAX_WEIGHT, false);
        }
        boolean whole = number.signum() == 0 || number.stripTrailingZeros().scale() <= 0;
        return whole ? new Weight(number.intValue(), true) : UNUSABLE;
    }
}

package io.github.zklb.codec;

import io.github.zklb.Endpoint;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * The weight that a registration declares. It follows from the text alone, so that all clients agree.
 *
 * @param value the weight, 0 to {@value Endpoint#MAX_WEIGHT} in thousandths
 * @param asDeclared whether the text says just that, or nothing
 */
public record Weight(double value, boolean asDeclared) {

    /** The metadata key of the weight. */
    public static final String KEY = "weight";

    private static final Weight UNUSABLE = new Weight(Endpoint.DEFAULT_WEIGHT, false);
    private static final BigDecimal LEAST = new BigDecimal("0.001");
    private static final int LONGEST = 100;

    /**
     * Numbers are taken, rounded to thousandths, a positive one to one thousandth at least. What is no number, negative or
     * above the maximum counts as undeclared.
     */
    public static Weight of(@Nullable String text) {
        if (text == null) {
            return new Weight(Endpoint.DEFAULT_WEIGHT, true);
        }
        String number = text.strip();
        try {
            return number.length() > LONGEST ? UNUSABLE : of(new BigDecimal(number));
        } catch (NumberFormatException e) {
            return UNUSABLE;
        }
    }

    private static Weight of(BigDecimal number) {
        if (number.signum() < 0 || number.compareTo(BigDecimal.valueOf(Endpoint.MAX_WEIGHT)) > 0) {
            return UNUSABLE;
        }
        BigDecimal counted = number.signum() == 0
                ? BigDecimal.ZERO
                : number.max(LEAST).setScale(LEAST.scale(), RoundingMode.HALF_UP);
        return new Weight(counted.doubleValue(), counted.compareTo(number) == 0);
    }
}

package io.github.zklb.traffic;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A positive number that fades: in each decay time it falls to 1/e. Lock-free: value and time share one word, the value as
 * a {@code float} in the high half, the time in ticks of about a millisecond in the low half, so it must not
 * be left alone for longer than 26 days.
 */
final class DecayingValue {

    private static final int TICK_BITS = 20;

    private final AtomicLong state = new AtomicLong();

    /** Whether there is nothing yet to fade. */
    boolean isZero() {
        return state.get() == 0;
    }

    /** The number as it is now. */
    double get(long now, long decayNanos) {
        long word = state.get();
        return value(word) * faded(word, now, decayNanos);
    }

    /** Adds an amount to what is left. */
    void add(double amount, long now, long decayNanos) {
        for (long word = state.get(); ; word = state.get()) {
            double sum = value(word) * faded(word, now, decayNanos) + amount;
            if (state.compareAndSet(word, word(sum, now))) {
                return;
            }
        }
    }

    /** Rises to a greater sample at once, and moves towards a smaller one as far as the last value has faded. */
    void observe(double sample, long now, long decayNanos) {
        for (long word = state.get(); ; word = state.get()) {
            double value = value(word);
            double weight = faded(word, now, decayNanos);
            double next = sample >= value ? sample : value * weight + sample * (1 - weight);
            if (state.compareAndSet(word, word(next, now))) {
                return;
            }
        }
    }

    private static double value(long word) {
        return Float.intBitsToFloat((int) (word >>> 32));
    }

    /** The part that is left at a time; all of it at one before. */
    private static double faded(long word, long now, long decayNanos) {
        int ticks = tick(now) - (int) word;
        return ticks <= 0 ? 1 : Math.exp(-(double) ((long) ticks << TICK_BITS) / decayNanos);
    }

    private static long word(double value, long now) {
        return (long) Float.floatToRawIntBits((float) value) << 32 | tick(now) & 0xFFFF_FFFFL;
    }

    private static int tick(long now) {
        return (int) (now >>> TICK_BITS);
    }
}

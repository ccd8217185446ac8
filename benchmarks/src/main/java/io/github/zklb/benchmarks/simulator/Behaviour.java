package io.github.zklb.benchmarks.simulator;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** How a server answers. */
enum Behaviour {
    /** In 10 ms on average, half of which is the same for every request. */
    SOUND,
    /** Ten times slower than a sound one. */
    SLOW,
    /** Twelve times slower than a sound one. */
    SLOWER,
    /** Twenty times slower than a sound one. */
    SLOWEST,
    /** With an error, after 1 ms. */
    FAILING,
    /** Twenty times slower at first, and as fast as a sound one after five seconds. */
    COLD,
    /** Not at all. */
    HUNG,
    /** Nobody listens: it refuses connections. */
    DEAD,
    /** Once in 8 s, then as a sound one. */
    ONCE_SLOW,
    /** Once with an error, then as a sound one. */
    ONCE_FAILING;

    /** How long a cold server takes to warm up. */
    static final long WARM_UP = TimeUnit.SECONDS.toNanos(5);

    private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long MORE = TimeUnit.MILLISECONDS.toNanos(5);
    private static final double SLOWNESS = 10;
    private static final double GREATER_SLOWNESS = 12;
    private static final double GREATEST_SLOWNESS = 20;
    private static final double COLDNESS = 20;
    private static final long FAST = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long VERY_SLOW = TimeUnit.SECONDS.toNanos(8);

    /** The time that a request takes, in nanoseconds, on a server that has been so for a time. */
    long nanos(long since, RandomGenerator random) {
        double sound = LEAST + MORE * exponential(random);
        return (long)
                switch (this) {
                    case SOUND -> sound;
                    case SLOW -> SLOWNESS * sound;
                    case SLOWER -> GREATER_SLOWNESS * sound;
                    case SLOWEST -> GREATEST_SLOWNESS * sound;
                    case FAILING, DEAD, ONCE_FAILING -> FAST;
                    case COLD -> sound * Math.max(1, COLDNESS * (1 - (double) since / WARM_UP));
                    case HUNG -> Long.MAX_VALUE;
                    case ONCE_SLOW -> VERY_SLOW;
                };
    }

    /** A number by chance, 1 on average; the same one on each JDK, unlike that of {@link RandomGenerator#nextExponential()}. */
    static double exponential(RandomGenerator random) {
        return -StrictMath.log(1 - random.nextDouble());
    }

    boolean fails() {
        return this == FAILING || this == ONCE_FAILING;
    }

    /** How it behaves after one more answer. */
    Behaviour next() {
        return this == ONCE_SLOW || this == ONCE_FAILING ? SOUND : this;
    }
}

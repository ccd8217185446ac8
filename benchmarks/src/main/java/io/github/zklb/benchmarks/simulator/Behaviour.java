package io.github.zklb.benchmarks.simulator;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** How a server answers. */
enum Behaviour {
    /** In 10 ms on average, half of which is the same for every request. */
    SOUND,
    /** Ten times slower than a sound one. */
    SLOW,
    /** With an error, after 1 ms. */
    FAILING,
    /** Twenty times slower at first, and as fast as a sound one after five seconds. */
    COLD;

    /** How long a cold server takes to warm up. */
    static final long WARM_UP = TimeUnit.SECONDS.toNanos(5);

    private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long MORE = TimeUnit.MILLISECONDS.toNanos(5);
    private static final double SLOWNESS = 10;
    private static final double COLDNESS = 20;

    /** The time that a request takes, in nanoseconds, on a server that has been so for a time. */
    long nanos(long since, RandomGenerator random) {
        double sound = LEAST + MORE * random.nextExponential();
        return (long)
                switch (this) {
                    case SOUND -> sound;
                    case SLOW -> SLOWNESS * sound;
                    case FAILING -> TimeUnit.MILLISECONDS.toNanos(1);
                    case COLD -> sound * Math.max(1, COLDNESS * (1 - (double) since / WARM_UP));
                };
    }
}
